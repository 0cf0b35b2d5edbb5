"""The same figures as tables that need no script: per op on one machine, and machines side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from harness.model import TIMED, Span, Verdict
from harness.report.quality import MARKS
from harness.units import interval, ratio, seconds, size

SIGNS = {Verdict.FASTER: "▲", Verdict.SLOWER: "▼", Verdict.SAME: "=", Verdict.UNSURE: "?"}
"""A sign per verdict, so that colour is not the only channel."""
MOST_WHOLE = 20
"""Machines up to which everything stands in one page.

A machine takes some 0.13 MB of it, so such a page has about 3 MB; and the comparison draws each machine with
a look of its own, of which there are 24.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """
    A table of text.

    Attributes
    ----------
    caption : str
        What it shows.
    corner : str
        What the rows are.
    heads : tuple of str
        Its columns.
    rows : tuple of (str, tuple of (str, str))
        A row's head, and a text and a class per column.
    """

    caption: str
    corner: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


def speedup_tables(cells: pd.DataFrame, ratios: pd.DataFrame, baseline: str) -> list[Table]:
    """
    Return a table per op, dtype and span: sizes down, times and speedups across.

    Parameters
    ----------
    cells : DataFrame
        Of one run.
    ratios : DataFrame
        Its speedups, from `harness.report.baselines`.
    baseline : str
        What the others are compared with.

    Returns
    -------
    list of Table
    """
    known = {(row.op, row.dtype, row.span, row.n, row.backend): row for row in ratios.itertuples()}
    at = {(row.op, row.dtype, row.span, row.n, row.backend): row for row in cells.itertuples()}
    tables = []
    for (op, dtype, span), own in cells.groupby(["op", "dtype", "span"], sort=False):
        backends = tuple(dict.fromkeys(own["backend"]))
        rows = []
        for n in sorted(own["n"].unique().tolist()):
            keys = [(op, dtype, span, n, backend) for backend in backends]
            rows.append((size(n), tuple(_entry(at.get(key), known.get(key)) for key in keys)))
        tables.append(
            Table(
                caption=f"{op}, {dtype}, {span.replace('_', ' ')}: seconds per call, speedup over {baseline}",
                corner="n",
                heads=backends,
                rows=tuple(rows),
            )
        )
    return tables


def comparisons(cells: pd.DataFrame, machines: Sequence[str]) -> list[Table]:
    """
    Return a table per op, dtype and backend for the span `call`: machines down, sizes across.

    Parameters
    ----------
    cells : DataFrame
        Of all machines.
    machines : sequence of str
        In the order of the rows.

    Returns
    -------
    list of Table
        None for a single machine.
    """
    if len(machines) == 1:
        return []
    tables = []
    call = cells[cells["span"] == Span.CALL]
    for (op, dtype, backend), own in call.groupby(["op", "dtype", "backend"], sort=False):
        if own["seconds"].isna().all():
            continue
        sizes = sorted(own["n"].unique())
        at = {(row.machine, row.n): row for row in own.itertuples()}
        rows = tuple((name, tuple(_entry(at.get((name, n)), None) for n in sizes)) for name in machines)
        heads = tuple(size(int(n)) for n in sizes)
        caption = f"{op}, {dtype}, {backend}: seconds per call, span call"
        tables.append(Table(caption=caption, corner="machine", heads=heads, rows=rows))
    return tables


def _entry(cell: Any, compared: Any) -> tuple[str, str]:  # noqa: ANN401 - rows as pandas names them
    """Return the text of a cell and the class it is shown with."""
    if cell is None:
        return "not measured", "missing"
    if cell.status not in TIMED:
        return f"{MARKS[cell.status][0]} {cell.status}", "missing"
    text = seconds(cell.seconds) + (" noisy" if cell.status == "noisy" else "")
    if compared is None or pd.isna(compared.speedup):
        return text, ""
    return (
        f"{text}, {ratio(compared.speedup)}{interval(compared.low, compared.high)} {SIGNS[compared.verdict]}",
        compared.verdict,
    )
