"""A torch.nn.Module as it is handed over and carried to a worker."""

import subprocess
import sys
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
import torch
from torch import nn

from harness.errors import UsageError
from harness.model import EVERY, Carried
from harness.spellings import carrier
from harness.spellings.carrier import carry_module, load_anew
from harness.spellings.contenders import op_of
from harness.spellings.torch_modules import is_torch_module, on_host


class Own(nn.Module):
    """A module of one's own."""

    def forward(self, x: torch.Tensor, y: torch.Tensor, scale: float = 2.0) -> torch.Tensor:
        """Return a weighed sum."""
        return x + scale * y


def test_a_module_is_told_by_its_class() -> None:
    assert is_torch_module(nn.Linear(2, 2))
    assert is_torch_module(Own())
    assert not any(map(is_torch_module, (nn.Linear, torch.abs, "nn.Linear(2, 2)", None)))


def test_a_module_alone_is_torchs_spelling_with_the_parameters_of_its_forward() -> None:
    op = op_of({EVERY: Own()})
    assert op.spelling == {"torch": "_f0(x, y)"}
    assert op.name == "Own"
    assert op.function is not None
    assert op.function.torch_modules == ("_f0",)


def test_a_module_beside_others_has_the_call_of_its_place() -> None:
    op = op_of({"numpy": lambda x: x, "torch": nn.Identity()})
    assert op.function is not None
    assert op.function.torch_modules == ("_f1",)


def test_a_module_for_every_backend_beside_torchs_spelling_is_refused() -> None:
    with pytest.raises(UsageError, match="Torch's spelling already"):
        op_of({EVERY: nn.Identity(), "torch": "torch.abs(x)"})


def test_a_module_under_another_librarys_name_is_refused() -> None:
    with pytest.raises(UsageError, match=r"numpy is a torch\.nn\.Module, which numpy cannot run"):
        op_of({"numpy": nn.Identity()})


@pytest.mark.parametrize("training", [True, False])
def test_a_module_arrives_with_its_parameters_and_in_its_mode(*, training: bool) -> None:
    linear = nn.Linear(2, 3)
    module = nn.Sequential(linear, nn.Dropout()).train(training)
    arrived = load_anew(carry_module(module))
    assert arrived.training is training
    assert torch.equal(arrived[0].weight, linear.weight)
    assert arrived is not load_anew(carry_module(module))


def test_a_module_is_told_apart_by_its_parameters() -> None:
    module = nn.Linear(2, 3)
    before = carry_module(module)
    assert carry_module(module).digest == before.digest
    with torch.no_grad():
        module.weight.add_(1)
    assert carry_module(module).digest != before.digest
    assert before.source == repr(module)


def test_a_module_without_figures_is_refused() -> None:
    with torch.device("meta"):
        module = nn.Linear(2, 3)
    for empty in (module, nn.LazyLinear(3)):
        with pytest.raises(UsageError, match="parameters without figures"):
            on_host(empty)


def test_a_module_that_lies_elsewhere_comes_to_the_host_as_a_copy() -> None:
    module = nn.Linear(2, 3)
    assert on_host(module) is module
    moved: list[nn.Module] = []

    class Elsewhere(nn.Linear):
        def parameters(self, _recurse: bool = True) -> Any:  # noqa: ANN401, FBT001, FBT002 - as Torch has it
            yield type("Figures", (), {"device": torch.device("cuda")})()

        def cpu(self) -> "Elsewhere":
            moved.append(self)
            return self

    far = Elsewhere(2, 3)
    assert on_host(far) is moved[0]
    assert moved[0] is not far


def test_a_module_larger_than_what_is_sent_is_refused_with_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrier, "MOST_OF_MODULE", 10_000)
    with pytest.raises(UsageError, match=r"the Linear takes .*, more than the .* that are sent"):
        carry_module(nn.Linear(100, 100))
    carry_module(nn.Linear(10, 10))


def test_what_cannot_be_sent_is_one_sentence() -> None:
    module = Own()
    module.__dict__["lock"] = Lock()
    with pytest.raises(UsageError, match="cannot be sent to another process"):
        carry_module(module)


@pytest.mark.slow
def test_the_class_of_a_module_travels_with_it(tmp_path: Path) -> None:
    (tmp_path / "nets.py").write_text(
        "from torch import nn\nclass Net(nn.Module):\n    def forward(self, x):\n        return 3 * x\n",
        encoding="utf-8",
    )
    script = (
        "import sys, pickle; sys.path.insert(0, sys.argv[1]); import nets\n"
        "from harness.spellings.carrier import carry_module\n"
        "open(sys.argv[1] + '/net', 'wb').write(carry_module(nets.Net()).value)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True)
    arrived = load_anew(Carried(source="", value=(tmp_path / "net").read_bytes()))
    assert "nets" not in sys.modules
    assert torch.equal(arrived(torch.ones(2)), torch.full((2,), 3.0))
