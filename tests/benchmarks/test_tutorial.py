"""The ops mean what they say: the tutorial's own examples."""

import numpy as np
import pytest
import torch

from harness.backends.table import BACKENDS, backend_named
from harness.model import Span
from harness.ops.statement import evaluate
from tests.support.ops import HERE, OPS, needs, result_of

ON_THE_CPU = [pytest.param(name, marks=needs(name)) for name in HERE if BACKENDS[name].device == "cpu"]


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
