"""The cells of a run in one Parquet file, with what is known of the run in its metadata."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

FACTS_KEY = b"harness_run"
NEEDED = pa.schema(
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
        pa.field("round_seconds", pa.list_(pa.float64())),
    ]
)


def write_cells(path: Path, cells: pd.DataFrame, facts: Mapping[str, Any]) -> None:
    """
    Write cells to a Parquet file that can be compared elsewhere.

    Parameters
    ----------
    path : Path
        The file.
    cells : DataFrame
        Cells of one run, from `harness.store.frame.frame`.
    facts : mapping
        What that run's ``run.json`` says; kept in the file's metadata.
    """
    table = pa.Table.from_pandas(cells, preserve_index=False)
    metadata = {**(table.schema.metadata or {}), FACTS_KEY: json.dumps(facts).encode()}
    pq.write_table(table.replace_schema_metadata(metadata), path)
