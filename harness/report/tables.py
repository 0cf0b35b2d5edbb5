"""The same figures as tables that need no script: per op on one machine, and machines side by side."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from harness.model import TIMED, Span, Status, Verdict
from harness.units import interval, ratio, seconds, size

SIGNS = {Verdict.FASTER: "▲", Verdict.SLOWER: "▼", Verdict.SAME: "=", Verdict.UNSURE: "?"}
"""A sign per verdict, so that colour is not the only channel."""
MARKS: Mapping[str, tuple[str, str]] = {
    Status.SKIPPED: ("∅", "cannot run here, the reason says why"),
    Status.WRONG: ("✗", "computes something else than NumPy and was not timed"),
    Status.OOM: ("⊞", "does not fit into the memory"),
    Status.TIMEOUT: ("∞", "gave no sign of life before the limit"),
    Status.CRASHED: ("↯", "ended its process"),
    Status.IMPLAUSIBLE: ("‽", "faster than the machine's own ceiling allows"),
}
"""For every way to have no time a mark and its meaning; none of them is an empty cell."""


class Entry(NamedTuple):
    """A table's cell: its text, and the class of the page's style."""

    text: str
    kind: str


NOT_MEASURED = Entry("not measured", "missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of text."""

    caption: str
    corner: str  # what the rows are
    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Entry, ...]], ...]  # a row's head, and an entry per column


def speedup_tables(cells: pd.DataFrame, ratios: pd.DataFrame) -> list[Table]:
    """Return a table per op, dtype and span of a run: sizes down, times and speedups across."""
    speedups = {(row.op, row.dtype, row.span, row.n, row.backend): row for row in ratios.itertuples()}
    over = dict(zip(ratios["op"], ratios["baseline"], strict=True))
    times = {(row.op, row.dtype, row.span, row.n, row.backend): row for row in cells.itertuples()}
    tables = []
    for (op, dtype, span), group in cells.groupby(["op", "dtype", "span"], sort=False):
        backends = tuple(dict.fromkeys(group["backend"]))
        rows = []
        for n in sorted(group["n"].unique().tolist()):
            keys = [(op, dtype, span, n, backend) for backend in backends]
            rows.append((size(n), tuple(_entry(times.get(key), speedups.get(key)) for key in keys)))
        tables.append(
            Table(
                caption=f"{op}, {dtype}, {span.replace('_', ' ')}: seconds per call"
                + (f", speedup over {over[op]}" if op in over else ""),
                corner="n",
                heads=backends,
                rows=tuple(rows),
            )
        )
    return tables


def shared_sizes(cells: pd.DataFrame, row: str) -> list[int]:
    """
    Return the sizes for the columns of a table: one that was added at a crossover of few rows is none.

    Those of an op that begin, end or go on otherwise than by powers of 4 were chosen by hand: none was added.
    """
    rows, every = cells.groupby("n")[row].nunique(), cells[row].nunique()
    chosen = {n for _, of_op in cells.groupby("op") for n in chosen_sizes(of_op["n"].unique().tolist())}
    sizes = zip(map(int, rows.index), rows, strict=True)
    return sorted(n for n, count in sizes if n in chosen or 2 * count > every)


def chosen_sizes(sizes: Sequence[int]) -> list[int]:
    """Return which sizes of an op were chosen: every power of 4 from the first to the last, or else all."""
    powers = [n for n in sizes if math.log2(n) % 2 == 0]
    whole = min(sizes) * 4 ** (len(powers) - 1) == max(sizes) and max(sizes) in powers
    return powers if whole else list(sizes)


def comparison_tables(cells: pd.DataFrame, machines: Sequence[str]) -> list[Table]:
    """
    Return a table per op, dtype and backend for the span `call`: machines down, sizes across.

    A machine alone has nothing to be compared with, so it has none.
    """
    if len(machines) == 1:
        return []
    tables = []
    call = cells[cells["span"] == Span.CALL]
    for (op, dtype, backend), group in call.groupby(["op", "dtype", "backend"], sort=False):
        if group["seconds"].isna().all():
            continue
        sizes = shared_sizes(group, "machine")
        times = {(row.machine, row.n): row for row in group.itertuples()}
        rows = tuple(
            (machine, tuple(_entry(times.get((machine, n)), None) for n in sizes)) for machine in machines
        )
        heads = tuple(map(size, sizes))
        caption = f"{op}, {dtype}, {backend}: seconds per call, span call"
        tables.append(Table(caption=caption, corner="machine", heads=heads, rows=rows))
    return tables


def _entry(cell: Any, speedup: Any) -> Entry:  # noqa: ANN401 - rows as pandas names them
    """Return a time, and a speedup if there is one; or why there is no time."""
    if cell is None:
        return NOT_MEASURED
    if cell.status not in TIMED:
        return Entry(f"{MARKS[cell.status][0]} {cell.status}", "missing")
    text = seconds(cell.seconds) + (" noisy" if cell.status == Status.NOISY else "")
    if speedup is None or pd.isna(speedup.speedup):
        return Entry(text, "")
    times = f"{ratio(speedup.speedup)}{interval(speedup.low, speedup.high)}"
    return Entry(f"{text}, {times} {SIGNS[speedup.verdict]}", speedup.verdict)
