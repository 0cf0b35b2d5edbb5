"""Means of few rounds: the same for each row as alone, and how two of them differ."""

import math
from statistics import fmean, stdev

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.statistics.arrays import Floats
from harness.statistics.means import differences_of, means_of

values = st.floats(-20, 20)
rows = st.lists(st.lists(values, max_size=6), min_size=1, max_size=6)


def table_of(lists: list[list[float]]) -> Floats:
    """Return lists as the rows of a table, with NaN where a list is shorter."""
    table = np.full((len(lists), 6), np.nan)
    for row, part in zip(table, lists, strict=True):
        row[: len(part)] = part
    return table


@given(rows)
def test_a_row_has_its_mean_and_the_standard_error_of_the_textbook(lists: list[list[float]]) -> None:
    means = means_of(table_of(lists))
    centre = [fmean(part) if part else math.nan for part in lists]
    error = [stdev(part) / math.sqrt(len(part)) if len(part) > 1 else math.nan for part in lists]
    freedom = [len(part) - 1 if len(part) > 1 else math.nan for part in lists]
    np.testing.assert_allclose(means.centre, centre, atol=1e-12)
    np.testing.assert_allclose(means.error, error, rtol=1e-6, atol=1e-12)
    np.testing.assert_array_equal(means.freedom, freedom)


@given(rows)
def test_a_mean_lies_in_its_interval_and_in_a_wider_one_of_more_confidence(lists: list[list[float]]) -> None:
    means = means_of(table_of(lists))
    several = np.array([len(part) > 1 for part in lists])
    usual, wide = means.half_width(), means.half_width(0.99)
    assert (usual[several] >= 0).all()
    assert (wide[several] >= usual[several]).all()
    assert np.isnan(usual[~several]).all()


def test_rows_of_a_class_steady_one_another_and_leave_the_others_alone() -> None:
    random = np.random.default_rng(0)
    table = random.standard_normal((50, 3))
    alike = np.arange(50) < 40
    plain, steadied = means_of(table), means_of(table, classes=np.where(alike, 0, -1))
    assert steadied.error[alike].std() < plain.error[alike].std() / 2
    assert (steadied.freedom[alike] > plain.freedom[alike]).all()
    assert (steadied.error[~alike] == plain.error[~alike]).all()
    assert (steadied.centre == plain.centre).all()


def test_a_trimmed_mean_has_yuens_error() -> None:
    """Of 1 to 9 and 100 the six from 3 to 8 remain; winsorised, their squares add up to 42.5."""
    row = np.array([[100.0, *range(1, 10)]])
    trimmed = means_of(row, trimmed=np.array([True]))
    assert (trimmed.centre.item(), trimmed.freedom.item()) == (5.5, 5.0)
    assert trimmed.error.item() == pytest.approx(math.sqrt(42.5 / (6 * 5)))
    assert means_of(row, trimmed=np.array([False])).centre.item() == means_of(row).centre.item() == 14.5


def test_a_trimmed_mean_of_fewer_than_five_is_the_plain_one() -> None:
    row, trimmed = np.array([[1.0, 2.0, 4.0, 50.0]]), np.array([True])
    for name in ("centre", "squared_error", "freedom"):
        assert getattr(means_of(row, trimmed=trimmed), name) == getattr(means_of(row), name)


def test_a_difference_has_welchs_error_and_freedom() -> None:
    """Standard errors 0.1 / sqrt(3) and 0.2 / sqrt(3): 2 * (0.01 + 0.04)**2 / (0.01**2 + 0.04**2) = 2.94."""
    a, b = (means_of(np.array([[-step, 0.0, step]]) + step) for step in (0.1, 0.2))
    difference = differences_of(a, b)
    assert difference.centre.item() == pytest.approx(0.1)
    assert difference.error.item() == pytest.approx(math.sqrt(0.05 / 3))
    assert difference.freedom.item() == pytest.approx(2.941, abs=1e-3)


def test_rounds_without_any_spread_differ_by_exactly_that() -> None:
    a, b = means_of(np.array([[1.0] * 3])), means_of(np.array([[2.0] * 4]))
    difference = differences_of(a, b)
    assert (difference.centre.item(), difference.error.item(), difference.freedom.item()) == (1.0, 0.0, 5.0)
