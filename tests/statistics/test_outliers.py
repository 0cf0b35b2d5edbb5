"""Rows that fall out of the others: found, and not invented."""

import numpy as np
import pytest

from harness.statistics.arrays import Floats
from harness.statistics.outliers import FEWEST, outliers

FLEETS = 300
COLUMNS = 18


def fleet(
    random: np.random.Generator, rows: int, *, whole: float = 0.01, freedom: float | None = None
) -> Floats:
    """Return log times of equals, which differ by some 1 % as a whole and in each column."""
    spreads = 0.01 * np.exp(random.normal(0, 0.5, COLUMNS))
    shape = (rows, COLUMNS)
    each = random.normal(size=shape)
    if freedom is not None:
        each = random.standard_t(freedom, shape) * np.sqrt(1 - 2 / freedom)
    table: Floats = each * spreads + random.normal(0, whole, (rows, 1))
    return table


@pytest.mark.parametrize("rows", [4, 5, 8, 16, 32])
def test_of_fleets_of_equals_one_in_a_hundred_has_somebody_blamed(rows: int) -> None:
    random = np.random.default_rng(rows)
    blamed = sum(bool(outliers(fleet(random, rows))) for _ in range(FLEETS))
    # Were it 1 in 100, more than 8 of 300 would be seen in 4 of 1000.
    assert blamed <= 8


@pytest.mark.parametrize("rows", [32, 64])
def test_of_many_machines_nobody_is_blamed_for_the_tails_that_all_have(rows: int) -> None:
    random = np.random.default_rng(rows)
    blamed = sum(bool(outliers(fleet(random, rows, freedom=5))) for _ in range(100))
    assert blamed <= 4


@pytest.mark.parametrize(("columns", "whole"), [(COLUMNS, 0.007), (COLUMNS // 3, 0.01)])
def test_one_of_eight_that_is_10_percent_off_is_found(columns: int, whole: float) -> None:
    random, found = np.random.default_rng(columns), 0
    for _ in range(FLEETS):
        table = fleet(random, 8, whole=whole)
        table[3, :columns] += np.log(1.1)
        found += [one.row for one in outliers(table)] == [3]
    assert found >= 0.95 * FLEETS


def test_two_of_sixteen_do_not_hide_each_other() -> None:
    random, found = np.random.default_rng(2), 0
    for _ in range(FLEETS):
        table = fleet(random, 16)
        table[[3, 7]] += np.log(1.1)
        found += {one.row for one in outliers(table)} == {3, 7}
    assert found >= 0.9 * FLEETS


def test_it_is_told_where_a_row_falls_out_and_by_how_much() -> None:
    random, held = np.random.default_rng(3), []
    for _ in range(100):
        table = fleet(random, 16)
        table[5, :6] += np.log(1.2)
        one = next(one for one in outliers(table) if one.row == 5)
        assert set(one.columns) <= set(range(6))
        assert not one.is_overall
        held += [abs(np.log(1.2) - one.deviations[at]) <= one.reaches[at] for at in range(6)]
    assert np.mean(held) >= 0.92


def test_a_row_that_is_off_everywhere_is_told_as_a_whole() -> None:
    random, held = np.random.default_rng(4), []
    for _ in range(100):
        table = fleet(random, 16)
        table[5] += np.log(0.8)
        one = next(one for one in outliers(table) if one.row == 5)
        assert one.is_overall
        held.append(abs(np.log(0.8) - one.overall) <= one.overall_reach)
    assert np.mean(held) >= 0.9


def test_what_differs_by_less_than_anybody_minds_is_no_outlier() -> None:
    table = np.random.default_rng(5).normal(0, 1e-4, (8, COLUMNS))
    table[2] += 0.02
    assert not outliers(table)
    table[2] += 0.02
    assert [one.row for one in outliers(table)] == [2]


def test_of_three_rows_none_can_be_told_to_be_the_odd_one() -> None:
    table = np.zeros((FEWEST - 1, COLUMNS))
    table[0] = 1.0
    assert not outliers(table)


def test_rows_that_are_the_same_to_the_last_digit_have_no_outlier() -> None:
    assert not outliers(np.zeros((8, COLUMNS)))
    one = np.zeros((8, COLUMNS))
    one[0] = 0.5
    assert [found.row for found in outliers(one)] == [0]
