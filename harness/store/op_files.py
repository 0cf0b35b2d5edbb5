"""The files that hold a run's cells: one per op while it goes on, then one of the run."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as pa

from harness.errors import CorruptStoreError
from harness.model import Cell
from harness.names import is_plain, printable
from harness.statistics.arrays import Ints
from harness.store.cell_table import cell_of, table_of
from harness.store.cells_file import (
    RUN_FILE,
    CellsFile,
    ops_in,
    read_costs,
    read_file,
    write_op_file,
    write_run_file,
)
from harness.store.files import SEAL, corrupt, foreign, list_folder, refuse, seal_of
from harness.store.round_figures import with_figures
from harness.store.runs import Run
from harness.store.schema import LIGHT_SCHEMA, SCHEMA, SCHEMA_2
from harness.store.validity import find_fault


def write_op(folder: Path, op: str, cells: Sequence[Cell], cost: Mapping[str, float]) -> None:
    """Write the cells of an op into a run's folder, with the seconds that the sweep spent, by purpose."""
    write_op_file(folder / f"{op}.parquet", with_figures(table_of(cells)), cost)


def join_ops(folder: Path) -> None:
    """
    Make one file of those of a run's ops, and only then remove them.

    Whenever its writer is killed, a reader finds each op in the one file or in its own. A file that is there
    is never changed, so what was measured after it, or as an op of its name, stays beside it.
    """
    whole = folder / RUN_FILE
    if not whole.exists():
        paths = list(op_files(folder))
        if not paths:
            return
        costs = {op: cost for path in paths for op, cost in read_costs(path).items()}
        write_run_file(whole, read_blocks(paths)[0], costs)
    for path in (folder / f"{op}.parquet" for op in joined_ops(folder)):
        if path != whole:
            path.unlink(missing_ok=True)
            seal_of(path).unlink(missing_ok=True)


def op_files(folder: Path, on_foreign: Callable[[CorruptStoreError], None] = refuse) -> Iterator[Path]:
    """
    Find the files that hold a run's ops, by name; `on_foreign` is told of whatever does not belong there.

    The file of an op that is in the one of the run, too, was about to be removed when its writer was killed.
    """
    paths = list_folder(folder)
    # Most runs have that one file alone, and need not say twice what it holds.
    joined = joined_ops(folder) if sum(path.suffix == ".parquet" for path in paths) > 1 else ()
    for path in paths:
        if path.suffix == ".parquet" and is_plain(path.stem):
            if path.name == RUN_FILE or path.stem not in joined:
                yield path
        # The seal of a file that is not there was written just before its writer was killed.
        elif path.name != "run.json" and path.suffix != SEAL:
            on_foreign(foreign(path))


def files_of(run: Run) -> list[Path]:
    """Return the files that hold a run's ops; refuse a run that came to its end and has none."""
    paths = list(op_files(run.folder))
    if not paths and run.complete:
        raise CorruptStoreError(
            f"{run.folder} came to its end and has no cells; move it out of the store or restore its files"
        )
    return paths


def joined_ops(folder: Path) -> tuple[str, ...]:
    """Return the ops in the one file of a run; none where it has none, or one that cannot be read."""
    with suppress(CorruptStoreError):
        return ops_in(folder / RUN_FILE) if (folder / RUN_FILE).is_file() else ()
    return ()


def read_cells(run: Run) -> list[Cell]:
    """Read all cells of a run."""
    return [cell for path in op_files(run.folder) for cell in read_cells_of(path)]


def read_cells_of(path: Path) -> list[Cell]:
    """Read the cells in one file of a run."""
    table, _ = read_blocks([path])
    return list(map(cell_of, table.to_pylist()))


def read_ops(paths: Sequence[Path]) -> tuple[pa.Table, Ints]:
    """Read the cells in files with the figures of their rounds, and which of the files each row is from."""
    return _read([read_file(path, light=True) for path in paths], LIGHT_SCHEMA)


def read_blocks(paths: Sequence[Path]) -> tuple[pa.Table, Ints]:
    """Read the same with the blocks of the rounds, too, and refuse figures that are not of these."""
    return _read([read_file(path, light=False) for path in paths], SCHEMA)


def read_cost(run: Run) -> dict[str, float]:
    """Return the seconds that a run's sweeps spent, by purpose."""
    total: dict[str, float] = {}
    for path in op_files(run.folder):
        for cost in read_costs(path).values():
            for purpose, seconds in cost.items():
                total[purpose] = total.get(purpose, 0.0) + seconds
    return total


def _read(files: Sequence[CellsFile], schema: pa.Schema) -> tuple[pa.Table, Ints]:
    """Return files as one table of a schema, and which of them each row is from."""
    if not files:
        return schema.empty_table(), np.empty(0, np.int64)
    parts: list[tuple[pa.Table, Ints]] = []
    for is_before in (False, True):
        places = [at for at, file in enumerate(files) if file.table.schema.equals(SCHEMA_2) is is_before]
        if places:
            table, of_row = _checked([files[place] for place in places])
            table = with_figures(table, schema) if is_before else table
            parts.append((table, np.array(places)[of_row]))
    if len(parts) == 1:
        return parts[0]
    of_row = np.concatenate([of_row for _, of_row in parts])
    order = np.argsort(of_row, kind="stable")
    return pa.concat_tables([table for table, _ in parts]).take(pa.array(order)), of_row[order]


def _checked(files: Sequence[CellsFile]) -> tuple[pa.Table, Ints]:
    """Return files as one table, and which of them each row is from, if every row can have been measured."""
    table = pa.concat_tables([file.table for file in files]).combine_chunks()
    of_row = np.repeat(np.arange(len(files)), [len(file.table) for file in files])
    fault = find_fault(table, of_row, [file.ops for file in files])
    if fault is not None:
        raise corrupt(files[of_row[fault.row]].path, printable(fault.sentence))
    return table, of_row
