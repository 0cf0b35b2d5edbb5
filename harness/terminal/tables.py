"""The tables of the answers: speedups, crossovers and cells."""

import math
from typing import Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from harness.answers.sentences import curves, standing
from harness.model import Status
from harness.terminal.looks import VERDICT_STYLES, plain_table
from harness.terminal.notes import annotated_pairs
from harness.units import byte_rate, flop_rate, interval, ratio, seconds, share, size


def speedup_tables(speedups: pd.DataFrame, cells: pd.DataFrame) -> list[Table]:
    """Return a table per op, dtype and span of the speedups of cells: sizes down, backends across."""
    tables = []
    starred = annotated_pairs(cells)
    for (op, dtype, span, baseline), group in speedups.groupby(
        ["op", "dtype", "span", "baseline"], sort=False
    ):
        backends = list(dict.fromkeys(group["backend"]))
        heads = (_backend_head(op, backend, starred) for backend in backends)
        table = plain_table(f"{op}, {dtype}, {span}: speedup over {baseline}", "n", *heads)
        for n, same_size in group.groupby("n"):
            rows = {row.backend: row for row in same_size.itertuples()}
            texts = (_speedup(rows[name]) if name in rows else Text("–") for name in backends)
            table.add_row(size(int(n)), *texts)
        tables.append(table)
    return tables


def crossover_table(crossovers: pd.DataFrame, speedups: pd.DataFrame, cells: pd.DataFrame) -> Table:
    """
    Return one line per curve that says in words where it stands, with the speedups at its ends.

    A backend without any time has no line; `harness.terminal.notes.notes` says why.
    """
    table = plain_table("", "op", "backend", "span", "answer", "smallest n", "largest n", justify="left")
    several, op_above, starred = len(set(crossovers["dtype"])) > 1, None, annotated_pairs(cells)
    for (_, _, op, dtype, backend, span), curve in curves(speedups, crossovers).items():
        points = curve.points[0], curve.points[-1]
        ends = [f"{ratio(point.speedup)} at {size(point.n)}{_noisy(point)}" for point in points]
        table.add_row(
            op if op != op_above else "",
            _backend_head(op, backend, starred),
            f"{span}, {dtype}" if several else span,
            standing(curve),
            *ends,
        )
        op_above = op
    return table


def cell_table(cells: pd.DataFrame) -> Table:
    """Return one line per cell with its time and what became of it."""
    heads = ("op", "backend", "span", "dtype", "n", "time", "95 % interval", "disturbed")
    table = plain_table("", *heads, "moved", "computed", "of ceiling", "status")
    for row in cells.itertuples():
        table.add_row(
            row.op,
            row.backend,
            row.span,
            row.dtype,
            size(row.n),
            seconds(row.seconds),
            "–" if math.isnan(row.low) else f"{seconds(row.low)} to {seconds(row.high)}",
            "–" if math.isnan(row.disturbed) else f"{row.disturbed:.0%}",
            byte_rate(row.bytes_per_second),
            flop_rate(row.flop_per_second),
            share(row.ceiling_share),
            Text(f"{row.status}: {row.reason}" if row.reason else row.status),
        )
    return table


def _backend_head(op: str, backend: str, starred: set[tuple[str, str]]) -> str:
    """Return the name of a backend, with an asterisk where its figures of an op need their note."""
    return f"{backend} *" if (op, backend) in starred else backend


def _speedup(row: Any) -> Text:  # noqa: ANN401 - a row as pandas names it
    """Return a speedup with its interval and verdict, or why there is none."""
    if math.isnan(row.speedup):
        return Text(row.status, style="dim")
    return Text(
        f"{ratio(row.speedup)}{interval(row.low, row.high)} {row.verdict}{_noisy(row)}",
        style=VERDICT_STYLES[row.verdict],
    )


def _noisy(row: Any) -> str:  # noqa: ANN401 - as above
    """Return the word that follows a speedup of which either side is noisy."""
    return " noisy" if row.status == Status.NOISY else ""
