"""What is found out about a function's gradient before it is timed, in this process."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from harness.model import Part, Status
from harness.spellings.spelling import Spelling
from harness.workers.task import Finding
from tests.support.function_findings import asked, findings

Anything = Any
"""An array of either library, a tree of some, or an option."""


class WrongBackward(torch.autograd.Function):
    """A sine whose backward pass has the cosine of half the operand."""

    @staticmethod
    def forward(ctx: Anything, x: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x)
        return torch.sin(x)

    @staticmethod
    def backward(ctx: Anything, seed: torch.Tensor) -> torch.Tensor:
        (x,) = ctx.saved_tensors
        return torch.cos(x / 2) * seed


def of_gradient(on: str = "torch-cpu", **spellings: Spelling) -> dict[str, dict[str, Finding]]:
    """Return what is found out about each part, by its name without that of the op, and backend."""
    return found(spellings, on=on)


def found(spellings: dict[str, Spelling], **options: Anything) -> dict[str, dict[str, Finding]]:
    """Return what is found out about each part with other options."""
    called = findings(asked(spellings, grad=True, name="f", **{"sizes": [8], **options}))
    return {name.removeprefix("f "): of_part for name, of_part in called.items()}


def statuses(of_parts: dict[str, dict[str, Finding]], backend: str = "torch-cpu") -> list[tuple[Status, str]]:
    """Return the status and the reason of the three parts."""
    return [(of_parts[part][backend].status, of_parts[part][backend].reason) for part in Part]


FINE = [(Status.OK, "")] * 3


@pytest.mark.parametrize(
    "text",
    [
        "torch.mean(x * x)",
        "y = torch.sin(x)\ntorch.sum(y)",
        "torch.softmax(x, 0)",
        "torch.relu(x)",
        "x.abs().max()",
        "torch.sort(x)",
        "torch.max(x, dim=0)",
        "torch.exp(x) / torch.sum(torch.exp(x))",
        "torch.outer(x, x)",
        "(x - x.mean()) / x.std()",
        "torch.round(x) + 0 * x",
        "[torch.sin(x), {'a': torch.cos(x), 'n': 3}]",
    ],
)
def test_an_honest_gradient_passes(text: str) -> None:
    assert statuses(of_gradient(torch=text)) == FINE


def test_a_wrong_backward_is_told_and_the_forward_is_right() -> None:
    forward, backward, both = statuses(of_gradient(torch=WrongBackward.apply))
    assert forward == (Status.OK, "")
    assert backward == both
    assert backward[0] is Status.WRONG
    assert backward[1].startswith("its gradient is wrong: by x it is ")


class WrongBySecond(torch.autograd.Function):
    """A product whose backward pass is wrong by its second operand."""

    @staticmethod
    def forward(ctx: Anything, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x, y)
        return x * y

    @staticmethod
    def backward(ctx: Anything, seed: torch.Tensor) -> Anything:
        x, y = ctx.saved_tensors
        return y * seed, 1.01 * x * seed


class Scaled(nn.Module):
    """A module that is wrong by its parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor([3.0]))

    def forward(self, x: torch.Tensor) -> Anything:
        """Return a product."""
        return WrongBySecond.apply(x, self.scale.expand(x.shape))  # type: ignore[no-untyped-call] # Torch leaves it so


def test_each_operand_and_parameter_is_held_against_differences() -> None:
    def product(x: Anything, y: Anything) -> Anything:
        return WrongBySecond.apply(x, y)  # type: ignore[no-untyped-call] # as above

    for spelling, by in ((product, "y"), (Scaled(), "parameter scale")):
        _, *gradients = statuses(of_gradient(torch=spelling))
        for status, reason in gradients:
            assert status is Status.WRONG
            assert reason.startswith(f"its gradient is wrong: by {by} it is ")


def test_what_takes_no_double_precision_is_held_against_itself_and_says_so() -> None:
    weights = torch.arange(8.0)
    parts = found({"torch": lambda x: torch.dot(x, weights)}, dtype="float32")
    assert statuses(parts) == FINE
    assert parts["backward"]["torch-cpu"].remark.startswith("it takes no double precision")


def test_a_result_that_depends_on_nothing_has_no_gradient() -> None:
    for text in ("x.detach() * 2", "torch.argmax(x)", "torch.ones(3)", "x.detach().numpy()"):
        for status, reason in statuses(of_gradient(torch=f"{text} if x is not None else x.detach()")):
            assert status is Status.SKIPPED
            assert reason.startswith("it has no gradient: ")


def test_an_operand_that_is_changed_in_place_has_no_gradient() -> None:
    for status, reason in statuses(of_gradient(torch="x.mul_(2)\nx")):
        assert status is Status.SKIPPED
        assert reason.startswith("it changes an operand in place")


