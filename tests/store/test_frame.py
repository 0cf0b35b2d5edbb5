"""The store's cells as a data frame: what the columns hold, and in which order the rows come."""

import math
from pathlib import Path

import pandas as pd
import pytest

import harness
from harness.errors import EmptyStoreError, UsageError
from harness.store.frame import frame_of_cells
from harness.store.op_files import read_cells
from harness.store.runs import read_runs, write_facts
from tests.support.runs import scripted_cell, write_run


def test_the_frame_has_the_figures_of_the_store(results: Path) -> None:
    cells = harness.load(results)
    row = cells[(cells.backend == "numpy") & (cells.n == 16) & (cells.span == "call")].iloc[0]
    assert row.seconds == pytest.approx(1e-6)
    assert row.low < row.seconds < row.high
    assert (row.rounds, row.samples, row.disturbed, row.status) == (3, 9, 0.0, "ok")
    skipped = cells[cells.backend == "torch-cuda"].iloc[0]
    assert math.isnan(skipped.seconds)
    assert skipped.reason == "Torch finds no cuda device"


def test_the_parts_of_a_store_are_all_of_it_with_all_runs_of_a_machine_in_one(tmp_path: Path) -> None:
    for machine in "abcde":
        for day in range(1, 3):
            cells = [scripted_cell(backend, 16, [1.0, 2.0]) for backend in ("numpy", "torch-cpu")]
            run = write_run(tmp_path, cells, run=f"2026010{day}T000000Z-000000")
        run.folder.parent.rename(tmp_path / "runs" / machine)
    parts = list(harness.load_in_parts(tmp_path, machines=2))
    assert [part["machine"].unique().tolist() for part in parts] == [["a", "b"], ["c", "d"], ["e"]]
    whole = harness.load(tmp_path)
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), whole)
    answers = pd.concat([harness.speedup(part) for part in parts], ignore_index=True)
    pd.testing.assert_frame_equal(answers, harness.speedup(whole))


def test_a_store_without_runs_has_no_parts(tmp_path: Path) -> None:
    with pytest.raises(EmptyStoreError, match="nothing is measured yet"):
        next(harness.load_in_parts(tmp_path))


def test_no_column_of_a_frame_takes_an_object_for_each_cell(results: Path) -> None:
    cells = harness.load(results)
    assert [name for name in cells if cells[name].dtype == object] == []
    assert cells["pass_marked"][0] == [[False], [False], [False]]


def test_cells_in_memory_come_to_the_frame_that_they_come_to_in_a_store(results: Path) -> None:
    (run,) = read_runs(results)
    write_facts(run.folder, {**run.facts, "quick": True, "looks": 3})
    cells = read_cells(run)
    frame = frame_of_cells(cells, machine=run.machine, run=run.id, quick=True, looks=3)
    pd.testing.assert_frame_equal(frame, harness.load(results))
    assert frame_of_cells([], machine=run.machine, run=run.id, quick=True).empty


def test_a_run_of_before_looks_were_planned_had_one(results: Path) -> None:
    assert set(harness.load(results)["looks"]) == {1}


def test_cells_of_many_runs_come_in_the_order_of_the_runs(tmp_path: Path) -> None:
    """More runs than are read together, with different numbers of cells."""
    ids = [f"20260101T0000{index:02}Z-000000" for index in range(50)]
    for index, name in enumerate(ids):
        write_run(
            tmp_path,
            [scripted_cell("numpy", n, [float(index + 1)]) for n in range(1, index % 3 + 2)],
            run=name,
        )
    cells = harness.load(tmp_path)
    expected = [(name, n, index + 1.0) for index, name in enumerate(ids) for n in range(1, index % 3 + 2)]
    assert list(zip(cells["run"], cells["n"], cells["seconds"], strict=True)) == expected


@pytest.mark.parametrize("machines", [0, -1])
def test_a_part_of_no_machine_is_refused(tmp_path: Path, machines: int) -> None:
    with pytest.raises(UsageError, match=f"{machines} machines make no part; give 1 or more"):
        next(harness.load_in_parts(tmp_path, machines=machines))
