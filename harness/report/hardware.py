"""Machines side by side: what they are, which of them are equal, and their times cell by cell."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from harness.answers.differences import alike
from harness.report.tables import Entry, Table

_GIB = 2**30
_BOARD = ["backend", "dtype", "span"]
_CELL = [*_BOARD, "op", "group", "n"]
_LIBRARIES = {
    "python": "Python",
    "numpy": "NumPy",
    "blas": "BLAS",
    "torch": "Torch",
    "cuda": "CUDA",
    "cupy": "CuPy",
    "jax": "JAX",
}
_MOST_VALUES = 3
"""Of a fact in which machines differ, up to so many values are named; of more the number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What one line of the cards says of each group of equal machines."""

    name: str
    texts: tuple[str, ...]  # one per group

    @property
    def differs(self) -> bool:
        """Whether it tells groups apart."""
        return len(set(self.texts)) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The times of one backend, dtype and span, on all groups."""

    backend: str
    dtype: str
    span: str
    rows: pd.DataFrame
    """By op, group and n: seconds, low, high, ceiling_share, status. Of several equal machines the median,
    and the least and the most; of one the interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """The machines of a page."""

    groups: Sequence[Sequence[str]]  # those that are equal together
    facts: Sequence[Fact]
    boards: Sequence[Board]

    def summed(self) -> Iterator[Board]:
        """Yield the boards without machines that have no equal, whose rows are those of their cells."""
        several = [number for number, group in enumerate(self.groups) if len(group) > 1]
        for board in self.boards:
            yield replace(board, rows=board.rows[board.rows["group"].isin(several)])


def hardware_of(cells: pd.DataFrame, facts: Mapping[str, Mapping[str, Any]]) -> Hardware:
    """Return what machines are, by what is known of a run of each, and their times."""
    groups = alike(facts)
    return Hardware(groups=groups, facts=_facts_of_groups(groups, facts), boards=list(_boards(cells, groups)))


def differences_sentence(hardware: Hardware) -> str:
    """Return in what machines differ, and what they have in common."""
    machines, kinds = sum(map(len, hardware.groups)), len(hardware.groups)
    of_kinds = f" of {kinds} kind{'s' if kinds > 1 else ''}" if kinds < machines else ""
    apart = "; ".join(_values(fact) for fact in hardware.facts if fact.differs)
    common = ", ".join(f"{fact.name} {fact.texts[0]}" for fact in hardware.facts if not fact.differs)
    differ = f"They differ in {apart}." if apart else "They differ in none of these."
    return f"{machines} machines{of_kinds}. {differ}" + (f" All have {common}." if common else "")


def group_table(hardware: Hardware) -> Table:
    """Return a line per group: who is in it, and the facts that tell it from others."""
    telling = [fact for fact in hardware.facts if fact.differs]
    return Table(
        caption="In what the machines differ",
        corner="machine",
        heads=tuple(fact.name for fact in telling),
        rows=tuple(
            (_group_name(group), tuple(Entry(fact.texts[at], "") for fact in telling))
            for at, group in enumerate(hardware.groups)
        ),
    )


def _facts_of_groups(groups: Sequence[Sequence[str]], facts: Mapping[str, Mapping[str, Any]]) -> list[Fact]:
    """Return what is known of each group, by its first machine."""
    told = [dict(_facts(facts[group[0]])) for group in groups]
    names = dict.fromkeys(name for one in told for name in one)
    return [Fact(name=name, texts=tuple(one.get(name, "none") for one in told)) for name in names]


def _boards(cells: pd.DataFrame, groups: Sequence[Sequence[str]]) -> Iterator[Board]:
    """Yield the times of each backend, dtype and span, in the order of the cells."""
    place = {name: number for number, group in enumerate(groups) for name in group}
    cells = cells.assign(group=cells["machine"].map(place))
    alone = cells["group"].isin([number for number, group in enumerate(groups) if len(group) == 1])
    columns = [*_CELL, "seconds", "low", "high", "ceiling_share", "status"]
    rows = pd.concat([cells.loc[alone, columns], _summed(cells[~alone])[columns]], ignore_index=True)
    for (backend, dtype, span), of_board in rows.groupby(_BOARD, sort=False):
        yield Board(backend=backend, dtype=dtype, span=span, rows=of_board.drop(columns=_BOARD))


def _group_name(group: Sequence[str]) -> str:
    """Return the name of a machine, and how many are equal to it."""
    return group[0] if len(group) == 1 else f"{group[0]} and {len(group) - 1} equal"


def _values(fact: Fact) -> str:
    """Return the values of a fact, or how many there are."""
    counts = Counter(fact.texts)
    if len(counts) > _MOST_VALUES:
        return f"{fact.name} ({len(counts)} kinds)"
    return f"{fact.name} ({', '.join(counts)})"


def _summed(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the median, the least and the most of equal machines, and the status of one that has a time."""
    timed = cells.sort_values("seconds", kind="stable", na_position="last")
    of_cell = timed.groupby(_CELL, sort=False)
    summed = of_cell.agg(
        low=("seconds", "min"),
        high=("seconds", "max"),
        seconds=("seconds", "median"),
        ceiling_share=("ceiling_share", "median"),
        status=("status", "first"),
    )
    return summed.reset_index()


def _facts(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the facts by which machines are told apart and found."""
    machine, libraries = facts["machine"], facts["libraries"]
    gpus = [gpu for gpu in machine.get("gpus") or () if isinstance(gpu, Mapping)]
    names = Counter(_text(gpu.get("name")) for gpu in gpus)
    ram = machine.get("ram")
    yield "processor", _text(machine.get("cpu"))
    yield "GPU", ", ".join(f"{n} × {name}" if n > 1 else name for name, n in names.items()) or "none"
    yield "memory", f"{ram / _GIB:.0f} GiB" if isinstance(ram, int | float) else "unknown"
    yield "cores", _text(machine.get("cores"))
    yield "usable processors", _text(machine.get("affinity"))
    if numa := machine.get("numa"):
        yield "NUMA nodes", f"{_text(numa.get('usable'))} of {_text(numa.get('nodes'))}"
    yield "system", _text(machine.get("os"))
    if gpus:
        yield "driver", ", ".join(dict.fromkeys(_text(gpu.get("driver")) for gpu in gpus))
    yield from ((name, str(libraries[key])) for key, name in _LIBRARIES.items() if libraries.get(key))


def _text(value: object) -> str:
    """Return a fact as it is read."""
    return "unknown" if value is None else str(value)
