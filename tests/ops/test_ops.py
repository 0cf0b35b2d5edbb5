"""The ops mean what they say: the tutorial's own examples, and every op against its reference."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from harness.asv.catalogue import declared_ops
from harness.backends.backend import prepare
from harness.backends.table import BACKENDS, backend_named
from harness.model import Library, Op, Span
from harness.ops.agreement import accepted_error, disagreement, reference
from harness.ops.operands import operands
from harness.ops.statement import evaluate
from harness.runs.plan import applies
from tests.support.projects import PROJECT

OPS = declared_ops(PROJECT)


def needs(backend: str) -> pytest.MarkDecorator:
    """Return the mark that skips a test where the machine lacks a backend."""
    if "cuda" in backend:
        return pytest.mark.cuda
    reason = backend_named(backend).missing()
    return pytest.mark.skipif(bool(reason), reason=reason)


ON_THE_CPU = [
    pytest.param(name, marks=needs(name)) for name, backend in BACKENDS.items() if backend.device == "cpu"
]
EVERY = [
    pytest.param(op, backend, id=f"{op}-{backend}", marks=needs(backend))
    for op in OPS
    for backend in BACKENDS
    if applies(OPS[op], BACKENDS[backend]) and BACKENDS[backend].library in OPS[op].spelling
]


def result_of(op: Op, backend: str, span: Span, *arrays: list[Any]) -> Any:  # noqa: ANN401 - each library has its own
    """Compute an op on given values, as a worker does."""
    chosen = backend_named(backend)
    if chosen.library not in op.spelling:
        pytest.skip(f"{op.name} has no spelling for {chosen.library}")
    host = dict(zip(op.operands, (np.array(values, dtype=np.float32) for values in arrays), strict=True))
    return evaluate(chosen.statement(op, span), prepare(chosen, op, host))


@pytest.mark.parametrize("backend", ON_THE_CPU)
@pytest.mark.parametrize("span", Span)
def test_the_gradient_of_the_mean_of_squares_is_half_the_operand_of_four(backend: str, span: Span) -> None:
    gradient = result_of(OPS["backward"], backend, span, [[1, 2], [3, 4]])
    assert np.asarray(gradient).tolist() == [[0.5, 1.0], [1.5, 2.0]]


@pytest.mark.parametrize("backend", ["torch-cpu", "torch-cpu-1t"])
def test_a_gradient_does_not_accumulate_over_calls(backend: str) -> None:
    chosen, op = backend_named(backend), OPS["backward"]
    names = chosen.namespace(op, {"v": np.array([[1, 2], [3, 4]], dtype=np.float32)})
    for _ in range(3):
        gradient = evaluate(chosen.statement(op, Span.CALL), names)
    assert gradient.tolist() == [[0.5, 1.0], [1.5, 2.0]]


@pytest.mark.parametrize("backend", ON_THE_CPU)
def test_the_value_that_is_differentiated_is_the_mean_of_squares(backend: str) -> None:
    for op in ("mean_square", "mean_square_graph"):
        result = result_of(OPS[op], backend, Span.CALL, [[1, 2], [3, 4]])
        assert backend_named(backend).to_host(result) == 7.5


def test_recording_the_graph_is_what_sets_mean_square_graph_apart() -> None:
    assert result_of(OPS["mean_square_graph"], "torch-cpu", Span.CALL, [1, 2]).requires_grad
    assert not result_of(OPS["mean_square"], "torch-cpu", Span.CALL, [1, 2]).requires_grad


@pytest.mark.parametrize("backend", ON_THE_CPU)
def test_abs_sin_and_mean_of_the_tutorials_values(backend: str) -> None:
    values = [-1, -2, 1, 2]
    assert np.asarray(result_of(OPS["abs"], backend, Span.CALL, values)).tolist() == [1, 2, 1, 2]
    sine = np.asarray(result_of(OPS["sin"], backend, Span.CALL, values))
    assert sine == pytest.approx([-0.84147098, -0.90929743, 0.84147098, 0.90929743])
    assert float(result_of(OPS["mean"], backend, Span.CALL, values)) == 0.0


@pytest.mark.parametrize("backend", ON_THE_CPU)
def test_the_product_of_the_tutorials_matrix_with_itself(backend: str) -> None:
    matrix = [[1, 2], [3, 4]]
    product = result_of(OPS["mm"], backend, Span.ROUND_TRIP, matrix, matrix)
    assert np.asarray(product).tolist() == [[7, 10], [15, 22]]


def test_conversion_there_and_back_gives_the_same_array() -> None:
    values = [[1, 2], [3, 4]]
    there = result_of(OPS["from_numpy"], "torch-cpu", Span.CALL, values)
    back = result_of(OPS["to_numpy"], "torch-cpu", Span.CALL, values)
    assert isinstance(there, torch.Tensor)
    assert isinstance(back, np.ndarray)
    assert there.tolist() == back.tolist() == values


def test_conversion_on_the_cpu_moves_nothing_and_says_so() -> None:
    op = OPS["from_numpy"]
    host = {"x": np.zeros(4, dtype=np.float32)}
    chosen = backend_named("torch-cpu")
    tensor = evaluate(chosen.statement(op, Span.CALL), chosen.namespace(op, host))
    host["x"][0] = 1.0
    assert tensor[0] == 1.0
    for op_name in ("from_numpy", "to_numpy"):
        assert "zero-copy" in OPS[op_name].notes["torch-cpu"]


@pytest.mark.parametrize(("op", "backend"), EVERY)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("span", Span)
def test_every_backend_agrees_with_the_reference(op: str, backend: str, dtype: str, span: Span) -> None:
    chosen, declared = backend_named(backend), OPS[op]
    host = operands(declared, 4096, dtype, seed=1)
    expected, scale = reference(declared, host)
    result = evaluate(chosen.statement(declared, span), prepare(chosen, declared, host))
    error, fault = disagreement(chosen.to_host(result), expected, scale, dtype)
    assert fault == ""
    assert error <= accepted_error(declared, dtype)


@pytest.mark.parametrize("backend", ["torch-cpu", "torch-cpu-1t"])
@pytest.mark.parametrize("op", OPS)
def test_a_round_trip_ends_as_a_numpy_array(op: str, backend: str) -> None:
    host = operands(OPS[op], 16, "float32", seed=1)
    chosen = backend_named(backend)
    result = evaluate(chosen.statement(OPS[op], Span.ROUND_TRIP), chosen.namespace(OPS[op], host))
    assert isinstance(result, np.ndarray)


@pytest.mark.parametrize("backend", ["numpy", "torch-cpu"])
def test_a_setup_makes_names_for_the_spelling(backend: str) -> None:
    setup: dict[Library, str] = {"numpy": "magnitude = np.abs", "torch": "magnitude = torch.abs"}
    op = replace(OPS["abs"], setup=setup, spelling=dict.fromkeys(setup, "magnitude(x)"))
    assert reference(op, {"x": np.array([-2.0, 1.0])})[0].tolist() == [2, 1]
    assert np.asarray(result_of(op, backend, Span.CALL, [-2, 1])).tolist() == [2, 1]


def test_a_wrong_result_disagrees() -> None:
    op = OPS["mean"]
    host = operands(op, 1024, "float32", seed=1)
    expected, scale = reference(op, host)
    off = np.float32(expected + 1e-4)
    error, _ = disagreement(np.asarray(off), expected, scale, "float32")
    assert error > accepted_error(op, "float32")


def test_a_result_of_another_shape_or_dtype_is_a_fault() -> None:
    expected = np.zeros((2, 2))
    assert "shape (4,)" in disagreement(np.zeros(4, np.float32), expected, 1.0, "float32")[1]
    assert "float64" in disagreement(np.zeros((2, 2)), expected, 1.0, "float32")[1]


def test_a_result_that_is_not_a_number_is_never_accepted() -> None:
    error, _ = disagreement(np.full(2, np.nan, np.float32), np.ones(2), 1.0, "float32")
    assert not error <= 1.0
