"""Runs on disk: ``results/runs/<machine>/<run>/run.json`` and one Parquet file per op.

A file is written whole and never changed after; only ``run.json`` is replaced once, when the run ends.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from harness.errors import CorruptStoreError, MeasureError
from harness.model import Case, Cell, Round, Span, Status

SCHEMA_VERSION = 1
_VERSION_KEY, _COST_KEY = b"harness_schema", b"harness_cost"
_ROUND = pa.struct(
    [
        pa.field("number", pa.int64()),
        pa.field("samples", pa.list_(pa.float64())),
        pa.field("disturbed", pa.list_(pa.bool_())),
        pa.field("floor", pa.float64()),
        pa.field("faults_per_call", pa.float64()),
        pa.field("steady", pa.bool_()),
    ]
)
_CELL = pa.schema(
    [
        pa.field("op", pa.string()),
        pa.field("backend", pa.string()),
        pa.field("n", pa.int64()),
        pa.field("dtype", pa.string()),
        pa.field("span", pa.string()),
        pa.field("status", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("rounds", pa.list_(_ROUND)),
        pa.field("max_error", pa.float64()),
        pa.field("tolerance", pa.float64()),
    ]
)
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
        What is known of the run; the schema version is added.
    """
    text = json.dumps({"schema": SCHEMA_VERSION, **facts}, indent=1, ensure_ascii=False)
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
    table = pa.Table.from_pylist([_row(cell) for cell in cells], schema=_CELL.with_metadata(metadata))
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    write_whole(folder / f"{op}.parquet", sink.getvalue())


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
    for machine in _folders(results / "runs"):
        for folder in _folders(machine):
            if any(folder.iterdir()):
                yield read_run(folder)


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
    try:
        facts = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise CorruptStoreError(
            f"{folder} holds files but no run.json; move it out of the store or restore the file"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise _corrupt(path, f"it is no JSON ({error})") from error
    if not isinstance(facts, dict):
        raise _corrupt(path, "it holds no JSON object")
    _check_version(path, facts.get("schema"))
    for key, kind in _FACTS.items():
        if not isinstance(facts.get(key), kind):
            raise _corrupt(path, f"{key!r} is missing or no {kind.__name__}")
    return Run(folder=folder, machine=folder.parent.name, id=folder.name, facts=facts)


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
    return [_cell(path, row) for path, table in _tables(run.folder) for row in table.to_pylist()]


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
            raise _corrupt(path, f"it does not tell its cost ({error!r})") from error
    return total


def _tables(folder: Path) -> Iterator[tuple[Path, pa.Table]]:
    """Yield the Parquet files of a run, checked against the schema."""
    for path in sorted(folder.iterdir()):
        if path.name == "run.json" or path.name.startswith("."):
            continue
        if path.suffix != ".parquet":
            raise CorruptStoreError(f"{path} does not belong in the store; move it elsewhere")
        try:
            table = pq.read_table(path, partitioning=None, memory_map=False)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise _corrupt(path, f"it is no Parquet file ({str(error).splitlines()[0]})") from error
        _check_version(path, (table.schema.metadata or {}).get(_VERSION_KEY, b"").decode(errors="replace"))
        if not table.schema.equals(_CELL):
            raise _corrupt(path, "its columns are not those of a run")
        yield path, table


def _row(cell: Cell) -> dict[str, Any]:
    """Return a cell as a row of the table."""
    case = asdict(cell.case)
    return case | {
        "status": cell.status,
        "reason": cell.reason,
        "rounds": [None if found is None else asdict(found) for found in cell.rounds],
        "max_error": cell.max_error,
        "tolerance": cell.tolerance,
    }


def _cell(path: Path, row: dict[str, Any]) -> Cell:
    """Return a row of the table as a cell."""
    try:
        if row["op"] != path.stem:
            raise ValueError(f"a row is of the op {row['op']!r}")  # noqa: TRY301 - told like any other fault
        return Cell(
            case=Case(
                op=row["op"],
                backend=row["backend"],
                n=row["n"],
                dtype=row["dtype"],
                span=Span(row["span"]),
            ),
            status=Status(row["status"]),
            reason=row["reason"],
            rounds=tuple(None if found is None else _round(found) for found in row["rounds"]),
            max_error=row["max_error"],
            tolerance=row["tolerance"],
        )
    except (ValueError, TypeError) as error:
        raise _corrupt(path, f"{error}") from error


def _round(row: dict[str, Any]) -> Round:
    """Return a round; its two lists must be of equal and positive length."""
    samples, disturbed = tuple(row["samples"]), tuple(row["disturbed"])
    if not samples or len(samples) != len(disturbed):
        raise ValueError(f"a round has {len(samples)} samples and {len(disturbed)} marks")
    return Round(**row | {"samples": samples, "disturbed": disturbed})


def _check_version(path: Path, version: object) -> None:
    """Refuse a file of another schema."""
    if str(version) != str(SCHEMA_VERSION):
        raise CorruptStoreError(
            f"{path} has schema {version!r}, this version of harness reads {SCHEMA_VERSION}; "
            "read it with the version that wrote it, or move it out of the store"
        )


def _corrupt(path: Path, fault: str) -> CorruptStoreError:
    """Return the error for a file that cannot be read."""
    return CorruptStoreError(f"{path} cannot be read: {fault}; move it out of the store or restore it")


def _folders(parent: Path) -> list[Path]:
    """Return the folders in a folder of the store, and refuse anything else but hidden files."""
    if not parent.is_dir():
        return []
    found = [path for path in sorted(parent.iterdir()) if not path.name.startswith(".")]
    for path in found:
        if not path.is_dir():
            raise CorruptStoreError(f"{path} does not belong in the store; move it elsewhere")
    return found


def write_whole(path: Path, content: Any) -> None:  # noqa: ANN401 - bytes, or a buffer of pyarrow's
    """
    Write a file whole: under a name that readers pass over, to the disk, then under its own.

    Parameters
    ----------
    path : Path
        The file; its folder is made if missing.
    content : bytes-like
        What it is to hold.

    Raises
    ------
    MeasureError
        If it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise MeasureError(
            f"{path} cannot be written ({error.strerror}); make room there or choose --results"
        ) from error
