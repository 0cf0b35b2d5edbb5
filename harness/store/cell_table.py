"""Cells as a table: a cell as one of its rows, and its columns as arrays.

It knows no files, and takes every row for a cell that can be; `harness.store.validity` knows which are.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.model import TIMED, Case, Cell, DeviceState, Round, Span, Status
from harness.statistics.arrays import Floats, Ints, Marks
from harness.store.lists import list_lengths, one_chunk
from harness.store.schema import ROUND_FIELDS, SCHEMA_2


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """The rounds of many cells one after another, without those that have no timing."""

    cell: Ints
    """Which cell a round is of."""
    place: Ints
    """Which of its cell's rounds it is, those without a timing counted."""
    per_cell: Ints
    """How many rounds each cell has, with those without a timing."""
    fields: Any
    """The StructArray of what is stored of each round."""

    def numbers(self, name: str) -> Floats:
        """Return a field of one number as floats, NaN where it is not stored."""
        return np.asarray(self.fields.field(name).to_numpy(zero_copy_only=False), dtype=np.float64)

    def has(self, name: str) -> bool:
        """Return whether a field is there: blocks are read only where they are asked for."""
        return name in [field.name for field in self.fields.type]

    def passes(self) -> tuple[Ints, Ints]:
        """Return of which pass each sample is, of the rounds that tell, and how many of a round's do."""
        lists = self.fields.field("passes")
        return lists.flatten().to_numpy(zero_copy_only=False), list_lengths(lists)

    def samples(self) -> tuple[Floats, Marks, Ints]:
        """Return the samples of all rounds, in seconds per call, their marks, and how many each round has."""
        lists = self.fields.field("samples")
        return (
            lists.flatten().to_numpy(zero_copy_only=False),
            self.fields.field("disturbed").flatten().to_numpy(zero_copy_only=False),
            list_lengths(lists),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """A column of text as its different texts, and which of them each row has."""

    different: list[str]
    codes: Ints

    def at(self, row: int) -> str:
        """Return the text of a row."""
        return self.different[int(self.codes[row])]

    def mark(self, rule: Callable[[str], bool]) -> Marks:
        """Return in which rows a rule holds, which is asked once per different text."""
        return np.array([rule(text) for text in self.different], dtype=np.bool_)[self.codes]


def row_of(cell: Cell) -> dict[str, Any]:
    """Return a cell as a row."""
    return asdict(cell.case) | {
        "status": cell.status,
        "reason": cell.reason,
        "rounds": [None if round_ is None else _fields_of(round_) for round_ in cell.rounds],
        "max_error": cell.max_error,
        "tolerance": cell.tolerance,
        "moved": cell.moved,
        "flop": cell.flop,
    }


def cell_of(row: Mapping[str, Any]) -> Cell:
    """Return a row as a cell."""
    return Cell(
        case=Case(
            op=row["op"], backend=row["backend"], n=row["n"], dtype=row["dtype"], span=Span(row["span"])
        ),
        status=Status(row["status"]),
        reason=row["reason"],
        rounds=tuple(None if round_ is None else _round_of(round_) for round_ in row["rounds"]),
        max_error=row["max_error"],
        tolerance=row["tolerance"],
        moved=row["moved"],
        flop=row["flop"],
    )


def table_of(cells: Iterable[Cell]) -> pa.Table:
    """Return cells as a table, without the figures of their rounds."""
    return pa.Table.from_pylist(list(map(row_of, cells)), schema=SCHEMA_2)


def rounds_of(table: pa.Table) -> Rounds:
    """Return the rounds of a table of cells."""
    lists = one_chunk(table["rounds"])
    per_cell = list_lengths(lists)
    flat = lists.flatten()
    is_timing = flat.is_valid().to_numpy(zero_copy_only=False)
    place = np.arange(len(flat)) - np.repeat(np.cumsum(per_cell) - per_cell, per_cell)
    return Rounds(
        cell=np.repeat(np.arange(len(lists)), per_cell)[is_timing],
        place=place[is_timing],
        per_cell=per_cell,
        fields=flat if is_timing.all() else flat.drop_null(),
    )


def texts_of(column: pa.ChunkedArray) -> Texts:
    """Return a column of text by its different texts."""
    encoded = column.combine_chunks().dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return Texts(different=encoded.dictionary.to_pylist(), codes=codes)


def carry_time(table: pa.Table) -> Marks:
    """Return which cells of a table carry a time."""
    marks: Marks = pc.is_in(table["status"], pa.array(list(map(str, TIMED)))).to_numpy()
    return marks


def _fields_of(round_: Round) -> dict[str, Any]:
    """Return a round as a row holds it; `asdict` would copy each of its samples."""
    states = [asdict(state) for state in round_.states]
    return {name: getattr(round_, name) for name in ROUND_FIELDS} | {"states": states}


def _round_of(stored: Mapping[str, Any]) -> Round:
    """Return the round that a row holds."""
    lists = {
        "samples": tuple(stored["samples"]),
        "disturbed": tuple(stored["disturbed"]),
        "passes": tuple(stored["passes"]),
        "states": tuple(DeviceState(**state) for state in stored["states"]),
    }
    return Round(**{**{name: stored[name] for name in ROUND_FIELDS}, **lists})
