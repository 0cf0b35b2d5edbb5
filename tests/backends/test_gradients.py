"""What is timed of each part of a gradient, as its users write it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.backends.backend import Backend, prepare
from harness.backends.table import backend_named
from harness.model import Op, Part, Span
from harness.ops.operands import operands
from harness.ops.parts import parts
from harness.ops.statement import evaluate
from harness.spellings.contenders import op_of
from harness.timing.loop import UnmeasurableError


def of_parts(text: str, **results: tuple[str, ...]) -> dict[Part, Op]:
    """Return the parts of a text's gradient, whose results have a gradient where it says."""
    found: dict[Part, Op] = {}
    for op in parts(op_of({"*": text})):
        assert op.function is not None
        assert op.function.part is not None
        known = {name.replace("_", "-"): paths for name, paths in results.items()}
        found[op.function.part] = replace(op, function=replace(op.function, results=known))
    return found


def statements(backend: str, text: str, **results: tuple[str, ...]) -> list[str]:
    """Return what is timed of each part."""
    return [backend_named(backend).statement(op, Span.CALL) for op in of_parts(text, **results).values()]


def run(backend: Backend, op: Op, n: int = 4) -> tuple[Any, dict[str, Any]]:
    """Return the value of a part, and the names that it was made of."""
    names = prepare(backend, op, operands(op, n, "float32", seed=0))
    return evaluate(backend.statement(op, Span.CALL), names), names


def test_torch_differentiates_as_its_users_write_it() -> None:
    assert statements("torch-cpu", "xp.sum(x * x)") == [
        "xp.sum(x * x)",
        "torch.autograd.grad(_graph, _by, _seed, retain_graph=True, allow_unused=True)",
        "torch.autograd.grad(xp.sum(x * x), _by, _seed, allow_unused=True)",
    ]


def test_what_has_a_gradient_is_taken_out_of_a_result_of_several() -> None:
    *_, both = statements("torch-cpu", "y = x * x\n(y, {'a': y}, 3)", torch_cpu=("[0]", "[1]['a']"))
    assert both.splitlines() == [
        "y = x * x",
        "_result = (y, {'a': y}, 3)",
        "torch.autograd.grad((_result[0], _result[1]['a'], ), _by, _seed, allow_unused=True)",
    ]


@pytest.mark.parametrize("backend", ["torch-cpu", "jax-cpu"])
def test_both_passes_give_what_the_backward_pass_gives_alone(backend: str) -> None:
    if reason := backend_named(backend).missing():
        pytest.skip(reason)
    ops = of_parts("xp.sum(x * x)")
    (alone,), names = run(backend_named(backend), ops[Part.BACKWARD])
    (together,), _ = run(backend_named(backend), ops[Part.BOTH])
    x = np.asarray(names["x"].detach() if backend == "torch-cpu" else names["x"])
    assert np.asarray(alone) == pytest.approx(2 * x)
    assert np.asarray(together) == pytest.approx(2 * x)


def test_the_forward_pass_records_and_the_graph_is_kept_for_the_backward_pass_alone() -> None:
    ops = of_parts("xp.sum(x * x)")
    value, names = run(backend_named("torch-cpu"), ops[Part.FORWARD])
    assert value.requires_grad
    assert names["_graph"] is None
    _, names = run(backend_named("torch-cpu"), ops[Part.BACKWARD])
    assert names["_graph"].grad_fn is not None


def test_results_are_weighed_by_figures_of_either_sign_that_every_dtype_has() -> None:
    _, names = run(backend_named("torch-cpu"), of_parts("xp.sin(x)")[Part.BOTH], n=64)
    eighths = names["_seed"].numpy() * 8
    assert set(np.abs(eighths)) <= set(range(1, 9))
    assert set(np.sign(eighths)) == {-1.0, 1.0}
    _, names = run(backend_named("torch-cpu"), of_parts("xp.sum(x)")[Part.BOTH])
    assert names["_seed"].item() == 1


def test_numpy_takes_part_in_no_gradient() -> None:
    assert "_by" not in prepare(
        backend_named("numpy"), of_parts("xp.sum(x)")[Part.BOTH], operands(op_of({"*": "x"}), 4, "float32", 0)
    )


def test_a_result_without_a_gradient_cannot_be_measured() -> None:
    with pytest.raises(UnmeasurableError, match="it has no gradient"):
        run(backend_named("torch-cpu"), of_parts("xp.sum(x)", torch_cpu=())[Part.BOTH])
