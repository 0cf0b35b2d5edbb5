"""The spread of means around nought: what their errors and chance explain is none."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from harness.statistics.excess_spread import excess_spread
from harness.statistics.means import Means, means_of

QUARTILE = NormalDist().inv_cdf(0.75)


def means(centre: list[float], error: float = 0.01, freedom: float = 9.0) -> Means:
    """Return means of the same error."""
    size = len(centre)
    return Means(
        centre=np.array(centre), squared_error=np.full(size, error**2), freedom=np.full(size, freedom)
    )


def spread(values: Means) -> float:
    """Return the spread of values that are all of one group."""
    return float(excess_spread(values, np.zeros(len(values.centre), dtype=np.int64), 1)[0])


def test_it_is_the_median_distance_without_what_the_errors_explain() -> None:
    expected = math.sqrt((0.05 / QUARTILE) ** 2 - 0.01**2)
    assert spread(means([0.05, -0.05, 0.05])) == pytest.approx(expected)


def test_one_of_few_that_is_off_is_chance() -> None:
    assert spread(means([0.5, 0.001, -0.002])) == 0
    assert spread(means([0.5, 0.3, -0.3])) > 0.3


def test_means_that_are_right_seldom_show_any() -> None:
    """Of a hundred groups of 27 means of 10 rounds at most a few say so."""
    random = np.random.default_rng(0)
    rows = random.normal(0, 0.1, (2700, 10))
    found = excess_spread(means_of(rows), np.repeat(np.arange(100), 27), 100)
    assert (found > 0).sum() <= 10
    assert found.max() < 0.05


def test_a_spread_between_means_is_found() -> None:
    random = np.random.default_rng(0)
    rows = random.normal(0, 0.02, (2700, 10)) + random.normal(0, 0.05, (2700, 1))
    found = excess_spread(means_of(rows), np.repeat(np.arange(100), 27), 100)
    assert np.median(found) == pytest.approx(0.05, rel=0.1)


def test_groups_are_kept_apart_and_one_without_a_known_error_is_unknown() -> None:
    values = Means(
        centre=np.array([0.1, 0.0, 0.1, 0.0, 0.3]),
        squared_error=np.array([1e-6, 1e-6, 1e-6, 1e-6, np.nan]),
        freedom=np.array([9.0, 9.0, 9.0, 9.0, np.nan]),
    )
    found = excess_spread(values, np.array([1, 0, 1, 0, 2]), 3)
    assert found[0] == 0
    assert found[1] == pytest.approx(0.1 / QUARTILE, rel=1e-3)
    assert math.isnan(found[2])
