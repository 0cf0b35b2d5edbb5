"""The blocks that were timed of some cells."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import harness
from harness.errors import UnknownNameError
from harness.model import Status
from harness.store.blocks import COLUMNS
from tests.support.results import crossing, scripted_result
from tests.support.runs import scripted_cell, scripted_round, write_run

FIRST = replace(scripted_round(1e-6), number=7, samples=(1e-6, 3e-6), disturbed=(False, True), passes=(0, 1))


def test_every_block_has_its_round_its_pass_its_length_and_its_mark(tmp_path: Path) -> None:
    cell = scripted_cell("numpy", 64, [2e-6])
    cell = replace(cell, rounds=(FIRST, None, *cell.rounds))
    write_run(tmp_path, [scripted_cell("numpy", 16, [1.0, 2.0]), cell])
    cells = harness.load(tmp_path).query("n == 64")
    blocks = harness.blocks(tmp_path, cells)
    assert list(blocks.columns) == COLUMNS
    assert set(blocks["n"]) == {64}
    told = blocks[["round", "pass", "seconds", "calls", "disturbed"]].astype(object)
    assert told.where(told.notna(), None).to_numpy().tolist() == [
        [0, 0, 1e-6, 7, False],
        [0, 1, 3e-6, 7, True],
        *([[2, None, 2e-6, 1, False]] * 3),  # a round of before there were passes
    ]


def test_blocks_are_of_the_cells_that_are_asked_for_and_of_no_other_run(tmp_path: Path) -> None:
    for run, seconds in (("20260101T000000Z-000000", 1.0), ("20260102T000000Z-000000", 2.0)):
        cells = [scripted_cell(name, 16, [seconds] * 2, op=op) for name in "ab" for op in ("abs", "sin")]
        write_run(tmp_path, cells, run=run)
    cells = harness.load(tmp_path)
    blocks = harness.blocks(tmp_path, cells[(cells["seconds"] == 2.0) & (cells["backend"] == "b")])
    assert blocks.groupby(["run", "op", "backend"]).size().to_dict() == {
        ("20260102T000000Z-000000", op, "b"): 6 for op in ("abs", "sin")
    }
    everything = harness.blocks(tmp_path, cells)
    assert len(everything) == cells["samples"].sum()


def test_a_cell_without_a_time_has_no_blocks_and_a_strange_store_no_such_run(tmp_path: Path) -> None:
    write_run(tmp_path, [scripted_cell("numpy", 16, [], status=Status.SKIPPED, reason="why")])
    cells = harness.load(tmp_path)
    for asked in (cells, cells.iloc[:0]):
        blocks = harness.blocks(tmp_path, asked)
        assert (len(blocks), list(blocks.columns)) == (0, COLUMNS)
    with pytest.raises(UnknownNameError, match="no run is called 'another'"):
        harness.blocks(tmp_path, cells.assign(run="another"))


def test_a_result_has_the_blocks_of_its_contenders_and_of_its_baseline(tmp_path: Path) -> None:
    result = scripted_result(tmp_path, crossing("new@torch-cpu"))
    for asked, label in (("new", "new@torch-cpu"), ("numpy", "numpy")):
        cells = result.frame[(result.frame["backend"] == label) & (result.frame["n"] == 256)]
        of_call = harness.blocks(tmp_path, cells[cells["span"] == "call"])
        pd.testing.assert_frame_equal(result.blocks(asked, n=256), of_call)
        assert set(result.blocks(asked, n=256, span="round_trip")["span"]) == {"round_trip"}
    for wrong in ({"backend": "jax", "n": 256}, {"backend": "numpy", "n": 255}):
        with pytest.raises(UnknownNameError, match="there are: "):
            result.blocks(**wrong)  # type: ignore[arg-type]  # as they are
