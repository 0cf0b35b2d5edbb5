"""`harness.measure` of Torch modules and of gradients, from the call to the result."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import harness
from harness.errors import MeasureError, UnknownNameError, UsageError
from harness.functions.contest import contest
from harness.functions.result import Result
from harness.model import EVERY, TIMED, Part
from harness.spellings.contenders import op_of
from harness.spellings.spelling import Spelling
from tests.support.function_findings import asked

BRIEF = {"seconds": 19, "sizes": [4, 64]}


def labels(spellings: dict[str, Spelling], on: str | None = None, *, grad: bool = False) -> tuple[str, ...]:
    """Return the backends of a contest, the baseline first."""
    settings = contest(op_of(spellings), on, 60.0, grad=grad).settings
    return settings.baseline, *(name for name in settings.backends if name != settings.baseline)


def test_a_module_is_measured_on_torch_alone_against_the_cpu() -> None:
    baseline, *others = labels({EVERY: nn.Identity()})
    assert baseline == "torch-cpu"
    assert all(name.startswith("torch-") for name in others)


def test_a_module_beside_numpy_is_held_against_it() -> None:
    assert labels({"numpy": "np.abs(x)", "torch": nn.Identity()}, "torch-cpu") == ("numpy", "torch-cpu")


def test_rival_modules_are_measured_on_torch_wherever_else_is_asked() -> None:
    rivals: dict[str, Spelling] = {"old": nn.Identity(), "new": nn.ReLU()}
    assert labels(rivals) == ("old@torch-cpu", "new@torch-cpu")
    assert labels(rivals, "numpy, torch-cpu-1t") == ("old@torch-cpu-1t", "new@torch-cpu-1t")


def test_a_gradient_is_held_against_torch_on_the_cpu_and_numpy_says_why_it_is_out() -> None:
    baseline, *others = labels({EVERY: "xp.sin(x)"}, grad=True)
    assert baseline == "torch-cpu"
    assert "numpy" in others
    assert "numpy-1t" not in others


def test_a_gradient_adds_no_numpy_to_what_was_asked_for() -> None:
    assert labels({EVERY: "xp.sin(x)"}, "torch-cpu-1t", grad=True) == ("torch-cpu-1t",)


def test_the_gradients_of_rivals_are_taken_by_torch() -> None:
    assert labels({"old": "x * 2", "new": "x + x"}, grad=True) == ("old@torch-cpu", "new@torch-cpu")


def test_backends_none_of_which_takes_gradients_are_refused() -> None:
    with pytest.raises(UsageError, match="takes gradients; name others with on="):
        labels({EVERY: "xp.sin(x)"}, "numpy", grad=True)


def test_without_grad_there_are_no_parts() -> None:
    wanted = asked({"torch": "torch.sin(x)"})
    assert wanted.parts == ()
    with pytest.raises(UsageError, match="pass grad=True"):
        Result(run=None, op=wanted.op, margin=0.05)["backward"]  # type: ignore[arg-type] # it is not read


def mean_of_squares(xp: Any, v: Any) -> Any:  # noqa: ANN401 - arrays of any library
    """Return the mean of the squares, as the tutorial has it."""
    return xp.mean(v * v)


@pytest.mark.slow
@pytest.mark.usefixtures("brief_sweeps")
def test_the_gradient_of_the_tutorial() -> None:
    # With the tutorial's [[1, 2], [3, 4]] the gradient is v / 2, which float32 has to the last digit.
    result = harness.measure(
        mean_of_squares,
        inputs=lambda n, _rng: np.arange(1, n + 1, dtype=np.float32).reshape(2, -1),
        on="torch-cpu, torch-cpu-1t",
        grad=True,
        seconds=19,
        sizes=[4],
    )
    for part in Part:
        cells = result[part].frame
        assert set(cells["op"]) == {f"mean_of_squares {part}"}
        assert set(cells["span"]) >= {"call"}
        assert "round_trip" not in set(cells["span"])
        assert set(cells["status"]) <= set(TIMED)
    gradients = [result["backward"].frame, result.frame]
    assert all((cells["max_error"] == 0).all() for cells in gradients)
    held = ["forward", "backward", "forward and backward"]
    assert [line for line in str(result).splitlines() if not line.startswith(" ")] == held
    speedup = result.speedup("torch-cpu-1t", n=4, part="backward")
    assert str(speedup) == str(result["backward"].speedup("torch-cpu-1t", n=4))
    assert result.speedup("torch-cpu-1t", n=4) == result[Part.BOTH].speedup("torch-cpu-1t", n=4)
    crossover = result.crossover("torch-cpu-1t", part="forward")
    assert str(crossover) == str(result["forward"].crossover("torch-cpu-1t"))
    with pytest.raises(UnknownNameError, match="backwards"):
        result.speedup("torch-cpu-1t", n=4, part="backwards")
    assert "text/html" in result["forward"]._repr_mimebundle_()


@pytest.mark.slow
@pytest.mark.usefixtures("brief_sweeps")
def test_a_part_outlives_the_result_that_it_is_of(tmp_path: Any) -> None:  # noqa: ANN401 - a path
    part = harness.measure("xp.sum(x * x)", on="torch-cpu", grad=True, **BRIEF)["backward"]  # type: ignore[arg-type]
    assert len(part.frame)
    part.save(tmp_path)
    assert len(set(harness.load(tmp_path)["op"])) == len(Part)


class WrongBackward(torch.autograd.Function):
    """A square whose backward pass forgot the 2."""

    @staticmethod
    def forward(ctx: "Any", x: torch.Tensor) -> torch.Tensor:  # noqa: ANN401 - as Torch has it
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx: "Any", seed: torch.Tensor) -> "Any":  # noqa: ANN401 - as above
        return ctx.saved_tensors[0] * seed


@pytest.mark.slow
@pytest.mark.usefixtures("brief_sweeps")
def test_a_wrong_backward_is_refused_in_one_sentence() -> None:
    with pytest.raises(
        MeasureError, match=r"its gradient is wrong: by x it is .* where the function changes by"
    ):
        harness.measure(torch=WrongBackward.apply, on="torch-cpu", grad=True, **BRIEF)  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.usefixtures("brief_sweeps")
def test_a_module_is_measured_with_its_parameters_in_the_dtype_of_its_operands() -> None:
    linear = nn.Linear(3, 2)
    weight, bias = (one.detach().numpy().astype(np.float64) for one in (linear.weight, linear.bias))
    result = harness.measure(
        linear,
        numpy=lambda x: x @ weight.T + bias,
        inputs=lambda n, rng: rng.standard_normal((n, 3)),
        on="torch-cpu",
        **BRIEF,  # type: ignore[arg-type]
    )
    cells = result.frame[result.frame["backend"] == "torch-cpu"]
    assert set(cells["dtype"]) == {"float64"}
    assert set(cells["span"]) == {"call", "round_trip"}
    assert set(cells["status"]) <= set(TIMED)
    assert cells[cells["span"] == "call"]["reason"].str.contains("Torch records what a gradient needs").all()
    assert linear.weight.dtype is torch.float32


@pytest.mark.slow
@pytest.mark.usefixtures("brief_sweeps")
def test_a_module_in_training_says_what_each_call_changes_in_it() -> None:
    net = nn.Sequential(nn.BatchNorm1d(3))
    made = "rng.standard_normal((n, 3))"
    cells = harness.measure(net, inputs=made, on="torch-cpu", **BRIEF).frame  # type: ignore[arg-type]
    assert cells["reason"].str.contains("each call changes the module's 0.running_mean").all()
    cells = harness.measure(net.eval(), inputs=made, on="torch-cpu", **BRIEF).frame  # type: ignore[arg-type]
    assert not cells["reason"].str.contains("changes").any()


@pytest.mark.slow
@pytest.mark.usefixtures("brief_sweeps")
def test_a_module_by_chance_is_told_to_be_evaluated() -> None:
    with pytest.raises(MeasureError, match=r"another result at every call: call the module's eval\(\)"):
        harness.measure(nn.Dropout(), on="torch-cpu", seconds=19, sizes=[64])
