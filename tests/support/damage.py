"""What happens to the files of a store: they are damaged, or rewritten by somebody who seals them again."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from harness.store.files import write_sealed
from harness.store.schema import SCHEMA_1, SCHEMA_2


def op_file(results: Path) -> Path:
    """Return the file of the op of a scripted store with one run."""
    (path,) = results.glob("runs/*/*/abs.parquet")
    return path


def parquet(table: pa.Table) -> bytes:
    """Return a table as an uncompressed Parquet file."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="none")
    return bytes(sink.getvalue())


def rewrite(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    """Change an op's table, and seal the file as its writer would."""
    write_sealed(path, parquet(change(pq.read_table(path, partitioning=None))))


def rewrite_rows(path: Path, change: Callable[[list[dict[str, Any]]], object], schema: int = 2) -> None:
    """
    Change the rows of an op's table in place, and seal the file as its writer would.

    In schema 2, for which readers work out the figures of what is left; one of 3 has its own.
    """

    def changed(table: pa.Table) -> pa.Table:
        table = as_schema_2(table) if schema == 2 else table
        rows = table.to_pylist()
        change(rows)
        return pa.Table.from_pylist(rows, schema=table.schema)

    rewrite(path, changed)


def as_schema_1(table: pa.Table) -> pa.Table:
    """Return an op's table as it was written before rounds kept their passes and cores."""
    return _as(table, SCHEMA_1, b"1")


def as_schema_2(table: pa.Table) -> pa.Table:
    """Return an op's table as it was written before rounds kept their figures."""
    return _as(table, SCHEMA_2, b"2")


def _as(table: pa.Table, schema: pa.Schema, version: bytes) -> pa.Table:
    """Return an op's table with fewer fields of its rounds."""
    metadata = {**table.schema.metadata, b"harness_schema": version}
    fields = [field.name for field in schema.field("rounds").type.value_type]
    rows = table.to_pylist()
    for row in rows:
        row["rounds"] = [round_ and {name: round_[name] for name in fields} for round_ in row["rounds"]]
    return pa.Table.from_pylist(rows, schema=schema.with_metadata(metadata))


def damaged(content: bytes, random: Random) -> bytes:
    """Return a file's content after one of the things that happen to files, never as it was."""
    begin, length = random.randrange(len(content)), random.randrange(1, 200)
    flipped = bytes([content[begin] ^ 1 << random.randrange(8)])
    ways: list[Callable[[], bytes]] = [
        lambda: content[:begin],
        lambda: content[begin:],
        lambda: content[:begin] + flipped + content[begin + 1 :],
        lambda: content[:begin] + bytes(length) + content[begin + length :],
        lambda: content[:begin] + random.randbytes(length) + content[begin + length :],
        lambda: content[:begin] + random.randbytes(length) + content[begin:],
        lambda: content[:begin] + content[begin + length :],
        lambda: content + content[begin:],
        lambda: b"",
    ]
    while (hurt := random.choice(ways)()) == content:
        pass  # zeros where zeros were, or all from the first byte on
    return hurt
