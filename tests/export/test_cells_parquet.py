"""The cells of a run in one file: what is written is read again, and what is none is refused by name."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import harness
from harness.errors import CorruptStoreError
from harness.export.cells_parquet import read_cells, write_cells
from harness.store.runs import read_runs


def exported(results: Path) -> Path:
    """Return the file of the cells of a scripted store."""
    (run,) = read_runs(results)
    path = results / "cells.parquet"
    write_cells(path, harness.load(results), run.facts)
    return path


def test_what_is_written_is_read_again(results: Path) -> None:
    (run,) = read_runs(results)
    cells, facts = read_cells(exported(results))
    assert facts == run.facts
    pd.testing.assert_frame_equal(cells, harness.load(results)[list(cells.columns)])


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
