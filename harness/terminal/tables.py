"""The tables of the answers: speedups, crossovers and cells."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from harness.model import WAITED_FOR, Span, Status, Verdict
from harness.sentences.backend_answers import by_backend, joined
from harness.sentences.curves import Curve, curves, is_provisional, without_provisional
from harness.sentences.standing import standing
from harness.terminal.looks import VERDICT_STYLES, name_text, plain_table
from harness.terminal.notes import annotated_pairs
from harness.units import (
    NO_INTERVAL,
    byte_rate,
    flop_rate,
    interval,
    ratio,
    seconds,
    seconds_interval,
    share,
    size,
)

_SPAN_HEADS = {Span.CALL: "call", Span.ROUND_TRIP: "from and to NumPy arrays"}
_LIKEWISE = Text("likewise", style="dim")


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
            texts = (speedup_text(rows[name]) if name in rows else Text("–") for name in backends)
            table.add_row(size(int(n)), *texts)
        tables.append(table)
    return tables


def crossover_table(crossovers: pd.DataFrame, speedups: pd.DataFrame, cells: pd.DataFrame) -> Table:
    """
    Return one line per op and backend that says in words where it stands, the fastest backend first.

    A backend without any time has no line; `harness.terminal.notes.reading_notes` says why.
    """
    found = curves(speedups, crossovers)
    title = f"against {', '.join(dict.fromkeys(curve.baseline for curve in found.values()))}" if found else ""
    if found and all(is_provisional(curve) for curve in found.values()):
        # Said once, in place of in every line.
        found = {key: without_provisional(curve) for key, curve in found.items()}
        title += "; all of it is provisional: a quick run, or fewer than 4 rounds"
    spans = [span for span in WAITED_FOR if any(key[-1] == span for key in found)]
    heads = (_SPAN_HEADS[span] for span in spans)
    table = plain_table(title, "op", "backend", *heads, justify="left")
    several, op_above, starred = len(set(crossovers["dtype"])) > 1, None, annotated_pairs(cells)
    for (_, _, op, dtype), backends in by_backend(found).items():
        for backend, of_backend in backends.items():
            for head, told in _rows(_backend_head(op, backend, starred), of_backend):
                of_op = (op, dtype) if several else (op,)
                texts = (told.get(span, Text("–", style="dim")) for span in spans)
                of_line = Text(", ").join(map(name_text, of_op if of_op != op_above else ()))
                table.add_row(of_line, name_text(head), *texts)
                op_above = of_op
    return table


def cell_table(cells: pd.DataFrame) -> Table:
    """Return one line per cell with its time and what became of it."""
    heads = ("op", "backend", "span", "dtype", "n", "time", "95 % interval", "disturbed")
    table = plain_table("", *heads, "moved", "computed", "of ceiling", "status")
    for row in cells.itertuples():
        table.add_row(
            name_text(row.op),
            name_text(row.backend),
            row.span,
            name_text(row.dtype),
            size(row.n),
            seconds(row.seconds),
            _time_interval(row),
            "–" if math.isnan(row.disturbed) else f"{row.disturbed:.0%}",
            byte_rate(row.bytes_per_second),
            flop_rate(row.flop_per_second),
            share(row.ceiling_share),
            Text(f"{row.status}: {row.reason}" if row.reason else row.status),
        )
    return table


def _time_interval(row: Any) -> str:  # noqa: ANN401 - a row as pandas names it
    """Return the interval of a cell's time, or why it tells nothing."""
    text = seconds_interval(row.low, row.high)
    return f"{text}: {row.rounds} rounds" if text == NO_INTERVAL else text


def _rows(head: str, spans: Mapping[str, Curve]) -> Iterator[tuple[str, dict[str, Text]]]:
    """Yield the rows of a backend: its call and round trip side by side, then the device's own spans."""
    both = joined(spans)
    if both is not None:
        yield head, {Span.CALL: Text(standing(both, named=False)), Span.ROUND_TRIP: _LIKEWISE}
    elif any(span in spans for span in WAITED_FOR):
        yield head, {span: Text(standing(spans[span], named=False)) for span in WAITED_FOR if span in spans}
    for span in (span for span in spans if span not in WAITED_FOR):
        yield f"{head}, {span}", {Span.CALL: Text(standing(spans[span], named=False))}


def _backend_head(op: str, backend: str, starred: set[tuple[str, str]]) -> str:
    """Return the name of a backend, with an asterisk where its figures of an op need their note."""
    return f"{backend} *" if (op, backend) in starred else backend


def speedup_text(row: Any) -> Text:  # noqa: ANN401 - a row as pandas names it
    """Return a speedup with its interval and verdict, or why there is none."""
    if math.isnan(row.speedup):
        return Text(row.status, style="dim")
    little = " provisional" if row.provisional and row.verdict != Verdict.UNSURE else ""
    text = Text(
        f"{ratio(row.speedup)}{interval(row.low, row.high)} {row.verdict}{_noisy(row)}{little}",
        style=VERDICT_STYLES[row.verdict],
    )
    busy = "" if math.isnan(row.busy) else f"{ratio(row.busy)} while others use the core"
    more = row.reason or busy
    return text.append(f"\n{more}", style="dim") if more else text


def _noisy(row: Any) -> str:  # noqa: ANN401 - as above
    """Return the word that follows a speedup of which either side is noisy."""
    return " noisy" if row.status == Status.NOISY else ""
