"""The script that holds advice against what is measured: how it judges."""

import math
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

import harness
from scripts.advice import BETWEEN, GRID, between_lines, chain_errors, chain_line, outcomes
from tests.support.call_and_trip import cells_of_laws, host

LAWS = {"numpy": host(lambda n: 1e-9 * n), "torch-cpu": host(lambda n: 20e-6 + 2e-10 * n)}
"""They cross at 25 000 elements."""


def cells_of(op: str, sizes: list[int]) -> pd.DataFrame:
    """Return the cells of an op by these laws."""
    cells = cells_of_laws(LAWS, sizes=sizes, op=op)
    return cells.assign(bytes_per_second=math.nan, baseline="numpy")


def test_the_advice_of_such_laws_is_right_between_their_sizes_but_beside_the_crossover() -> None:
    found = list(outcomes(cells_of("sin", sorted([*GRID, *BETWEEN]))))
    assert len(found) == len(BETWEEN)
    assert {one.advised for one in found} == {"numpy", "torch-cpu"}
    assert [one.place for one in found if one.cost > 0.05] == ["sin at 32768"]
    told = list(between_lines(found))
    assert (
        told[0] == f"between sizes: the fastest, or within 5.0 % of it, at {len(found) - 1} of {len(found)}"
    )
    assert told[1].startswith("  sin at 32768: numpy costs 23 % more than torch-cpu")


def test_what_the_grid_cannot_know_costs_what_it_is_slower_by() -> None:
    cells = cells_of("sin", sorted([*GRID, *BETWEEN]))
    slow = (cells["n"] == BETWEEN[-1]) & (cells["backend"] == "torch-cpu")
    cells.loc[slow, "seconds"] *= 100
    last = list(outcomes(cells))[-1]
    assert (last.advised, last.fastest) == ("torch-cpu", "numpy")
    numpy, torch = 1e-9 * BETWEEN[-1], 20e-6 + 2e-10 * BETWEEN[-1]
    assert last.cost == pytest.approx(100 * torch / numpy - 1)


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
