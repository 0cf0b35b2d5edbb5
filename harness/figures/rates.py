"""An op's times as rates beside the ceilings of its devices: the curves, which rate tells, its name.

It knows frames and backends; it draws nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from harness import units
from harness.figures.curves import Curve, curves_of, names
from harness.machine.ceilings import ceiling_name
from harness.model import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCurves:
    """
    What the lower panels of an op's figure show, for the span `call`.

    Attributes
    ----------
    column : str
        The column of the frame that holds the rate.
    rates, shares : list of Curve
        The rate of each backend, and its share of the ceiling.
    ceilings : list of Curve
        The rate that a device allows at each size, named after the device and its threads.
    whole : Curve
        What the shares are of.
    title : str
        What the rate is.
    text : callable
        Writes a rate without its unit, which the title has.
    """

    column: str
    rates: list[Curve]
    shares: list[Curve]
    ceilings: list[Curve]
    whole: Curve
    title: str
    text: Callable[[float], str]


def rate_curves(cells: pd.DataFrame, op: str) -> RateCurves | None:
    """
    Return the rates of an op.

    Parameters
    ----------
    cells : DataFrame
        From `harness.load`, of one run and dtype.
    op : str
        Which op.

    Returns
    -------
    RateCurves or None
        None where no cell has a share of a ceiling. The rate is that of arithmetic where a call of the
        largest size does more operations than it moves bytes, else that of memory.
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
    allowed = rows.assign(allowed=rows[column] / rows["ceiling_share"], low=np.nan, high=np.nan)
    ceilings = _ceilings(allowed, op)
    return RateCurves(
        column=column,
        rates=curves_of(scaled[column], column, op),
        shares=curves_of(scaled["ceiling_share"], "ceiling_share", op),
        ceilings=ceilings,
        whole=replace(ceilings[0], backend="ceiling", value=np.ones_like(ceilings[0].n)),
        title="FLOP per second" if computes else "bytes per second",
        text=lambda rate: units.byte_rate(rate).removesuffix("B/s"),
    )


def _ceilings(allowed: pd.DataFrame, op: str) -> list[Curve]:
    """Return what the devices allow, once for all backends that share a device and a number of threads."""
    found: dict[str, Curve] = {}
    for backend in names(allowed, "backend"):
        (curve,) = curves_of(allowed[allowed["backend"] == backend], "allowed", op)
        name = ceiling_name(backend)
        if name not in found or len(found[name].n) < len(curve.n):
            found[name] = replace(curve, backend=name)
    return list(found.values())
