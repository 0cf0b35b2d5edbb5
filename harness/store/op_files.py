"""The files of a run's ops: a table of cells each, sealed with what it took to measure them."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from harness.errors import CorruptStoreError
from harness.model import Cell
from harness.names import is_plain, printable
from harness.statistics.arrays import Ints
from harness.store.cell_table import cell_of, table_of
from harness.store.files import SEAL, corrupt, foreign, list_folder, read_sealed, refuse, write_sealed
from harness.store.round_figures import with_figures
from harness.store.run_json import SCHEMA_VERSION, check_version
from harness.store.runs import Run
from harness.store.schema import LIGHT_COLUMNS, LIGHT_SCHEMA, SCHEMA, SCHEMA_1, SCHEMA_2, with_passes
from harness.store.validity import find_fault

_VERSION_KEY, _COST_KEY = b"harness_schema", b"harness_cost"
_SCHEMAS = {b"1": SCHEMA_1, b"2": SCHEMA_2, b"3": SCHEMA}
_PASSES = "rounds.list.element.passes.list.element"
_MOST_ROWS = 10**6
"""Rows in a file, a thousand times the most that a run writes: a small file can unpack to a huge one."""


def write_op(folder: Path, op: str, cells: Sequence[Cell], cost: Mapping[str, float]) -> None:
    """Write the cells of an op into a run's folder, with the seconds that the sweep spent, by purpose."""
    metadata = {_VERSION_KEY: str(SCHEMA_VERSION), _COST_KEY: json.dumps(dict(cost))}
    table = with_figures(table_of(cells)).replace_schema_metadata(metadata)
    sink = pa.BufferOutputStream()
    # Times hardly repeat: without dictionaries the files are a sixth smaller and are read a seventh faster.
    # Passes do, and with one they are a fourteenth smaller and read a tenth faster.
    pq.write_table(table, sink, compression="zstd", use_dictionary=[_PASSES])
    write_sealed(folder / f"{op}.parquet", sink.getvalue())


def op_files(folder: Path, on_foreign: Callable[[CorruptStoreError], None] = refuse) -> Iterator[Path]:
    """Find the files of a run's ops, by name; `on_foreign` is told of whatever does not belong there."""
    for path in list_folder(folder):
        if path.suffix == ".parquet" and is_plain(path.stem):
            yield path
        # The seal of a file that is not there was written just before its writer was killed.
        elif path.name != "run.json" and path.suffix != SEAL:
            on_foreign(foreign(path))


def read_cells(run: Run) -> list[Cell]:
    """Read all cells of a run."""
    return [cell for path in op_files(run.folder) for cell in read_op(path)]


def read_op(path: Path) -> list[Cell]:
    """Read the cells of one op."""
    table, _ = read_blocks([path])
    return list(map(cell_of, table.to_pylist()))


def read_ops(paths: Sequence[Path]) -> tuple[pa.Table, Ints]:
    """Read the cells of ops with the figures of their rounds, and which of the files each row is from."""
    read = [_read_table(path, light=True) for path in paths]
    parts: list[tuple[pa.Table, Ints]] = []
    for is_light in (True, False):
        places = [place for place, table in enumerate(read) if table.schema.equals(LIGHT_SCHEMA) is is_light]
        if places:
            table, file = _checked([read[place] for place in places], [paths[place] for place in places])
            table = table if is_light else with_figures(table, LIGHT_SCHEMA)
            parts.append((table, np.array(places)[file]))
    if len(parts) == 1:
        return parts[0]
    file = np.concatenate([file for _, file in parts])
    order = np.argsort(file, kind="stable")
    return pa.concat_tables([table for table, _ in parts]).take(pa.array(order)), file[order]


def read_blocks(paths: Sequence[Path]) -> tuple[pa.Table, Ints]:
    """Read the cells of ops with their blocks, as `read_ops`; figures that are not of these are refused."""
    return _checked([_read_table(path, light=False) for path in paths], paths)


def _checked(tables: Sequence[pa.Table], paths: Sequence[Path]) -> tuple[pa.Table, Ints]:
    """Return tables as one, and which of the files each row is from, if every row can have been measured."""
    table = pa.concat_tables(tables).combine_chunks()
    file = np.repeat(np.arange(len(tables)), list(map(len, tables)))
    fault = find_fault(table, file, [path.stem for path in paths])
    if fault is not None:
        raise corrupt(paths[file[fault.row]], printable(fault.sentence))
    return table, file


def read_cost(run: Run) -> dict[str, float]:
    """Return the seconds that a run's sweeps spent, by purpose."""
    total: dict[str, float] = {}
    for path in op_files(run.folder):
        with _open(path) as file:
            metadata = file.schema_arrow.metadata
        try:
            cost = json.loads(metadata[_COST_KEY])
            for purpose, seconds in cost.items():
                total[purpose] = total.get(purpose, 0.0) + float(seconds)
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise corrupt(path, f"it does not tell its cost ({error!r})") from error
    return total


def _read_table(path: Path, *, light: bool) -> pa.Table:
    """Read the table of one op as it is stored, of today without blocks if `light`; no row is checked."""
    with _open(path) as file:
        version = file.schema_arrow
        # A file of one op is too small for threads of its own to pay.
        table = file.read(LIGHT_COLUMNS if light and version.equals(SCHEMA) else None, use_threads=False)
        table = table.replace_schema_metadata()
        table.validate(full=True)
        return with_passes(table) if version.equals(SCHEMA_1) else table


@contextmanager
def _open(path: Path) -> Iterator[pq.ParquetFile]:
    """Open the file of one op if it is undamaged and of the right columns; its rows are not unpacked yet."""
    content = read_sealed(path)
    try:
        with pq.ParquetFile(pa.BufferReader(content)) as file:
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
        reason = (str(error).splitlines() or [repr(error)])[0]
        raise corrupt(path, f"it is no Parquet file ({printable(reason)})") from error
