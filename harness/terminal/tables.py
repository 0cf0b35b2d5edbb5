"""Tables and sentences for a terminal. It takes values and returns what Rich can print."""

import json
import math
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from harness.answers.remarks import remarks
from harness.answers.sentences import curves, standing, without_baseline
from harness.answers.verdict import LEAST_DIFFERENCE
from harness.backends.table import BASELINE
from harness.model import TIMED, Status
from harness.units import byte_rate, flop_rate, interval, ratio, seconds, share, size

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    import pandas as pd

    from harness.validation.record import KnownError

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
        table = plain_table(f"{op}, {dtype}, {span}: speedup over {baseline}", "n", *heads)
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
    table = plain_table("", "op", "backend", "span", "answer", "smallest n", "largest n", justify="left")
    several, before, starred = len(set(crossovers["dtype"])) > 1, None, _starred(cells)
    for (_, _, op, dtype, backend, span), curve in curves(speedups, crossovers).items():
        points = curve.points[0], curve.points[-1]
        ends = [f"{ratio(point.speedup)} at {size(point.n)}{_noisy(point)}" for point in points]
        table.add_row(
            op if before != op else "",
            f"{backend} *" if (op, backend) in starred else backend,
            f"{span}, {dtype}" if several else span,
            standing(curve),
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
    heads = ("op", "backend", "span", "dtype", "n", "time", "95 % interval", "disturbed")
    table = plain_table("", *heads, "moved", "computed", "of ceiling", "status")
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
            byte_rate(row.bytes_per_second),
            flop_rate(row.flop_per_second),
            share(row.ceiling_share),
            Text(f"{row.status}: {row.reason}" if row.reason else row.status),
        )
    return table


def notes(
    cells: "pd.DataFrame", known: "KnownError | None", baseline: str = BASELINE
) -> list[RenderableType]:
    """
    Return what must be known to read the figures, and what could not be measured.

    Parameters
    ----------
    cells : DataFrame
        From `harness.load`.
    known : KnownError or None
        The A/A error of the cells' machine, as it was used by the verdicts.
    baseline : str, optional
        What the others were compared with.

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
    lines += without_baseline(cells, baseline)
    noisy = cells[cells["status"] == Status.NOISY]
    if len(noisy):
        where = ", ".join(dict.fromkeys(noisy["op"]))
        lines.append(
            f"{len(noisy)} of {len(cells)} cells, in {where}: noisy: other work on this machine disturbed "
            "half of their blocks or more in a round, so their speedups get no verdict"
        )
    return [Text(line, style="dim") for line in [*lines, _band(known)]]


def _band(known: "KnownError | None") -> str:
    """Return in words which difference a verdict had to clear."""
    if known is None:
        return (
            f"verdicts tell differences above {LEAST_DIFFERENCE:.0%}; this machine's own A/A error is not "
            "known, `harness validate` measures it"
        )
    quick = " by a quick validation" if known.quick else ""
    return (
        f"verdicts tell differences above {100 * max(LEAST_DIFFERENCE, known.error):.3g} %; this machine's "
        f"own A/A error was {known.error:.2%} on {known.when[:10]}{quick}"
    )


def _starred(cells: "pd.DataFrame") -> set[tuple[str, str]]:
    """Return the ops and backends whose figures cannot be read without their note."""
    noted = cells[(cells["reason"] != "") & cells["status"].isin(TIMED) & (cells["backend"] != BASELINE)]
    return set(zip(noted["op"], noted["backend"], strict=True))


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
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in flat_rows(table)) + "\n]"


def flat_rows(table: "pd.DataFrame") -> "Iterator[dict[str, Any]]":
    """
    Yield the rows of a table as flat objects in which None stands for what is unknown.

    Parameters
    ----------
    table : DataFrame
        Any of the project's tables.

    Yields
    ------
    dict
    """
    for row in table.to_dict(orient="records"):
        yield {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in row.items()}


def plain_table(title: str, *columns: str, justify: 'Literal["left", "right"]' = "right") -> Table:
    """Return an empty table with these columns."""
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, justify=justify, overflow="fold")
    return table


def _speedup(row: Any) -> Text:  # noqa: ANN401 - a row as pandas names it
    """Return a speedup with its interval and verdict, or why there is none."""
    if math.isnan(row.speedup):
        return Text(row.status, style="dim")
    return Text(
        f"{ratio(row.speedup)}{interval(row.low, row.high)} {row.verdict}{_noisy(row)}",
        style=_STYLES[row.verdict],
    )


def _noisy(row: Any) -> str:  # noqa: ANN401 - as above
    """Return the word that follows a speedup of which either side is noisy."""
    return " noisy" if row.status == Status.NOISY else ""
