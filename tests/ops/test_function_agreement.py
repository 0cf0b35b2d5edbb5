"""What is accepted of a function whose exactness nobody has said."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from harness.ops.function_agreement import disagreement, expected
from harness.ops.operands import Operands

Function = Callable[[Any], Any]


def accepts(function: Function, reference: Function, n: int, dtype: str) -> bool:
    """Whether a function of normal operands is taken for right, held against another."""
    x = np.random.default_rng(0).standard_normal(n).astype(dtype)
    host = Operands(n=n, arrays={"x": x})
    held_against = expected(lambda operands: reference(operands.arrays["x"]), host, dtype)
    error, accepted, fault = disagreement({"": function(x)}, held_against)
    return not fault and error <= accepted


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n", [16, 4096, 1_000_000])
def test_another_order_of_adding_up_is_right(n: int, dtype: str) -> None:
    for function in (lambda x: np.dot(x, x), lambda x: np.sqrt(np.dot(x, x)) ** 2):
        assert accepts(function, lambda x: np.sum(x * x), n, dtype)


@pytest.mark.parametrize("side", [8, 700])
def test_a_system_solved_in_another_way_is_right_in_double_precision(side: int) -> None:
    def system(x: Any) -> Any:  # noqa: ANN401 - an array
        return x.reshape(side, side) + side * np.eye(side)

    def by_hand(x: Any) -> Any:  # noqa: ANN401 - an array
        q, r = np.linalg.qr(system(x))
        return np.linalg.solve(r, q.T @ np.ones(side))

    assert accepts(by_hand, lambda x: np.linalg.solve(system(x), np.ones(side)), side * side, "float64")


@pytest.mark.parametrize("n", [16, 4096])
def test_a_forgotten_element_is_wrong(n: int) -> None:
    assert not accepts(lambda x: np.sum(x[1:] * x[1:]), lambda x: np.sum(x * x), n, "float32")


@pytest.mark.parametrize("n", [16, 4096, 1_000_000])
def test_half_the_digits_are_wrong(n: int) -> None:
    halved = lambda x: np.sum(x * x, dtype=x.dtype) * x.dtype.type(1 + 1e-3)  # noqa: E731 - it is one function
    assert not accepts(halved, lambda x: np.sum(x * x), n, "float32")


def test_what_is_computed_element_by_element_may_be_off_by_last_digits_only() -> None:
    assert accepts(np.sin, np.sin, 16, "float32")
    assert not accepts(lambda x: np.sin(x) + np.float32(1e-5), np.sin, 16, "float32")
