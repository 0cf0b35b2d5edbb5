"""What cells are held against: the baseline of their run, unless another is asked for."""

from pathlib import Path

import pandas as pd
import pytest

import harness
from harness.answers.pairs import held_against
from harness.answers.speedup import log_ratios
from harness.errors import UnknownNameError
from tests.support.functions import NORM, write_functions
from tests.support.runs import scripted_cell, write_run


@pytest.fixture
def cells(tmp_path: Path) -> pd.DataFrame:
    """Return the cells of a run of abs against NumPy, and of one of a function against its old form."""
    write_run(tmp_path, [scripted_cell(b, 16, [1.0, 1.1, 1.2]) for b in ("numpy", "torch-cpu")])
    write_functions(tmp_path)
    return harness.load(tmp_path)


def test_each_run_is_held_against_its_own_baseline(cells: pd.DataFrame) -> None:
    table = harness.speedup(cells)
    assert table[["op", "baseline"]].drop_duplicates().to_numpy().tolist() == [
        ["abs", "numpy"],
        [NORM, "old@numpy"],
    ]
    assert set(table["backend"]) == {"torch-cpu", "new@numpy", "new@torch-cpu"}
    assert table["speedup"].notna().all()
    of_norm = harness.crossover(cells).query("op == @NORM and span == 'call'").set_index("backend")
    assert of_norm["n"].to_dict() == pytest.approx({"new@numpy": 389, "new@torch-cpu": 749}, abs=2)
    pd.testing.assert_frame_equal(
        table[table["op"] == NORM].reset_index(drop=True),
        harness.speedup(cells[cells["op"] == NORM], "old@numpy"),
    )


def test_another_baseline_is_of_all_cells_and_has_to_be_there(cells: pd.DataFrame) -> None:
    table = harness.speedup(cells, "new@torch-cpu")
    assert set(table["baseline"]) == {"new@torch-cpu"}
    assert table.groupby("op")["speedup"].count().to_dict() == {"abs": 0, NORM: 16}
    with pytest.raises(UnknownNameError, match="no baseline is called 'newer@numpy'; there are: numpy, "):
        harness.crossover(cells, "newer@numpy")


def test_an_op_without_the_baseline_that_is_asked_for_can_keep_its_own(cells: pd.DataFrame) -> None:
    table = log_ratios(held_against(cells, "new@torch-cpu"), None)
    assert table[["op", "baseline"]].drop_duplicates().to_numpy().tolist() == [
        ["abs", "numpy"],
        [NORM, "new@torch-cpu"],
    ]
    assert held_against(cells, None) is cells
    with pytest.raises(UnknownNameError, match="no baseline is called 'jax-cpu'"):
        held_against(cells, "jax-cpu")


def test_cells_of_before_runs_told_their_baseline_are_held_against_numpy(cells: pd.DataFrame) -> None:
    older = cells[cells["op"] == "abs"].drop(columns="baseline")
    assert set(harness.speedup(older)["baseline"]) == {"numpy"}


def test_a_run_without_its_baseline_has_no_speedup_and_says_which_side_has_no_time(tmp_path: Path) -> None:
    write_run(tmp_path, [scripted_cell("torch-cpu", 16, [1.0, 1.1])])
    row = harness.speedup(harness.load(tmp_path)).iloc[0]
    assert (row.baseline, row.status) == ("numpy", "skipped")
    assert pd.isna(row.speedup)
    assert harness.crossover(harness.load(tmp_path))["state"].tolist() == ["undecided"]


def test_two_runs_of_a_function_are_compared_label_by_label(tmp_path: Path) -> None:
    first, second = (write_functions(tmp_path, run=f"2026030{day}T000000Z-000000").id for day in (1, 2))
    table = harness.compare(*(harness.load(tmp_path, run=run) for run in (first, second)))
    assert set(table["backend"]) == {"old@numpy", "new@numpy", "new@torch-cpu"}
    assert table["ratio"].tolist() == pytest.approx([1.0] * 24)