def test_whole_numbers_have_no_gradient_and_leave_that_of_the_others() -> None:
    def pick(x: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
        return x[at] * 3

    def made(n: int, rng: np.random.Generator) -> tuple[Any, ...]:
        return rng.standard_normal(n), rng.integers(0, n, n)

    assert statuses(found({"torch": pick}, inputs=made)) == FINE
    (status, reason), *_ = statuses(found({"torch": "at * 2"}, inputs=lambda n, rng: rng.integers(0, n, n)))
    assert (status, reason) == (
        Status.SKIPPED,
        "it has no operand of floating-point numbers to differentiate by",
    )


def test_a_complex_result_has_no_gradient_here() -> None:
    (status, reason), *_ = statuses(of_gradient(torch="torch.fft.fft(x)"))
    assert status is Status.SKIPPED
    assert reason.startswith("its result is complex")


def test_an_operand_that_plays_no_part_has_a_gradient_of_nothing() -> None:
    assert statuses(of_gradient(torch=lambda x, y: torch.sin(x) + y.detach())) == FINE


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16"])
def test_every_dtype_has_a_gradient(dtype: str) -> None:
    assert statuses(found({"torch": "torch.sum(torch.tanh(x) * x)"}, dtype=dtype)) == FINE


def test_a_gradient_by_chance_is_told() -> None:
    for status, reason in statuses(
        found({"torch": lambda x: torch.dropout(x, 0.5, train=True)}, sizes=[999])
    ):
        assert status is Status.WRONG
        assert reason.startswith("it gives another result at every call: take randomness from inputs=")


def test_jax_takes_the_same_gradient() -> None:
    pytest.importorskip("jax")

    def smooth(xp: Anything, x: Anything, y: Anything) -> Anything:
        return xp.mean(xp.sin(x) * y)

    parts = of_gradient("torch-cpu, jax-cpu", **{"*": smooth})
    assert statuses(parts, "jax-cpu") == FINE
    assert statuses(parts) == FINE


def test_jax_differentiates_by_some_operands_and_to_some_results() -> None:
    pytest.importorskip("jax")

    def several(xp: Anything, x: Anything, at: Anything) -> Anything:
        return {"a": x[at["to"]], "b": (xp.argmax(x), xp.sum(x * at["by"]))}

    def made(n: int, rng: np.random.Generator) -> tuple[Any, ...]:
        return rng.standard_normal(n), {"to": rng.integers(0, n, n), "by": rng.standard_normal(n)}

    parts = found({"*": several}, on="torch-cpu, jax-cpu", inputs=made)
    assert statuses(parts) == FINE
    assert statuses(parts, "jax-cpu") == FINE


def test_jax_alone_is_held_against_finite_differences_too() -> None:
    jax = pytest.importorskip("jax")

    def halved(x: Anything) -> Anything:
        wrong = jax.custom_vjp(lambda x: x * x)
        wrong.defvjp(lambda x: (x * x, x), lambda x, seed: (x * seed,))
        return wrong(x)

    forward, backward, both = statuses(of_gradient("jax-cpu", jax=halved), "jax-cpu")
    assert forward == (Status.OK, "")
    assert backward[0] is both[0] is Status.WRONG
    assert backward[1].startswith("its gradient is wrong: by x it is ")
    assert statuses(of_gradient("jax-cpu", jax="jnp.sum(x * x)"), "jax-cpu") == FINE


def test_numpy_says_that_it_takes_none() -> None:
    parts = of_gradient("numpy, torch-cpu", **{"*": lambda xp, x: xp.sin(x)})
    assert statuses(parts) == FINE
    for status, reason in statuses(parts, "numpy"):
        assert status is Status.SKIPPED
        assert reason.startswith("it takes no gradients")


def test_rivals_are_held_against_the_gradient_of_the_first() -> None:
    parts = of_gradient(old="torch.sum(x * x)", new="torch.dot(x, x)", other="2 * torch.dot(x, x)")
    assert statuses(parts, "old@torch-cpu") == statuses(parts, "new@torch-cpu") == FINE
    assert [status for status, _ in statuses(parts, "other@torch-cpu")] == [Status.WRONG] * 3


def rows(n: int, rng: np.random.Generator) -> Anything:
    """Return n rows of eight figures."""
    return rng.standard_normal((n, 8))


def test_a_modules_gradient_is_by_its_parameters_as_well() -> None:
    net = nn.Sequential(nn.Linear(8, 5), nn.Tanh(), nn.Linear(5, 3))
    assert statuses(found({"torch": net}, inputs=rows)) == FINE


def test_a_parameter_that_needs_no_gradient_gets_none() -> None:
    net = nn.Linear(8, 5)
    net.weight.requires_grad = False
    assert statuses(found({"torch": net}, inputs=rows)) == FINE


def test_a_module_of_whole_numbers_has_a_gradient_by_its_parameters() -> None:
    net = nn.Embedding(8, 3)
    assert statuses(found({"torch": net}, inputs=lambda n, rng: rng.integers(0, 8, n))) == FINE


def test_a_module_with_a_state_for_a_result_has_a_gradient() -> None:
    net = nn.LSTM(8, 4)
    assert statuses(found({"torch": net}, inputs=rows)) == FINE


def test_a_gradient_that_cancels_is_held_against_the_largest() -> None:
    # A bias in front of a normalisation of the batch changes nothing: its gradient is what rounding leaves.
    net = nn.Sequential(nn.Linear(8, 5), nn.BatchNorm1d(5), nn.Linear(5, 3))
    parts = found({"torch": net}, inputs=rows, dtype="float32")
    assert [status for status, _ in statuses(parts)] == [Status.OK] * 3
    assert parts["backward"]["torch-cpu"].error < 1e-5


def test_rival_modules_share_the_gradient_by_their_operands() -> None:
    net, first, last = nn.Linear(8, 5), nn.Linear(8, 8, bias=False), nn.Linear(8, 5)
    nn.init.eye_(first.weight)
    last.load_state_dict(net.state_dict())
    parts = found({"old": net, "new": nn.Sequential(first, last)}, inputs=rows)
    assert statuses(parts, "old@torch-cpu") == statuses(parts, "new@torch-cpu") == FINE
