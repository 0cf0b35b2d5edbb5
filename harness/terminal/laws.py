"""The laws of times as a table, and what a call costs on each backend as sentences."""

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from harness.advice.laws import CallCost, call_costs
from harness.advice.scaling_law import CONSTANT, MOST_ERROR
from harness.terminal.looks import name_text, plain_table
from harness.units import byte_rate, elements, flop_rate, seconds

_HEADS = ("op", "backend", "span", "time of n elements", "rate of those added", "off by")


def law_table(laws: pd.DataFrame) -> Table:
    """Return a line per law that is told."""
    several, above = len(set(laws["dtype"])) > 1, None
    table = plain_table("", *_HEADS, justify="left")
    for law in laws[laws["told"]].itertuples():
        op = f"{law.op}, {law.dtype}" if several else law.op
        texts = Text(_formula(law)), Text(_rates(law)), Text(f"{law.error:.0%}")
        table.add_row(name_text(op if op != above else ""), name_text(law.backend), law.span, *texts)
        above = op
    return table


def law_notes(laws: pd.DataFrame) -> Iterator[Text]:
    """Yield what a call costs on each backend, how many curves have no law, and what the errors are of."""
    yield from (Text(_cost(cost)) for cost in call_costs(laws))
    yield Text(
        f"{int(laws['told'].sum())} of {len(laws)} curves follow a law. The others bend more than once, as "
        f"where caches end or threads begin: it would be off by more than {MOST_ERROR:.0%}, or than a line "
        "between neighbouring sizes. Off by: the largest error at a size that was left out."
    )


def _cost(cost: CallCost) -> str:
    """Return what a call costs on a backend before it does anything."""
    of = f", {seconds(cost.least)} to {seconds(cost.most)} over {cost.ops} ops" if cost.ops > 1 else ""
    trip = "" if math.isnan(cost.transfers) else f"; a round trip {seconds(cost.transfers)} more"
    return f"{cost.backend}: a call takes {seconds(cost.latency)} before it does anything{of}{trip}"


def _formula(law: Any) -> str:  # noqa: ANN401 - a row as pandas names it
    """Return a law as ``"203 ns + 0.389 ns × n; from 1.0 M on 1.19 ns"``."""
    if law.work == CONSTANT:
        return seconds(law.latency)
    text = f"{seconds(law.latency)} + {seconds(law.per_unit)} × {law.work}"
    return text + (_from(law, seconds(law.per_unit_above)) if math.isfinite(law.knee) else "")


def _rates(law: Any) -> str:  # noqa: ANN401 - as above
    """Return at what rate a law goes on: of arithmetic where that outgrows what is moved."""
    rate, of = (flop_rate, "flop") if law.work in ("n^1.5", "n^2") else (byte_rate, "bytes")
    below, above = (getattr(law, f"{of}_per_second{side}") for side in ("", "_above"))
    return rate(below) + ("" if math.isnan(above) else _from(law, rate(above)))


def _from(law: Any, text: str) -> str:  # noqa: ANN401 - as above
    """Return what holds from the knee of a law on."""
    return f"; from {elements(law.knee)} on {text}"
