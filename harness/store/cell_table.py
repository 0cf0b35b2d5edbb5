"""A cell as a row of the store's tables, and what makes a row no cell that was measured."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from harness.model import (
    MOST_ROUNDS,
    TIMED,
    Case,
    Cell,
    DeviceState,
    Round,
    Span,
    Status,
)
from harness.names import is_line, is_plain

_STATE = pa.struct(
    [
        pa.field("sample", pa.int64()),
        pa.field("sm_clock", pa.float64()),
        pa.field("memory_clock", pa.float64()),
        pa.field("temperature", pa.float64()),
        pa.field("power", pa.float64()),
        pa.field("reasons", pa.string()),
    ]
)
_ROUND = pa.struct(
    [
        pa.field("number", pa.int64()),
        pa.field("samples", pa.list_(pa.float64())),
        pa.field("disturbed", pa.list_(pa.bool_())),
        pa.field("floor", pa.float64()),
        pa.field("faults_per_call", pa.float64()),
        pa.field("steady", pa.bool_()),
        pa.field("first", pa.float64()),
        pa.field("enqueue", pa.float64()),
        pa.field("throttled", pa.int64()),
        pa.field("states", pa.list_(_STATE)),
    ]
)
SCHEMA = pa.schema(
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
        pa.field("moved", pa.float64()),
        pa.field("flop", pa.float64()),
    ]
)
"""The columns of an op's table; see docs/store.md."""
_MOST_ROWS = 10**6
"""Rows in a file, a thousand times the most that a run writes: a small file can unpack to a huge one."""


def row_of(cell: Cell) -> dict[str, Any]:
    """
    Return a cell as a row.

    Parameters
    ----------
    cell : Cell
        Any cell.

    Returns
    -------
    dict
    """
    return asdict(cell.case) | {
        "status": cell.status,
        "reason": cell.reason,
        "rounds": [None if found is None else asdict(found) for found in cell.rounds],
        "max_error": cell.max_error,
        "tolerance": cell.tolerance,
        "moved": cell.moved,
        "flop": cell.flop,
    }


def opened(content: bytes) -> pq.ParquetFile:
    """
    Return a Parquet file, nothing of it unpacked yet.

    Parameters
    ----------
    content : bytes
        The whole file.

    Returns
    -------
    ParquetFile

    Raises
    ------
    ValueError, ArrowException, OSError, MemoryError
        If it is none, or would unpack to more than any run holds.
    """
    file = pq.ParquetFile(pa.BufferReader(content))
    # Not what it says of its columns: Arrow ends the process where that contradicts the schema.
    if file.metadata.num_rows > _MOST_ROWS:
        raise ValueError(f"it would unpack to {file.metadata.num_rows} rows")
    return file


def table_of(file: pq.ParquetFile) -> pa.Table:
    """
    Return the table in a Parquet file.

    Parameters
    ----------
    file : ParquetFile
        From `opened`.

    Returns
    -------
    Table

    Raises
    ------
    ValueError, ArrowException, OSError, MemoryError
        If a column cannot be unpacked.
    """
    # A file of one op is too small for threads of its own to pay.
    table = file.read(use_threads=False)
    table.validate(full=True)
    return table


def cells_of(rows: Iterable[Mapping[str, Any]], op: str) -> list[Cell]:
    """
    Return rows as cells, if they can have been measured.

    Parameters
    ----------
    rows : iterable of mapping
        All rows of an op's table.
    op : str
        Name of the op.

    Returns
    -------
    list of Cell

    Raises
    ------
    ValueError, TypeError
        If a row is no cell of the op, contradicts itself, or is there twice.
    """
    cells = [_cell(row) for row in rows]
    seen: set[Case] = set()
    for case in (cell.case for cell in cells):
        if case.op != op:
            raise ValueError(f"a row is of the op {case.op!r}")
        if case in seen:
            raise ValueError(f"{case.backend} at n = {case.n} is there twice")
        seen.add(case)
    return cells


def is_name(column: str, text: str | None) -> bool:
    """
    Whether a row can have this text in one of its columns of names.

    Parameters
    ----------
    column : {"op", "backend", "dtype"}
        Which.
    text : str or None
        What stands there.

    Returns
    -------
    bool
    """
    # A colon is in the name of one device of several, and no file is called after a backend.
    return is_plain(text and text.replace(":", "" if column == "backend" else ":"))


def _cell(row: Mapping[str, Any]) -> Cell:
    """Return a row as a cell."""
    for column in ("op", "backend", "dtype"):
        if not is_name(column, row[column]):
            raise ValueError(f"a row has the {column} {row[column]!r:.40}, which is no name")
    cell = Cell(
        case=Case(
            op=row["op"], backend=row["backend"], n=row["n"], dtype=row["dtype"], span=Span(row["span"])
        ),
        status=Status(row["status"]),
        reason=row["reason"],
        rounds=tuple(None if found is None else _round(found) for found in row["rounds"]),
        max_error=float(row["max_error"]),
        tolerance=float(row["tolerance"]),
        moved=float(row["moved"]),
        flop=float(row["flop"]),
    )
    if cell.case.n < 1:
        raise ValueError(f"a row has n = {cell.case.n}")
    if not is_line(cell.reason):
        raise ValueError(f"the reason {cell.reason!r:.40} is no short line of printable text")
    if len(cell.rounds) > MOST_ROUNDS:
        raise ValueError(f"a cell has {len(cell.rounds)} rounds, and no run more than {MOST_ROUNDS}")
    if cell.status in TIMED and not any(cell.rounds):
        raise ValueError(f"a cell is {cell.status} and has no round")
    if cell.max_error < 0 or (cell.status in TIMED and cell.max_error > cell.tolerance):
        raise ValueError(f"a cell is {cell.status} with error {cell.max_error}, accepted {cell.tolerance}")
    return cell


def _round(row: Mapping[str, Any]) -> Round:
    """Return a row's round."""
    states = tuple(DeviceState(**state) for state in row["states"])
    lists = {"samples": tuple(row["samples"]), "disturbed": tuple(row["disturbed"]), "states": states}
    found = Round(**{**row, **lists})
    if not found.samples or len(found.samples) != len(found.disturbed):
        raise ValueError(f"a round has {len(found.samples)} samples and {len(found.disturbed)} marks")
    if None in found.disturbed or found.steady is None:
        raise ValueError("a round has a mark that is neither true nor false")
    if found.number < 1 or not 0 <= found.faults_per_call < math.inf or not 0 <= found.floor < math.inf:
        raise ValueError(f"a round has {found.number} calls in a block, floor {found.floor}")
    for told in (found.first, found.enqueue):
        if told is not None and not 0 <= told < math.inf:
            raise ValueError(f"a round has a first call or an enqueue time of {told} s")
    if not 0 <= found.throttled <= sum(found.disturbed):
        raise ValueError("a round has more throttled blocks than disturbed ones")
    # The floor was taken off what a clock said, and no clock says less than nothing.
    for sample in found.samples:
        if not -found.floor <= sample < math.inf:
            raise ValueError(f"a sample is {sample} s per call, with a floor of {found.floor} s")
    return found
