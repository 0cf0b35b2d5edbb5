"""Runs on disk: ``results/runs/<machine>/<run>/run.json`` and one Parquet file per op.

A file is written whole and never changed after; only ``run.json`` is replaced once, when the run ends.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from harness.errors import CorruptStoreError
from harness.files import SEAL, corrupt, read_sealed, read_whole, write_sealed, write_whole
from harness.model import Cell
from harness.names import is_plain, printable
from harness.rows import SCHEMA, cells_of, row_of, table_of

SCHEMA_VERSION = 1
_VERSION_KEY, _COST_KEY = b"harness_schema", b"harness_cost"
_FACTS = {"machine": dict, "libraries": dict, "settings": dict, "begin": str, "quick": bool}


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
    own = {"schema": SCHEMA_VERSION, **facts}
    text = json.dumps(own | {"digest": digest(own)}, indent=1, ensure_ascii=False)
    write_whole(folder / "run.json", text.encode())


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
    pq.write_table(table, sink, compression="zstd")
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


def run_folders(results: Path) -> Iterator[Path]:
    """
    Find the folders of the runs.

    Parameters
    ----------
    results : Path
        The results folder; one without runs is an empty store.

    Yields
    ------
    Path
        By machine, then by identity. A folder with nothing but drafts is no run yet.

    Raises
    ------
    CorruptStoreError
        If something else lies among them, or one has a name that no run has.
    """
    for machine in _folders(results / "runs"):
        yield from (folder for folder in _folders(machine) if _entries(folder))


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
    content = read_whole(path)
    try:
        facts = json.loads(content)
    except (ValueError, RecursionError, MemoryError) as error:
        raise corrupt(path, f"it is no JSON ({error})") from error
    if not isinstance(facts, dict):
        raise corrupt(path, "it holds no JSON object")
    _check_version(path, facts.get("schema"))
    _check_facts(path, facts)
    return Run(folder=folder, machine=folder.parent.name, id=folder.name, facts=facts)


def digest(facts: Mapping[str, Any]) -> str:
    """
    Return what tells whether a run's facts are as they were written.

    Parameters
    ----------
    facts : mapping
        Everything in ``run.json`` but the digest itself.

    Returns
    -------
    str
        SHA-256 of the facts as JSON with sorted keys and no spaces, in UTF-8.
    """
    text = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


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
    cells: list[Cell] = []
    for path, table in _tables(run.folder):
        try:
            cells += cells_of(table.to_pylist(), path.stem)
        except (ValueError, TypeError) as error:
            raise corrupt(path, printable(str(error))) from error
    return cells


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
    for path, table in _tables(run.folder):
        try:
            cost = json.loads(table.schema.metadata[_COST_KEY])
            for purpose, seconds in cost.items():
                total[purpose] = total.get(purpose, 0.0) + float(seconds)
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise corrupt(path, f"it does not tell its cost ({error!r})") from error
    return total


def _tables(folder: Path) -> Iterator[tuple[Path, pa.Table]]:
    """Yield the Parquet files of a run, checked against the schema."""
    for path in _entries(folder):
        if path.name == "run.json" or path.suffix == SEAL:
            continue  # the seal of a file that is not there was written just before its writer was killed
        if path.suffix != ".parquet" or not is_plain(path.name):
            raise _foreign(path)
        content = read_sealed(path)
        try:
            table = table_of(content)
        except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
            said = (str(error).splitlines() or [repr(error)])[0]
            raise corrupt(path, f"it is no Parquet file ({printable(said)})") from error
        _check_version(path, (table.schema.metadata or {}).get(_VERSION_KEY, b"").decode(errors="replace"))
        if not table.schema.equals(SCHEMA):
            raise corrupt(path, "its columns are not those of a run")
        yield path, table


def _check_facts(path: Path, facts: dict[str, Any]) -> None:
    """Refuse facts that were changed, or that no run can have; take the digest out of them."""
    for key, kind in _FACTS.items():
        if not isinstance(facts.get(key), kind):
            raise corrupt(path, f"{key!r} is missing or no {kind.__name__}")
    try:
        if facts.pop("digest", None) != digest(facts):
            raise corrupt(path, "its digest is not that of its contents, so it was changed or damaged")
        for moment in (facts["begin"], facts.get("end") or facts["begin"]):
            datetime.fromisoformat(moment)
        for owner in (facts["machine"], *facts["machine"].get("gpus", ())):
            if not is_plain(owner["name"]):
                raise corrupt(path, f"{owner['name'][:40]!r} is no name")
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise corrupt(path, f"it does not describe a run ({printable(str(error))})") from error


def _check_version(path: Path, version: object) -> None:
    """Refuse a file of another schema."""
    if str(version) != str(SCHEMA_VERSION):
        raise CorruptStoreError(
            f"{path} has schema {str(version)[:20]!r}, this version of harness reads {SCHEMA_VERSION}; "
            "read it with the version that wrote it, or move it out of the store"
        )


def _entries(folder: Path) -> list[Path]:
    """Return what lies in a folder of the store, but for drafts; nothing where there is no folder."""
    try:
        return [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise corrupt(folder, f"the system says {error.strerror}") from error


def _folders(parent: Path) -> list[Path]:
    """Return the folders in a folder of the store, and refuse anything else."""
    found = _entries(parent)
    for path in found:
        if not path.is_dir() or not is_plain(path.name):
            raise _foreign(path)
    return found


def _foreign(path: Path) -> CorruptStoreError:
    """Return the error for something that is no part of a store."""
    return CorruptStoreError(f"{path} does not belong in the store; move it elsewhere")
