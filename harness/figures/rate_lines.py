"""An op's times as rates beside the ceilings of its devices: their lines, which rate tells, its name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from harness import units
from harness.answers.labels import relabelled
from harness.figures.lines import Line, distinct, lines_of
from harness.machine.ceilings import ceiling_name
from harness.model import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLines:
    """What the lower panels of an op's figure show, for the span `call`."""

    rates: list[Line]
    shares: list[Line]  # of the ceiling
    ceilings: list[Line]  # what a device allows at each size, named after the device and its threads
    full_share: Line  # the line at 1
    title: str
    tick_text: Callable[[float], str]  # without the unit, which the title has


def rate_lines(cells: pd.DataFrame, op: str, shown: Mapping[str, str]) -> RateLines | None:
    """
    Return the rates of an op in one run and dtype; None where no cell has a share of a ceiling.

    The rate is that of arithmetic where a call of the largest size does more operations than it moves
    bytes, else that of memory. The lines are named as labels are `shown`.
    """
    rows = cells[(cells["op"] == op) & (cells["span"] == Span.CALL)]
    if "ceiling_share" not in rows or not (rows["ceiling_share"] > 0).any():
        return None
    rows = rows[rows["ceiling_share"] > 0].sort_values("n")
    moved, flop = rows.iloc[-1][["bytes_per_second", "flop_per_second"]]
    computes = flop > moved or np.isnan(moved)
    column = "flop_per_second" if computes else "bytes_per_second"
    scaled = {
        name: rows.assign(
            low=rows[name] * rows["seconds"] / rows["high"], high=rows[name] * rows["seconds"] / rows["low"]
        )
        for name in (column, "ceiling_share")
    }
    ceilings = _ceilings(
        rows.assign(allowed=rows[column] / rows["ceiling_share"], low=np.nan, high=np.nan), op
    )
    return RateLines(
        rates=lines_of(relabelled(scaled[column], shown), column, op),
        shares=lines_of(relabelled(scaled["ceiling_share"], shown), "ceiling_share", op),
        ceilings=ceilings,
        full_share=replace(ceilings[0], backend="ceiling", value=np.ones_like(ceilings[0].n)),
        title="FLOP per second" if computes else "bytes per second",
        tick_text=lambda rate: units.byte_rate(rate).removesuffix("B/s"),
    )


def _ceilings(allowed: pd.DataFrame, op: str) -> list[Line]:
    """Return what the devices allow, once for all backends that share a device and a number of threads."""
    ceilings: dict[str, Line] = {}
    for backend in distinct(allowed, "backend"):
        (line,) = lines_of(allowed[allowed["backend"] == backend], "allowed", op)
        name = ceiling_name(backend)
        if name not in ceilings or len(ceilings[name].n) < len(line.n):
            ceilings[name] = replace(line, backend=name)
    return list(ceilings.values())
