"""From samples to values: laws that hold for any samples."""

import math
from random import Random
from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model import Round
from harness.statistics.confidence import t_quantile
from harness.statistics.geometric_mean import estimate
from harness.statistics.medians import median_interval
from harness.timing.noise import round_median

times = st.floats(min_value=1e-9, max_value=1e3)


def round_of(samples: list[float], disturbed: list[bool]) -> Round:
    return Round(
        number=1,
        samples=tuple(samples),
        disturbed=tuple(disturbed),
        floor=0.0,
        faults_per_call=0.0,
        steady=True,
    )


def test_t_quantiles_are_the_tables() -> None:
    assert t_quantile(1) == pytest.approx(12.7062, abs=1e-4)
    assert t_quantile(2) == pytest.approx(4.3027, abs=1e-4)
    assert t_quantile(4) == pytest.approx(2.7764, abs=1e-4)


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


@given(st.lists(times, min_size=2, max_size=7))
def test_the_interval_holds_the_value(medians: list[float]) -> None:
    found = estimate(medians)
    assert found.low <= found.value * (1 + 1e-9)
    assert found.value <= found.high * (1 + 1e-9)


@given(st.lists(times, min_size=1, max_size=40), st.floats(1e-3, 1e3), st.randoms())
def test_the_interval_of_a_median_holds_it_scales_with_it_and_knows_no_order(
    samples: list[float], factor: float, random: Random
) -> None:
    low, high = median_interval(samples)
    assert low <= median(samples) <= high
    shuffled = [sample * factor for sample in samples]
    random.shuffle(shuffled)
    assert median_interval(shuffled) == (low * factor, high * factor)


def test_one_round_has_no_interval_and_none_has_no_value() -> None:
    assert estimate([2.0]).value == 2.0
    assert math.isnan(estimate([2.0]).low)
    assert math.isnan(estimate([]).value)


def test_a_round_without_a_time_is_left_out() -> None:
    assert estimate([1.0, math.nan, 1.0]) == estimate([1.0, 1.0])


def test_disturbed_samples_are_left_out_where_enough_are_clean() -> None:
    assert round_median(round_of([1.0, 1.0, 1.0, 9.0, 9.0, 9.0, 9.0], [False] * 3 + [True] * 4)) == 1.0
    assert round_median(round_of([1.0, 9.0, 9.0], [False, True, True])) == 9.0


@pytest.mark.parametrize("count", [6, 10, 25, 60, 400, 3000])
def test_the_interval_of_the_median_covers_it_at_least_as_often_as_it_says(count: int) -> None:
    """The distribution does not matter; an exponential one is far from symmetric."""
    random, tries = np.random.default_rng(1), 1500
    draws = random.exponential(size=(tries, count))
    intervals = [median_interval(row.tolist()) for row in draws]
    covered = sum(low <= math.log(2) <= high for low, high in intervals) / tries
    # Three standard errors of the count; the discrete interval may cover more than it says.
    assert 0.95 - 3 * math.sqrt(0.95 * 0.05 / tries) <= covered
    assert covered <= 0.995


@given(st.lists(times, min_size=1, max_size=5))
def test_few_samples_give_their_whole_range(samples: list[float]) -> None:
    assert median_interval(samples) == (min(samples), max(samples))
