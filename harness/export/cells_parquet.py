"""The cells of a run in one Parquet file, with what is known of the run in its metadata."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from harness.errors import CorruptStoreError

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
        pa.field("round_seconds", pa.list_(pa.float64())),
    ]
)
"""The columns that a comparison needs."""


def write_cells(path: Path, cells: pd.DataFrame, facts: Mapping[str, Any]) -> None:
    """Write cells of one run, with what its ``run.json`` says, to a file that can be compared elsewhere."""
    table = pa.Table.from_pandas(cells, preserve_index=False)
    metadata = {**(table.schema.metadata or {}), _FACTS_KEY: json.dumps(facts).encode()}
    pq.write_table(table.replace_schema_metadata(metadata), path)


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
        cells = table.select(_NEEDED.names).cast(_NEEDED).to_pandas()
    except (pa.ArrowException, OSError, ValueError) as error:
        fault = str(error).splitlines()[0]
        raise CorruptStoreError(
            f"{path} cannot be read ({fault}); write it again with `harness cells --format parquet`"
        ) from error
    cells["round_seconds"] = [[] if medians is None else list(medians) for medians in cells["round_seconds"]]
    return cells, facts
