"""What was measured, contender by contender: a table of times and speedups by size."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from rich.table import Table
from rich.text import Text

from harness.answers.labels import relabelled, shown_labels
from harness.model import Span
from harness.terminal.looks import plain_table
from harness.terminal.tables import speedup_text
from harness.units import seconds, size

SPAN_WORDS = {
    Span.CALL: "call",
    Span.ROUND_TRIP: "from and to NumPy",
    Span.DEVICE: "device alone",
    Span.PIPELINED: "pipelined",
}
"""The spans of a contender in the order in which they are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContenderTable:
    """A contender's times and speedups, a row per size."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Text, ...], ...]


def contender_tables(speedups: pd.DataFrame, cells: pd.DataFrame) -> list[ContenderTable]:
    """
    Return a table per contender, of those spans that tell more than the ones before.

    Where nothing is compared there is a table of the times.
    """
    shown = shown_labels(cells["backend"])
    speedups, cells = (relabelled(table, shown) for table in (speedups, cells))
    if speedups.empty:
        return [_alone(str(backend), rows) for backend, rows in cells.groupby("backend", sort=False)]
    times = {
        (row.backend, row.span, row.n): row.seconds
        for row in cells[["backend", "span", "n", "seconds"]].itertuples()
    }
    return [
        _table(str(backend), of_backend, times)
        for backend, of_backend in speedups.groupby("backend", sort=False)
    ]


def as_table(table: ContenderTable) -> Table:
    """Return a contender's table for a terminal."""
    shown = plain_table(table.title, *table.heads)
    for row in table.rows:
        shown.add_row(*row)
    return shown


def as_texts(table: ContenderTable) -> list[Sequence[str]]:
    """Return the rows of a contender's table as plain texts, a line each."""
    return [[text.plain.replace("\n", "; ") for text in row] for row in table.rows]


def _table(backend: str, speedups: pd.DataFrame, times: dict[tuple[str, str, int], float]) -> ContenderTable:
    """Return the table of one contender."""
    baseline = str(speedups.iloc[0]["baseline"])
    sizes = sorted(set(speedups["n"]))
    heads, columns = ["n"], [[Text(size(int(n))) for n in sizes]]
    shown: list[list[float]] = []
    for span, words in SPAN_WORDS.items():
        of_span = {row.n: row for row in speedups[speedups["span"] == span].itertuples()}
        # What a baseline has no time of, such as the span of a device, is held against its call.
        calls = [times.get((baseline, Span.CALL, n), math.nan) for n in sizes]
        against = [times.get((baseline, span, n), call) for n, call in zip(sizes, calls, strict=True)]
        own = [times.get((backend, span, n), math.nan) for n in sizes]
        if not of_span or _is_among(own, shown):
            continue
        if not _is_among(against, shown):
            heads.append(f"{baseline}, {words}" if shown else baseline)
            columns.append([Text(seconds(time)) for time in against])
        heads += [f"{backend}, {words}" if shown else backend, "speedup"]
        columns.append([Text(seconds(time)) for time in own])
        columns.append([speedup_text(of_span[n]) if n in of_span else Text("–") for n in sizes])
        shown += [against, own]
    return ContenderTable(
        title=f"{backend} against {baseline}",
        heads=tuple(heads),
        rows=tuple(zip(*columns, strict=True)),
    )


def _alone(backend: str, cells: pd.DataFrame) -> ContenderTable:
    """Return the times of what there is nothing to hold against."""
    calls = cells[cells["span"] == Span.CALL].sort_values("n", kind="stable")
    rows = [(Text(size(int(row.n))), Text(seconds(row.seconds))) for row in calls.itertuples()]
    return ContenderTable(title=f"{backend} alone", heads=("n", backend), rows=tuple(rows))


def _is_among(times: list[float], others: list[list[float]]) -> bool:
    """Return whether a column of times is there already, as where a round trip moves nothing."""
    return any(pd.Series(times).equals(pd.Series(other)) for other in others)
