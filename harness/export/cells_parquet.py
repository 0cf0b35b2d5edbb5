"""The cells of a run in one Parquet file, with what is known of the run in its metadata."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from harness.errors import CorruptStoreError
from harness.store.lists import LISTS, series_of

_FACTS_KEY = b"harness_run"
_NEEDED = pa.schema(
    [
        pa.field("machine", pa.string()),
        pa.field("run", pa.string()),
        pa.field("op", pa.string()),
        pa.field("backend", pa.string()),
        pa.field("n", pa.int64()),
        pa.field("dtype", pa.string()),
        pa.field("span", pa.string()),
        pa.field("status", pa.string()),
        pa.field("seconds", pa.float64()),
        pa.field("quick", pa.bool_()),
        pa.field("round_seconds", LISTS["round_seconds"]),
    ]
)
"""The columns that a comparison needs."""
_SINCE_2 = pa.schema(
    [
        pa.field("reason", pa.string()),
        pa.field("looks", pa.int64()),
        pa.field("baseline", pa.string()),
        pa.field("cores", pa.float64()),
        pa.field("control", pa.float64()),
        pa.field("pass_seconds", LISTS["pass_seconds"]),
        pa.field("pass_marked", LISTS["pass_marked"]),
    ]
)
"""The columns that a comparison takes where they are there; an older file lacks some of them."""


def write_cells(path: Path, cells: pd.DataFrame, facts: Mapping[str, Any]) -> None:
    """Write cells of one run, with what its ``run.json`` says, to a file that can be compared elsewhere."""
    table = pa.Table.from_pandas(cells, preserve_index=False)
    # Without what pandas says of its own types, of which it does not read lists again.
    pq.write_table(table.replace_schema_metadata({_FACTS_KEY: json.dumps(facts).encode()}), path)


def read_cells(path: Path) -> tuple[pd.DataFrame, Mapping[str, Any]]:
    """Read what a comparison needs of cells, and the facts of their run, of which a file may have none."""
    try:
        table = pq.read_table(path, partitioning=None, memory_map=False)
        missing = [name for name in _NEEDED.names if name not in table.column_names]
        if missing:
            raise CorruptStoreError(
                f"{path} lacks {', '.join(missing)}; compare takes a run's folder, or a file written by "
                "`harness cells --format parquet`"
            )
        facts = json.loads((table.schema.metadata or {}).get(_FACTS_KEY, b"{}"))
        if not isinstance(facts, dict):
            raise CorruptStoreError(f"{path} holds facts that are no JSON object; write it again")
        schema = pa.schema([*_NEEDED, *(field for field in _SINCE_2 if field.name in table.column_names)])
        return _frame(table.select(schema.names).cast(schema)), facts
    except (pa.ArrowException, OSError, ValueError) as error:
        fault = str(error).splitlines()[0]
        raise CorruptStoreError(
            f"{path} cannot be read ({fault}); write it again with `harness cells --format parquet`"
        ) from error


def _frame(table: pa.Table) -> pd.DataFrame:
    """Return what was read as a frame; where a file tells of no passes, a round is one."""
    names = [name for name in LISTS if name in table.column_names]
    lists = {name: table[name].to_pylist() for name in names}
    rounds = [[np.nan if time is None else time for time in row or ()] for row in lists["round_seconds"]]
    seconds = [_rectangle(rows, np.float64) for rows in lists.get("pass_seconds", _each_alone(rounds))]
    marked = [_rectangle(rows, np.bool_) for rows in lists.get("pass_marked", map(np.zeros_like, seconds))]
    if [rows.shape for rows in seconds] != [rows.shape for rows in marked]:
        raise ValueError("pass_seconds and pass_marked tell of different passes")
    cells: pd.DataFrame = table.drop_columns(names).to_pandas()
    unknown = {"looks": 1, "cores": np.nan, "control": np.nan}
    cells = cells.assign(**{name: value for name, value in unknown.items() if name not in cells})
    told = zip(LISTS.items(), (rounds, map(list, seconds), map(list, marked)), strict=True)
    return cells.assign(**{name: series_of(pa.array(list(of), kind)) for (name, kind), of in told})


def _each_alone(rounds: Sequence[Sequence[float]]) -> list[list[list[float]]]:
    """Return rounds as passes, one in each."""
    return [[[seconds] for seconds in row] for row in rounds]


def _rectangle(rows: Any, kind: type[np.generic]) -> npt.NDArray[Any]:  # noqa: ANN401 - nested lists, or None
    """Return rows of one length as an array of two dimensions; refuse others."""
    filled = np.array([] if rows is None else rows, dtype=kind)
    return filled.reshape(len(filled), -1) if filled.size else np.zeros((len(filled), 0), dtype=kind)
