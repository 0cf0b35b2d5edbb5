"""The cells of a run in one file: what is written is read again, and what is none is refused by name."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import harness
from harness.errors import CorruptStoreError
from harness.export.cells_parquet import read_cells, write_cells
from harness.model import Cell, Round, Status
from harness.store.runs import read_runs
from tests.support.functions import NORM, write_functions
from tests.support.runs import scripted_cell, write_run


def exported(results: Path) -> Path:
    """Return the file of the cells of a scripted store."""
    (run,) = read_runs(results)
    path = results / "cells.parquet"
    write_cells(path, harness.load(results), run.facts)
    return path


def with_column(table: pa.Table, name: str, value: list[Any]) -> pa.Table:
    """Return a table of which a column has one value in all rows."""
    return table.set_column(table.column_names.index(name), name, pa.array(value * len(table)))


@pytest.fixture
def cells_in_passes() -> list[Cell]:
    """Return cells with passes of which one is lacking, without a time, and of before there were passes."""
    whole = Round(
        number=1,
        samples=(1.0, 1.1, 2.0, 2.1, 3.0),
        disturbed=(False, False, True, True, False),
        passes=(0, 0, 1, 1, 2),
        cores=1.5,
        floor=0.0,
        faults_per_call=0.0,
        steady=True,
    )
    part = replace(whole, samples=whole.samples[2:], disturbed=whole.disturbed[2:], passes=(0, 0, 2))
    cell = scripted_cell("numpy", 16, [])
    return [
        replace(cell, rounds=(whole, part)),
        scripted_cell("torch-cuda", 16, [], status=Status.SKIPPED),
        scripted_cell("numpy", 64, [1.0, 2.0, 3.0]),
    ]


def test_what_is_written_is_read_again(results: Path) -> None:
    (run,) = read_runs(results)
    cells, facts = read_cells(exported(results))
    assert facts == run.facts
    pd.testing.assert_frame_equal(cells, harness.load(results)[list(cells.columns)])


def test_passes_are_read_again_in_their_shapes(results: Path, cells_in_passes: list[Cell]) -> None:
    run = write_run(results, cells_in_passes, run="20260202T000000Z-000000")
    path, written = results / "cells.parquet", harness.load(results, run=run.id)
    write_cells(path, written, run.facts)
    cells, _ = read_cells(path)
    pd.testing.assert_frame_equal(cells, written[list(cells.columns)])
    assert [[len(row) for row in rows] for rows in cells["pass_seconds"]] == [[3, 3], [], [1, 1, 1]]
    assert pd.read_parquet(path)["pass_seconds"][2][0].tolist() == cells["pass_seconds"][2][0]


def test_in_a_file_of_before_passes_were_kept_a_round_is_one_pass(results: Path) -> None:
    path = exported(results)
    columns = ["looks", "cores", "control", "pass_seconds", "pass_marked"]
    pq.write_table(pq.read_table(path, partitioning=None).drop_columns(columns), path)
    cells, _ = read_cells(path)
    pd.testing.assert_frame_equal(cells, harness.load(results)[list(cells.columns)])
    for rounds, seconds in zip(cells["round_seconds"], cells["pass_seconds"], strict=True):
        assert seconds == [[np.float32(t)] for t in rounds]


def test_a_file_of_another_writer_has_no_facts(results: Path) -> None:
    path = exported(results)
    pd.read_parquet(path).to_parquet(path)
    cells, facts = read_cells(path)
    assert len(cells) == 24
    assert facts == {}


SPOILED: dict[str, tuple[Callable[[pa.Table], pa.Table], str]] = {
    "a missing column": (lambda table: table.drop_columns(["op", "n"]), "lacks op, n; compare takes a run's"),
    "a column of another type": (
        lambda table: table.set_column(4, "n", pa.array(["many"] * len(table))),
        "cannot be read (Failed to parse",
    ),
    "passes of different numbers in a row": (
        lambda table: with_column(table, "pass_seconds", [[[1.0], [1.0, 2.0]]]),
        "cannot be read (setting an array element with a sequence",
    ),
    "marks of other passes": (
        lambda table: with_column(table, "pass_marked", [[[True]]]),
        "cannot be read (pass_seconds and pass_marked tell of different passes",
    ),
    "passes that are no rows": (
        lambda table: with_column(table, "pass_seconds", [["a"]]),
        "cannot be read (",
    ),
    "facts that are no object": (
        lambda table: table.replace_schema_metadata({b"harness_run": json.dumps([1]).encode()}),
        "holds facts that are no JSON object",
    ),
    "facts that are no JSON": (
        lambda table: table.replace_schema_metadata({b"harness_run": b"{"}),
        "cannot be read (Expecting property name",
    ),
}


@pytest.mark.parametrize(("spoil", "fault"), SPOILED.values(), ids=SPOILED)
def test_what_is_no_such_file_is_refused_by_name(
    results: Path, spoil: Callable[[pa.Table], pa.Table], fault: str
) -> None:
    path = exported(results)
    pq.write_table(spoil(pq.read_table(path, partitioning=None)), path)
    with pytest.raises(CorruptStoreError) as caught:
        read_cells(path)
    assert str(caught.value).startswith(f"{path} {fault}")


def test_a_file_keeps_the_baseline_of_its_run_and_one_of_before_has_numpy(tmp_path: Path) -> None:
    run = write_functions(tmp_path)
    path = tmp_path / "cells.parquet"
    write_cells(path, harness.load(tmp_path), run.facts)

    cells, facts = read_cells(path)

    assert set(cells["baseline"]) == {"old@numpy"}
    assert facts["functions"].keys() == {NORM}
    pd.testing.assert_frame_equal(harness.speedup(cells), harness.speedup(harness.load(tmp_path)))
    pq.write_table(pq.read_table(path).drop_columns(["baseline"]), path)
    assert set(harness.speedup(read_cells(path)[0], "new@numpy")["baseline"]) == {"new@numpy"}
    assert set(harness.speedup(read_cells(path)[0])["baseline"]) == {"numpy"}
