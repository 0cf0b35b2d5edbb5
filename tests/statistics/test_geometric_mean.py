"""The time that rounds agree on: laws that hold for any rounds."""

import math
from random import Random
from statistics import geometric_mean

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.statistics.arrays import Floats
from harness.statistics.geometric_mean import estimate, estimates

times = st.floats(min_value=1e-9, max_value=1e3)


def padded(cells: list[list[float]]) -> Floats:
    """Return rounds as a table with a row per cell."""
    table = np.full((len(cells), max(map(len, cells))), np.nan)
    for row, medians in zip(table, cells, strict=True):
        row[: len(medians)] = medians
    return table


@given(st.lists(times, min_size=2, max_size=7), st.floats(1e-3, 1e3))
def test_scaling_the_rounds_scales_value_and_interval(medians: list[float], factor: float) -> None:
    plain, scaled = estimate(medians), estimate([m * factor for m in medians])
    assert scaled.value == pytest.approx(plain.value * factor)
    assert scaled.low == pytest.approx(plain.low * factor)
    assert scaled.high == pytest.approx(plain.high * factor)


@given(st.lists(times, min_size=2, max_size=7), st.randoms())
def test_the_order_of_rounds_does_not_matter(medians: list[float], random: Random) -> None:
    shuffled = list(medians)
    random.shuffle(shuffled)
    assert estimate(shuffled).value == estimate(medians).value
    assert estimate(shuffled).low == pytest.approx(estimate(medians).low)


rounds_of_a_cell = st.lists(st.one_of(times, st.sampled_from([1.0, 1.2]), st.just(math.nan)), max_size=12)


@example([1.0] * 6 + [1.2] * 4)
@given(rounds_of_a_cell)
def test_a_time_lies_in_its_own_interval(medians: list[float]) -> None:
    time = estimate(medians)
    assert math.isnan(time.low) or time.low <= time.value <= time.high


@example([[1.0] * 6 + [1.2] * 4])
@given(st.lists(rounds_of_a_cell, min_size=1, max_size=5))
def test_every_time_of_a_column_lies_in_its_own_interval(cells: list[list[float]]) -> None:
    value, low, high = estimates(padded(cells))
    several = ~np.isnan(low)
    assert (low[several] <= value[several]).all()
    assert (value[several] <= high[several]).all()


@given(st.lists(rounds_of_a_cell, min_size=1, max_size=5))
def test_a_column_of_cells_has_the_times_that_each_has_alone(cells: list[list[float]]) -> None:
    alone = [estimate(medians) for medians in cells]
    expected = [[getattr(time, name) for time in alone] for name in ("value", "low", "high")]
    np.testing.assert_allclose(np.array(estimates(padded(cells))), expected, rtol=1e-12)


@given(st.lists(times, min_size=1, max_size=12))
def test_the_time_is_the_geometric_mean_of_the_rounds(medians: list[float]) -> None:
    assert estimate(medians).value == pytest.approx(geometric_mean(medians), rel=1e-12)


@given(times, st.integers(1, 12))
def test_rounds_that_are_all_alike_have_exactly_their_time(seconds: float, rounds: int) -> None:
    time = estimate([seconds] * rounds)
    assert time.value == seconds
    assert rounds == 1 or (time.low, time.high) == (seconds, seconds)


def test_one_round_has_no_interval_and_none_has_no_value() -> None:
    assert estimate([2.0]).value == 2.0
    assert math.isnan(estimate([2.0]).low)
    assert math.isnan(estimate([]).value)


def test_a_round_without_a_time_is_left_out() -> None:
    assert estimate([1.0, math.nan, 1.0]) == estimate([1.0, 1.0])
