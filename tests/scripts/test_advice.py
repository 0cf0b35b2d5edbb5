"""The script that holds advice against what is measured: how it judges."""

import math
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

import harness
from scripts.advice import (
    BETWEEN,
    CALLS,
    GRID,
    Outcome,
    chain_errors,
    chain_line,
    error_lines,
    is_right,
    outcome_lines,
    outcomes,
)
from tests.support.call_and_trip import cells_of_laws, host

LAWS = {"numpy": host(lambda n: 1e-9 * n), "torch-cpu": host(lambda n: 20e-6 + 2e-10 * n)}
"""They cross at 25 000 elements."""


def cells_of(op: str, sizes: list[int]) -> pd.DataFrame:
    """Return the cells of an op by these laws."""
    cells = cells_of_laws(LAWS, sizes=sizes, op=op)
    return cells.assign(bytes_per_second=math.nan, baseline="numpy")


def slower(cells: pd.DataFrame, times: float, sizes: list[int]) -> pd.DataFrame:
    """Return cells of which those of Torch take so many times as long at some sizes."""
    is_slow = cells["n"].isin(sizes) & (cells["backend"] == "torch-cpu")
    rounds = [
        [second * (times if slow else 1) for second in of_cell]
        for slow, of_cell in zip(is_slow, cells["round_seconds"], strict=True)
    ]
    return cells.assign(round_seconds=rounds)


def test_the_advice_of_such_laws_is_right_between_their_sizes_beside_the_crossover_too() -> None:
    reference = pd.concat([cells_of(op, BETWEEN) for op in ("sin", "abs")])
    found = list(outcomes(pd.concat([cells_of(op, GRID) for op in ("sin", "abs")]), reference))
    assert len(found) == 2 * len(CALLS) * len(BETWEEN)
    assert {one.advised for one in found} == {one.fastest for one in found} == {"numpy", "torch-cpu"}
    assert is_right(found)
    assert list(outcome_lines(found)) == [
        "between sizes: the fastest, or within 5.0 % of it, in 28 of 28 cases"
    ]


def test_where_advice_was_wrong_is_told_with_its_cost_the_dearest_first() -> None:
    told = list(outcome_lines([outcome(0.02), outcome(0.07), outcome(0.23, told=True)]))
    assert told == [
        "between sizes: the fastest, or within 5.0 % of it, in 1 of 3 cases",
        "  sin at 16: numpy costs 23 % more than torch-cpu, spoiled by other work, as is said",
        "  sin at 16: numpy costs 7.0 % more than torch-cpu",
    ]


def test_what_the_grid_cannot_know_costs_what_it_is_slower_by() -> None:
    reference = slower(cells_of("sin", BETWEEN), 100, BETWEEN[-1:])
    last = list(outcomes(cells_of("sin", GRID), reference))[-1]
    assert (last.advised, last.fastest) == ("torch-cpu", "numpy")
    numpy, torch = 1e-9 * BETWEEN[-1], 20e-6 + 2e-10 * BETWEEN[-1]
    assert last.cost == pytest.approx(100 * torch / numpy - 1)


def test_right_is_what_is_so_in_95_of_100_cases_and_costs_little_in_the_others() -> None:
    costs = [0.0] * 95 + [0.09] * 5
    assert is_right([outcome(cost) for cost in costs])
    assert not is_right([outcome(cost) for cost in [*costs, 0.09]])
    assert not is_right([outcome(cost) for cost in [0.0] * 99 + [0.11]])


def outcome(cost: float, *, told: bool = False) -> Outcome:
    """Return an outcome of so much."""
    return Outcome(place="sin at 16", advised="numpy", fastest="torch-cpu", cost=cost, told=told)


def test_errors_are_told_by_op_and_span_of_the_sizes_that_the_advice_had_not() -> None:
    cells, reference = cells_of("sin", GRID), cells_of("sin", sorted([*GRID, *BETWEEN]))
    call, trip = error_lines(cells, reference)
    assert call.startswith("  sin, call: off by ")
    assert trip.startswith("  sin, round_trip: off by ")
    assert f"in the middle of {len(BETWEEN)}, " in call
    twice = slower(reference, 2, BETWEEN)
    assert "by 100 % in 95 of 100; 0 % of the intervals hold it" in next(error_lines(cells, twice))


def test_a_chain_that_takes_twice_its_sum_is_off_by_all_of_it() -> None:
    parts = pd.concat([cells_of("abs", GRID), cells_of("sin", GRID)], ignore_index=True)
    laws = {"numpy": host(lambda n: 2e-9 * n), "torch-cpu": host(lambda n: 80e-6 + 8e-10 * n)}
    whole = cells_of_laws(laws, sizes=GRID, op="both").assign(baseline="numpy")
    measured: Any = SimpleNamespace(speedups=harness.speedup(whole))
    found = list(chain_errors(parts, {("abs", "sin"): measured}))
    assert len(found) == len(GRID)
    assert [error for _, error, _ in found] == pytest.approx([1.0] * len(GRID))
    assert not any(held for *_, held in found)
    assert "off by 100 % in the middle of 8, by 100 % in 95 of 100" in chain_line(found)
