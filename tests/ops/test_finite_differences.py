"""Gradients held against differences of their functions, in float64."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.ops.dtypes import Array
from harness.ops.finite_differences import SINGLE, directions, disproof

POINT = np.random.default_rng(1).standard_normal((4, 5))


def disproofs(function: Callable[[Array], Array], point: Array, gradient: Array) -> int:
    """Return how many directions disprove a gradient of a function's sum."""
    return sum(
        disproof(lambda step: function(point + step), point, gradient, direction) is not None
        for direction in directions(point.shape, 0)
    )


@pytest.mark.parametrize(
    ("function", "gradient"),
    [
        (lambda x: x * x, lambda x: 2 * x),
        (np.sin, np.cos),
        (np.abs, np.sign),
        (lambda x: np.maximum(x, 0), lambda x: np.where(x > 0, 1.0, 0.0)),
        (np.round, np.zeros_like),
        (lambda x: np.max(x, keepdims=True), lambda x: np.where(x == x.max(), 1.0, 0.0)),
        (lambda x: np.mean(x, keepdims=True), lambda x: np.full_like(x, 1 / x.size)),
        (lambda x: 1e6 + np.exp(x), np.exp),
    ],
)
@pytest.mark.parametrize("scale", [1.0, 1e-8, 30.0])
def test_a_right_gradient_is_disproved_by_no_direction(
    function: Callable[[Array], Array], gradient: Callable[[Array], Array], scale: float
) -> None:
    point = POINT * scale
    assert disproofs(function, point, gradient(point)) == 0


@pytest.mark.parametrize("slope", [0.0, 0.3, 1.0])
def test_every_slope_of_a_kink_is_right(slope: float) -> None:
    point = np.zeros(3)
    assert disproofs(lambda x: np.maximum(x, 0), point, np.full(3, slope)) == 0
    assert disproofs(lambda x: np.maximum(x, 0), point, np.full(3, 1.2)) > 0


@pytest.mark.parametrize("wrong", [1.001, -1.0, 0.0, 2.0])
def test_a_gradient_that_is_wrong_everywhere_is_disproved_by_every_direction(wrong: float) -> None:
    assert disproofs(np.sin, POINT, wrong * np.cos(POINT)) == 1 + SINGLE


def test_a_gradient_that_is_wrong_in_one_element_is_disproved_by_all_of_them_together() -> None:
    point = np.random.default_rng(2).standard_normal(10_000)
    gradient = np.cos(point)
    gradient[17] += 0.1
    together = next(directions(point.shape, 0))
    assert disproof(lambda step: np.sin(point + step), point, gradient, together) is not None


def test_what_is_told_is_the_gradient_and_the_slope() -> None:
    single = np.array([0.0, 1.0])
    found = disproof(lambda step: 3 * (np.ones(2) + step), np.ones(2), np.array([3.0, 4.0]), single)
    assert found == pytest.approx((4.0, 3.0))


def test_a_function_that_is_not_finite_disproves_nothing() -> None:
    assert disproofs(lambda x: np.full_like(x, np.inf), POINT, POINT) == 0
    with np.errstate(divide="ignore", invalid="ignore"):
        assert disproofs(np.log, np.zeros(3), np.ones(3)) == 0


@given(shape=st.lists(st.integers(0, 7), max_size=3).map(tuple), seed=st.integers(0, 9))
def test_directions_have_the_shape_of_the_operand_and_move_each_element_once_at_most(
    shape: tuple[int, ...], seed: int
) -> None:
    together, *singles = directions(shape, seed)
    count = int(np.prod(shape))
    assert together.shape == shape
    assert (np.abs(together) == 1).all()
    assert len(singles) == min(SINGLE, count)
    assert all(single.shape == shape and np.count_nonzero(single) == 1 for single in singles)
    assert count == 0 or np.max(sum(singles)) == 1
