"""Which backend to take from what size to what size."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pandas as pd

from harness.advice.chain import log_speedups_of_one
from harness.advice.ratio_curve import Estimates, RatioCurve, call_and_trip, ratio_curves
from harness.answers.labels import ONE_THREAD
from harness.answers.verdict import MARGIN
from harness.model import Span
from harness.statistics.arrays import Floats, Ints, Marks

_STEPS = 200
"""Sizes at which the choice is made, in equal steps of log n: 7 % apart over the usual sizes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """
    Sizes at which the same backend is to be taken.

    Attributes
    ----------
    backend : str
    low, high : float
        Between which sizes, in elements.
    sure_low, sure_high : float
        Between which of these no other can be faster by more than the margin, as far as is known; NaN where
        that is nowhere so.
    """

    backend: str
    low: float
    high: float
    sure_low: float
    sure_high: float


def regions(speedups: pd.DataFrame, margin: float = MARGIN, calls: float = 1) -> list[Region]:
    """
    Return which backend to take at the sizes of one op and dtype, in order.

    Parameters
    ----------
    speedups : DataFrame
        From `harness.speedup`.
    margin : float
        Relative difference that is none in practice: of the backends within it of the fastest, that one is
        taken which asks for the least: the baseline, else one on one thread.
    calls : float
        Calls per transfer; infinite for calls alone.

    Returns
    -------
    list of Region
        Empty where no backend has a time in both spans, or all have them at one size.
    """
    pairs = call_and_trip(ratio_curves(speedups))
    if not pairs:
        return []
    ends = np.array([curve.places[[0, -1]] for pair in pairs.values() for curve in pair])
    places = np.linspace(ends[:, 0].min(), ends[:, 1].max(), _STEPS)
    if places[0] == places[-1]:
        return []
    names = sorted(pairs, key=lambda name: (not name.endswith(ONE_THREAD), name))
    level = np.zeros(_STEPS)
    every = [Estimates(logs=level, below=level, above=level)]
    every += [_speedups(pairs[name], places, calls) for name in names]
    logs = np.stack([one.logs for one in every])
    slack = np.log1p(margin)
    chosen = np.argmax(logs + slack >= logs.max(axis=0), axis=0)
    at = chosen, np.arange(_STEPS)
    below, above = (np.stack([getattr(one, side) for one in every]) for side in ("below", "above"))
    # How much faster each other may be than the one that is taken.
    most = logs - logs[at] + np.hypot(above, below[at])
    most[at] = 0
    baseline = str(speedups["baseline"].iloc[0])
    return _regions([baseline, *names], np.exp(places), chosen, most.max(axis=0) <= slack)


def regions_by_op(
    speedups: pd.DataFrame, margin: float = MARGIN, calls: float = 1
) -> dict[tuple[str, str], dict[Span, list[Region]]]:
    """Return the regions of every op and dtype: of calls alone, and of so many calls with one transfer."""
    return {
        key: {Span.CALL: regions(rows, margin, math.inf), Span.ROUND_TRIP: regions(rows, margin, calls)}
        for key, rows in speedups.groupby(["op", "dtype"], sort=False)
    }


def _speedups(pair: tuple[RatioCurve, RatioCurve], places: Floats, calls: float) -> Estimates:
    """Return the log speedups at places; where a curve does not reach, that nothing is faster by it."""
    call, trip = (curve.at(np.exp(places)) for curve in pair)
    told = log_speedups_of_one(call, trip, calls)
    reached = np.all([(curve.places[0] <= places) & (places <= curve.places[-1]) for curve in pair], axis=0)
    return Estimates(
        logs=np.where(reached, told.logs, -np.inf),
        below=np.where(reached, told.below, 0),
        above=np.where(reached, told.above, 0),
    )


def _regions(names: Sequence[str], sizes: Floats, chosen: Ints, sure: Marks) -> list[Region]:
    """Return the runs of equal choices, which meet half-way between two sizes."""
    edges = np.sqrt(sizes[1:] * sizes[:-1])
    found: list[Region] = []
    for index, run in groupby(range(len(sizes)), key=lambda at: int(chosen[at])):
        places = list(run)
        certain = [sizes[at] for at in places if sure[at]]
        first, last = places[0], places[-1]
        found.append(
            Region(
                backend=names[index],
                low=float(sizes[0] if first == 0 else edges[first - 1]),
                high=float(sizes[-1] if last == len(sizes) - 1 else edges[last]),
                sure_low=float(min(certain, default=np.nan)),
                sure_high=float(max(certain, default=np.nan)),
            )
        )
    return found
