"""Runs on disk: ``results/runs/<machine>/<run>/run.json`` and one Parquet file per op.

A file is written whole and never changed after; only ``run.json`` is replaced,
when the run ends or a second look raises a ceiling.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.parquet as pq

from harness.errors import CorruptStoreError
from harness.model import Ceiling, Cell
from harness.names import is_plain, printable
from harness.store.cell_table import SCHEMA, cells_of, opened, row_of, table_of
from harness.store.files import SEAL, corrupt, read_sealed, write_sealed, write_whole
from harness.store.run_json import SCHEMA_VERSION, check_version, read_facts, text_of

_VERSION_KEY, _COST_KEY = b"harness_schema", b"harness_cost"


def _refuse(error: CorruptStoreError) -> NoReturn:
    raise error


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """
    A run in the store.

    Attributes
    ----------
    folder : Path
        Where it lies.
    machine, id : str
        Names of its machine and of itself.
    facts : mapping
        The contents of its ``run.json``; see docs/store.md.
    """

    folder: Path
    machine: str
    id: str
    facts: Mapping[str, Any]

    @property
    def complete(self) -> bool:
        """Whether the run came to its end."""
        return self.facts.get("end") is not None


def write_facts(folder: Path, facts: Mapping[str, Any]) -> None:
    """
    Write a run's ``run.json``.

    Parameters
    ----------
    folder : Path
        The run's folder; made if missing.
    facts : mapping
        What is known of the run; the schema version and the digest are added.
    """
    write_whole(folder / "run.json", text_of(facts))


def write_op(folder: Path, op: str, cells: Sequence[Cell], cost: Mapping[str, float]) -> None:
    """
    Write the cells of an op.

    Parameters
    ----------
    folder : Path
        The run's folder.
    op : str
        Name of the op.
    cells : sequence of Cell
        All its cells.
    cost : mapping of str to float
        Seconds that the sweep spent, by purpose.
    """
    metadata = {_VERSION_KEY: str(SCHEMA_VERSION), _COST_KEY: json.dumps(dict(cost))}
    table = pa.Table.from_pylist(list(map(row_of, cells)), schema=SCHEMA.with_metadata(metadata))
    sink = pa.BufferOutputStream()
    # Times hardly repeat: without dictionaries the files are a sixth smaller and are read a seventh faster.
    pq.write_table(table, sink, compression="zstd", use_dictionary=False)
    write_sealed(folder / f"{op}.parquet", sink.getvalue())


def read_runs(results: Path) -> Iterator[Run]:
    """
    Read what is known of every run.

    Parameters
    ----------
    results : Path
        The results folder; one without runs is an empty store.

    Yields
    ------
    Run
        By machine, then by identity, which is the order of time.

    Raises
    ------
    CorruptStoreError
        If something in the store is not what it should be.
    """
    for folder in run_folders(results):
        yield read_run(folder)


def run_folders(results: Path, foreign: Callable[[CorruptStoreError], None] = _refuse) -> Iterator[Path]:
    """
    Find the folders of the runs.

    Parameters
    ----------
    results : Path
        The results folder; one without runs is an empty store.
    foreign : callable
        Given an error for whatever does not belong there; by default it is raised.

    Yields
    ------
    Path
        By machine, then by identity. A folder with nothing but drafts is no run yet.
    """
    for machine in _folders(results / "runs", foreign):
        yield from (folder for folder in _folders(machine, foreign) if _entries(folder))


def op_files(folder: Path, foreign: Callable[[CorruptStoreError], None] = _refuse) -> Iterator[Path]:
    """
    Find the files of a run's ops.

    Parameters
    ----------
    folder : Path
        The run's folder.
    foreign : callable
        See `run_folders`.

    Yields
    ------
    Path
        By name.
    """
    for path in _entries(folder):
        if path.suffix == ".parquet" and is_plain(path.name):
            yield path
        # The seal of a file that is not there was written just before its writer was killed.
        elif path.name != "run.json" and path.suffix != SEAL:
            foreign(_foreign(path))


def read_run(folder: Path) -> Run:
    """
    Read what is known of one run.

    Parameters
    ----------
    folder : Path
        The run's folder.

    Returns
    -------
    Run

    Raises
    ------
    CorruptStoreError
        If its ``run.json`` is missing or is not one.
    """
    path = folder / "run.json"
    if not path.exists():
        raise CorruptStoreError(
            f"{folder} holds files but no run.json; move it out of the store or restore the file"
        )
    return Run(folder=folder, machine=folder.parent.name, id=folder.name, facts=read_facts(path))


def read_cells(run: Run) -> list[Cell]:
    """
    Read all cells of a run.

    Parameters
    ----------
    run : Run
        From `read_runs`.

    Returns
    -------
    list of Cell

    Raises
    ------
    CorruptStoreError
        If a file is not what it should be.
    """
    return [cell for path in op_files(run.folder) for cell in read_op(path)]


def read_op(path: Path) -> list[Cell]:
    """
    Read the cells of one op.

    Parameters
    ----------
    path : Path
        From `op_files`.

    Returns
    -------
    list of Cell

    Raises
    ------
    CorruptStoreError
        If the file is not what it should be.
    """
    try:
        return cells_of(read_table(path).to_pylist(), path.stem)
    except (ValueError, TypeError) as error:
        raise corrupt(path, printable(str(error))) from error


def read_cost(run: Run) -> dict[str, float]:
    """
    Return the seconds that a run's sweeps spent, by purpose.

    Parameters
    ----------
    run : Run
        From `read_runs`.

    Returns
    -------
    dict of str to float
    """
    total: dict[str, float] = {}
    for path in op_files(run.folder):
        table = read_table(path)
        try:
            cost = json.loads(table.schema.metadata[_COST_KEY])
            for purpose, seconds in cost.items():
                total[purpose] = total.get(purpose, 0.0) + float(seconds)
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise corrupt(path, f"it does not tell its cost ({error!r})") from error
    return total


def read_table(path: Path) -> pa.Table:
    """
    Read the table of one op as it is stored.

    Parameters
    ----------
    path : Path
        From `op_files`.

    Returns
    -------
    Table
        Undamaged and of the right columns; what its rows say is not checked.

    Raises
    ------
    CorruptStoreError
        If the file is not what it should be.
    """
    content = read_sealed(path)
    try:
        with opened(content) as file:
            schema = file.schema_arrow
            version = (schema.metadata or {}).get(_VERSION_KEY, b"")
            check_version(path, version.decode(errors="replace"))
            if not schema.equals(SCHEMA):
                raise corrupt(path, "its columns are not those of a run")
            return table_of(file)
    except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
        said = (str(error).splitlines() or [repr(error)])[0]
        raise corrupt(path, f"it is no Parquet file ({printable(said)})") from error


def read_ceilings(run: Run) -> list[Ceiling]:
    """
    Return the ceilings that were measured with a run.

    Parameters
    ----------
    run : Run
        From the store.

    Returns
    -------
    list of Ceiling
        Empty for a run without any.

    Raises
    ------
    CorruptStoreError
        If they are not what they should be.
    """
    try:
        found = [Ceiling(**fields) for fields in run.facts.get("ceilings", ())]
        for ceiling in found:
            figures = (ceiling.in_cache, ceiling.in_memory, ceiling.memory_from, *ceiling.matmul.values())
            if not all(0 < figure < math.inf for figure in (*figures, ceiling.empty_call, ceiling.timer)):
                raise ValueError(f"a figure of {ceiling.device!r} is not above 0")  # noqa: TRY301 - told below
            if not all(isinstance(name, str) for name in (ceiling.device, *ceiling.matmul)):
                raise TypeError(f"{ceiling.device!r} is no device")  # noqa: TRY301 - as above
    except (TypeError, ValueError, AttributeError) as error:
        raise CorruptStoreError(
            f"{run.folder / 'run.json'} cannot be read: its ceilings are none ({error}); "
            "move it out of the store or restore it"
        ) from error
    return found


def without_ceilings(run: Run) -> dict[str, str]:
    """
    Return why a device has no ceilings in a run.

    Parameters
    ----------
    run : Run
        From the store.

    Returns
    -------
    dict of str to str
        Reasons, by device.
    """
    missing = run.facts.get("without_ceilings")
    return {str(device): str(why) for device, why in missing.items()} if isinstance(missing, dict) else {}


def _entries(folder: Path) -> list[Path]:
    """Return what lies in a folder of the store, but for drafts; nothing where there is no folder."""
    try:
        return [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise corrupt(folder, f"the system says {error.strerror}") from error


def _folders(parent: Path, foreign: Callable[[CorruptStoreError], None]) -> Iterator[Path]:
    """Yield the folders in a folder of the store; anything else is foreign to it."""
    for path in _entries(parent):
        if path.is_dir() and is_plain(path.name):
            yield path
        else:
            foreign(_foreign(path))


def _foreign(path: Path) -> CorruptStoreError:
    """Return the error for something that is no part of a store."""
    return CorruptStoreError(f"{path} does not belong in the store; move it elsewhere")
