"""The script that asks whether a function costs its own call alone: how it judges."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import harness
from scripts import own_functions
from scripts.own_functions import Ratio, agreeing, is_near, over, spread
from tests.support.runs import scripted_cell, write_run

if TYPE_CHECKING:
    import pandas as pd


def around(value: float, half: float = 0.01) -> Ratio:
    return Ratio(value=value, low=value * math.exp(-half), high=value * math.exp(half))


def test_a_ratio_is_near_1_within_the_share_or_its_interval() -> None:
    assert is_near(around(1.0))
    assert is_near(around(1.025))
    assert is_near(around(0.975))
    assert not is_near(around(1.05))
    assert not is_near(around(0.95))
    assert is_near(around(1.05, half=0.04))


def test_a_ratio_over_itself_is_1_and_errors_add_as_squares() -> None:
    same = over(around(3.0, 0.03), around(3.0, 0.04))
    assert same.value == pytest.approx(1.0)
    assert math.log(same.high) == pytest.approx(0.05)
    assert over(around(3.0), around(2.0)).value == pytest.approx(1.5)


def test_the_share_counts_the_pairs_whose_intervals_reach_each_other() -> None:
    alike, other = (around(2.0), around(2.02)), (around(2.0), around(2.2))
    assert agreeing([alike, alike, alike, other]) == 0.75
    assert math.isnan(agreeing([]))


def test_the_spread_is_of_the_middle_values() -> None:
    told = spread([*np.linspace(0.9, 1.1, 21), 50.0])
    assert told.value == pytest.approx(1.0, abs=0.02)
    assert told.high < 1.2


def test_speedups_are_of_calls_that_have_a_time(tmp_path: Path) -> None:
    cells = [
        scripted_cell("numpy", 16, [2e-6, 2.001e-6, 2e-6]),
        scripted_cell("torch-cpu", 16, [1e-6, 1.001e-6, 1e-6]),
    ]
    write_run(tmp_path, cells)

    table: pd.DataFrame = harness.load(tmp_path)
    found = own_functions.speedups(table, "numpy")
    assert list(found) == [("torch-cpu", 16)]
    assert found["torch-cpu", 16].value == pytest.approx(2.0, rel=1e-3)
