"""Medians: what their intervals cover, and those of many lists at once."""

import math
from random import Random
from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.statistics.medians import median_interval, medians_of

times = st.floats(min_value=1e-9, max_value=1e3)


@given(st.lists(times, min_size=1, max_size=40), st.floats(1e-3, 1e3), st.randoms())
def test_the_interval_of_a_median_holds_it_scales_with_it_and_knows_no_order(
    samples: list[float], factor: float, random: Random
) -> None:
    low, high = median_interval(samples)
    assert low <= median(samples) <= high
    shuffled = [sample * factor for sample in samples]
    random.shuffle(shuffled)
    assert median_interval(shuffled) == (low * factor, high * factor)


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


@given(st.lists(st.lists(times, max_size=7), min_size=1, max_size=9))
def test_many_lists_have_the_medians_that_each_has_alone(lists: list[list[float]]) -> None:
    values, counts = (
        np.array([value for part in lists for value in part]),
        np.array([len(part) for part in lists]),
    )
    expected = [median(part) if part else math.nan for part in lists]
    assert medians_of(values, counts).tolist() == pytest.approx(expected, rel=0, abs=0, nan_ok=True)
