"""Tables and sentences for a terminal. It takes values and returns what Rich can print."""

import json
import math
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from harness.backends import backend_named
from harness.cells import remarks
from harness.model import TIMED, Span, Status
from harness.plan import BASELINE
from harness.sentences import standing
from harness.units import ratio, seconds, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Literal

    import pandas as pd

    from harness.model import Op

_STYLES = {"faster": "green", "slower": "red", "same": "default", "unsure": "dim"}


def speedup_tables(speedups: "pd.DataFrame", cells: "pd.DataFrame") -> list[RenderableType]:
    """
    Return a table per op, dtype and span: sizes down, backends across.

    Parameters
    ----------
    speedups : DataFrame
        From `harness.speedup`.
    cells : DataFrame
        The cells that they come from.

    Returns
    -------
    list of Rich renderables
    """
    tables: list[RenderableType] = []
    starred = _starred(cells)
    for (op, dtype, span, baseline), part in speedups.groupby(
        ["op", "dtype", "span", "baseline"], sort=False
    ):
        backends = list(dict.fromkeys(part["backend"]))
        heads = (f"{backend} *" if (op, backend) in starred else backend for backend in backends)
        table = _table(f"{op}, {dtype}, {span}: speedup over {baseline}", "n", *heads)
        for n, row in part.groupby("n"):
            cells = {cell.backend: cell for cell in row.itertuples()}
            table.add_row(size(int(n)), *(_speedup(cells[b]) if b in cells else Text("–") for b in backends))
        tables.append(table)
    return tables


def crossover_table(
    crossovers: "pd.DataFrame", speedups: "pd.DataFrame", cells: "pd.DataFrame"
) -> RenderableType:
    """
    Return one line per curve that says in words where it stands, with the speedups at its ends.

    A backend without any time has no line; `notes` says why.

    Parameters
    ----------
    crossovers : DataFrame
        From `harness.crossover`.
    speedups : DataFrame
        From `harness.speedup`.
    cells : DataFrame
        The cells that both come from.

    Returns
    -------
    Rich renderable
    """
    table = _table("", "op", "backend", "span", "answer", "smallest n", "largest n", justify="left")
    key = ["op", "backend", "dtype", "span"]
    curves = dict(iter(speedups.groupby(key)))
    several, before, starred = len(set(crossovers["dtype"])) > 1, None, _starred(cells)
    for names, rows in crossovers.groupby(key, sort=False):
        op, backend, dtype, span = names
        known = curves[names][curves[names]["speedup"].notna()].sort_values("n")
        if known.empty:
            continue  # the notes say why
        ends = [f"{ratio(e.speedup)} at {size(e.n)}" for e in known.iloc[[0, -1]].itertuples()]
        table.add_row(
            op if before != op else "",
            f"{backend} *" if (op, backend) in starred else backend,
            f"{span}, {dtype}" if several else span,
            standing(rows, known),
            *ends,
        )
        before = op
    return table


def cell_table(cells: "pd.DataFrame") -> RenderableType:
    """
    Return one line per cell with its time and what became of it.

    Parameters
    ----------
    cells : DataFrame
        From `harness.load`.

    Returns
    -------
    Rich renderable
    """
    table = _table("", "op", "backend", "span", "dtype", "n", "time", "95 % interval", "disturbed", "status")
    for row in cells.itertuples():
        known = not math.isnan(row.low)
        table.add_row(
            row.op,
            row.backend,
            row.span,
            row.dtype,
            size(row.n),
            seconds(row.seconds),
            f"{seconds(row.low)} to {seconds(row.high)}" if known else "–",
            "–" if math.isnan(row.disturbed) else f"{row.disturbed:.0%}",
            Text(f"{row.status}: {row.reason}" if row.reason else row.status),
        )
    return table


def notes(cells: "pd.DataFrame") -> list[RenderableType]:
    """
    Return what must be known to read the figures, and what could not be measured.

    Parameters
    ----------
    cells : DataFrame
        From `harness.load`.

    Returns
    -------
    list of Rich renderables
        A line per reason; those for figures marked with an asterisk come first.
    """
    lines = [f"* {backends} in {ops}: {reason}" for backends, ops, reason in remarks(cells)]
    untimed = cells[~cells["status"].isin(TIMED)]
    for (status, reason), part in untimed.groupby(["status", "reason"], sort=False):
        backends, ops = (", ".join(dict.fromkeys(part[column])) for column in ("backend", "op"))
        where = backends if part["op"].nunique() == cells["op"].nunique() else f"{backends} in {ops}"
        lines.append(f"{where}: {status}: {reason}")
    noisy = cells[cells["status"] == Status.NOISY]
    if len(noisy):
        where = ", ".join(dict.fromkeys(noisy["op"]))
        lines.append(
            f"{len(noisy)} of {len(cells)} cells, in {where}: noisy: other work on this machine disturbed "
            "half of their blocks or more in a round, so their speedups get no verdict"
        )
    return [Text(line, style="dim") for line in lines]


def _starred(cells: "pd.DataFrame") -> set[tuple[str, str]]:
    """Return the ops and backends whose figures cannot be read without their note."""
    noted = cells[(cells["reason"] != "") & (cells["status"] == Status.OK) & (cells["backend"] != BASELINE)]
    return set(zip(noted["op"], noted["backend"], strict=True))


def op_table(ops: "Iterable[Op]") -> RenderableType:
    """
    Return one line per op with what is timed of it for the span `call`.

    Parameters
    ----------
    ops : iterable of Op
        In the order in which they are shown.

    Returns
    -------
    Rich renderable
    """
    table = _table("", "op", "what is timed", "numpy", "torch-cuda", justify="left")
    for op in ops:
        texts = (backend_named(name).statement(op, Span.CALL) for name in ("numpy", "torch-cuda"))
        table.add_row(op.name, op.summary, *map(Text, texts))
    return table


def backend_table(missing: "Mapping[str, str]") -> RenderableType:
    """
    Return one line per backend.

    Parameters
    ----------
    missing : mapping of str to str
        By backend why this machine lacks it; empty where it is there.

    Returns
    -------
    Rich renderable
    """
    table = _table("", "backend", "on this machine", justify="left")
    for name, reason in missing.items():
        table.add_row(name, Text(reason or "yes"))  # a reason may have brackets
    return table


def flat_json(table: "pd.DataFrame") -> str:
    """
    Return a table as a JSON list of flat objects, one per line; what is unknown is null.

    Parameters
    ----------
    table : DataFrame
        Any of the project's tables.

    Returns
    -------
    str
    """
    rows = (
        {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in row.items()}
        for row in table.to_dict(orient="records")
    )
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]"


def _table(title: str, *columns: str, justify: 'Literal["left", "right"]' = "right") -> Table:
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, justify=justify, overflow="fold")
    return table


def _speedup(row: Any) -> Text:  # noqa: ANN401 - a row as pandas names it
    """Return a speedup with its interval and verdict, or why there is none."""
    if math.isnan(row.speedup):
        return Text(row.status, style="dim")
    interval = "" if math.isnan(row.low) else f" ({ratio(row.low)[:-1]} to {ratio(row.high)[:-1]})"
    noisy = " noisy" if row.status == "noisy" else ""
    return Text(f"{ratio(row.speedup)}{interval} {row.verdict}{noisy}", style=_STYLES[row.verdict])
