"""One file of cells: a sealed Parquet table that tells the ops it holds and what it took to measure them."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from harness.errors import CorruptStoreError
from harness.names import is_plain, printable
from harness.store.address import Address
from harness.store.files import corrupt, read_sealed, seal_of, write_sealed
from harness.store.run_json import SCHEMA_VERSION, check_version
from harness.store.schema import LIGHT_COLUMNS, SCHEMA, SCHEMA_1, SCHEMA_2, with_passes

RUN_FILE = "cells.parquet"
"""What the file of a whole run is called; any other is called by its one op."""
_VERSION_KEY, _COST_KEY, _COSTS_KEY = b"harness_schema", b"harness_cost", b"harness_costs"
_SCHEMAS = {b"1": SCHEMA_1, b"2": SCHEMA_2, b"3": SCHEMA}
_PASSES = "rounds.list.element.passes.list.element"
_MOST_ROWS = 10**6
"""Rows in a file, a thousand times the most that a run writes: a small file can unpack to a huge one."""
Costs = Mapping[str, Mapping[str, float]]
"""Seconds that the sweeps of ops spent, by op and purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellsFile:
    """A file as it is stored; no row of it is checked."""

    path: Path
    table: pa.Table
    ops: tuple[str, ...]
    """Those that it says it holds."""


def write_op_file(path: Path, table: pa.Table, cost: Mapping[str, float]) -> None:
    """Write the cells of the op that the file is called by, with the seconds that its sweep spent."""
    _write(path, table, {_COST_KEY: json.dumps(dict(cost))})


def write_run_file(path: Path, table: pa.Table, costs: Costs) -> None:
    """Write the cells of all ops of a run, with the seconds that the sweep of each spent."""
    _write(path, table, {_COSTS_KEY: json.dumps(costs)})


def read_file(path: Path, *, light: bool) -> CellsFile:
    """Read a file, without blocks if `light` and if it is of today."""
    with _open(path, by_range=light) as file:
        schema = file.schema_arrow
        # Files are read side by side, and are too small for threads of their own to pay.
        table = file.read(LIGHT_COLUMNS if light and schema.equals(SCHEMA) else None, use_threads=False)
        table = table.replace_schema_metadata()
        table.validate(full=True)
        ops = _ops_told(path, schema.metadata)
        return CellsFile(path=path, table=with_passes(table) if schema.equals(SCHEMA_1) else table, ops=ops)


def ops_in(path: Path) -> tuple[str, ...]:
    """Return the ops that a file says it holds; its cells are not read."""
    if path.name != RUN_FILE or not path.is_file():  # to open a pipe would wait for its other end
        return (path.stem,)
    try:
        # Arrow itself opens no name that is not in UTF-8.
        with path.ranges() if isinstance(path, Address) else path.open("rb") as file:
            return _ops_told(path, pq.read_metadata(file).metadata or {})
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _no_parquet(path, error) from error


def read_costs(path: Path) -> Costs:
    """Return the seconds that the sweeps of a file's ops spent, by op and purpose."""
    with _open(path, by_range=True) as file:
        metadata = file.schema_arrow.metadata
    try:
        is_whole = _is_of_a_run(path, metadata)
        told = json.loads(metadata[_COSTS_KEY]) if is_whole else {path.stem: json.loads(metadata[_COST_KEY])}
        return {
            op: {purpose: float(seconds) for purpose, seconds in cost.items()} for op, cost in told.items()
        }
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise corrupt(path, f"it does not tell its cost ({error!r})") from error


def _ops_told(path: Path, metadata: Mapping[bytes, bytes]) -> tuple[str, ...]:
    """Return the ops that the metadata of a file tells."""
    if not _is_of_a_run(path, metadata):
        return (path.stem,)
    try:
        ops = tuple(json.loads(metadata[_COSTS_KEY]).keys())
    except (ValueError, AttributeError, RecursionError) as error:
        raise corrupt(path, f"it does not tell its ops ({error!r})") from error
    if not all(map(is_plain, ops)):
        raise corrupt(path, "it tells of an op that cannot be called so")
    return ops


def _is_of_a_run(path: Path, metadata: Mapping[bytes, bytes]) -> bool:
    """Return whether a file is that of a whole run, rather than of an op of its name."""
    return path.name == RUN_FILE and _COSTS_KEY in metadata


def _write(path: Path, table: pa.Table, metadata: Mapping[bytes, str]) -> None:
    """Write and seal a table of cells."""
    versioned = {_VERSION_KEY: str(SCHEMA_VERSION), **metadata}
    sink = pa.BufferOutputStream()
    # Times hardly repeat: without dictionaries the files are a sixth smaller and are read a seventh faster.
    # Passes do, and with one they are a fourteenth smaller and read a tenth faster.
    pq.write_table(
        table.replace_schema_metadata(versioned),
        sink,
        compression="zstd",
        use_dictionary=[_PASSES],
        write_page_checksum=True,
    )
    write_sealed(path, sink.getvalue())


def _no_parquet(path: Path, error: Exception) -> CorruptStoreError:
    """Return the error for a file that Arrow does not read."""
    reason = (str(error).splitlines() or [repr(error)])[0]
    return corrupt(path, f"it is no Parquet file ({printable(reason)})")


def _parquet(path: Path, *, by_range: bool) -> pq.ParquetFile:
    """Open a file as sealed; of one at an address only columns may be fetched, by the checksums of pages."""
    if not (by_range and isinstance(path, Address)):
        return pq.ParquetFile(pa.BufferReader(read_sealed(path)))
    try:
        if not seal_of(path).exists():
            raise corrupt(seal_of(path), "it is missing")
        return pq.ParquetFile(path.ranges(), pre_buffer=True, page_checksum_verification=True)
    except FileNotFoundError as error:
        raise corrupt(path, "it is missing") from error


@contextmanager
def _open(path: Path, *, by_range: bool) -> Iterator[pq.ParquetFile]:
    """Open a file of cells if it is undamaged and of the right columns; its rows are not unpacked yet."""
    try:
        with _parquet(path, by_range=by_range) as file:
            # Not what it says of its columns: Arrow ends the process where that contradicts the schema.
            rows = file.metadata.num_rows
            if rows > _MOST_ROWS:
                raise corrupt(path, f"it is no Parquet file (it would unpack to {rows} rows)")
            schema = file.schema_arrow
            version = (schema.metadata or {}).get(_VERSION_KEY, b"")
            check_version(path, version.decode(errors="replace"))
            if not schema.equals(_SCHEMAS[version]):
                raise corrupt(path, "its columns are not those of a run")
            yield file
    except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
        raise _no_parquet(path, error) from error
