"""The laws of a run's times, and from them what a call costs on each backend before it does anything."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from harness.advice.scaling_law import FEWEST, WORK, ScalingLaw, scaling_law
from harness.model import WAITED_FOR, Span
from harness.statistics.arrays import Floats

_CURVE = ["machine", "run", "op", "dtype", "backend", "span"]
_LAW = ["work", "latency", "per_unit", "per_unit_above", "knee", "error", "between_error"]
_RATES = ["bytes_per_second", "flop_per_second"]
_LOGARITHM = 0.25
"""By how much a logarithm may raise the power with which something grows, over the usual sizes."""
COLUMNS = [*_CURVE, "sizes", *_LAW, "told", *_RATES, *(f"{name}_above" for name in _RATES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCost:
    """
    What a backend's calls cost on a machine before they do anything.

    Attributes
    ----------
    backend : str
    ops : int
        How many ops tell of it.
    latency, least, most : float
        Seconds of a call, in the middle of the ops and of the quickest and the slowest of them.
    transfers : float
        Seconds by which a round trip takes longer, in the middle; NaN where no op tells.
    """

    backend: str
    ops: int
    latency: float
    least: float
    most: float
    transfers: float


def laws(cells: pd.DataFrame) -> pd.DataFrame:
    """
    Look for a law in each curve of times: what a call costs before it does anything, and what after that.

    Parameters
    ----------
    cells : DataFrame
        From `harness.load`.

    Returns
    -------
    DataFrame
        A row per machine, run, op, dtype, backend and span with six sizes or more; where nothing is moved,
        none of round trips:

        work : str
            How the time grows: 1, n, n log n, n^1.5 or n^2, as w in ``latency + per_unit * w(n)``.
        latency, per_unit : float
            In seconds.
        knee, per_unit_above : float
            From how many elements on a further unit takes how many seconds; infinite, and as below it, where
            there is no knee.
        error, between_error : float
            The largest relative error at a size that is left out, by the law and by a line between the
            neighbours of the size on logarithmic axes.
        told : bool
            Whether the law is as good as that line, and off by 25 % at most: else there is none.
        bytes_per_second, flop_per_second : float
            Of a further element up to the knee; NaN where nobody has counted, or nothing is moved.
        bytes_per_second_above, flop_per_second_above : float
            Of one beyond the knee; NaN without one.
    """
    timed = cells[cells["seconds"].notna()].sort_values(["op", "dtype", "backend", "span", "n"])
    rows = [
        (*key, len(curve), *(getattr(law, name) for name in _LAW), law.is_told, *_rates(law, curve))
        for key, curve in timed.groupby(_CURVE, sort=False)
        if len(curve) >= FEWEST and (law := _law(curve))
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    # Where nothing is moved a round trip is the call.
    return table[~table.drop(columns="span").duplicated()].reset_index(drop=True)


def call_costs(table: pd.DataFrame) -> Iterator[CallCost]:
    """Yield what calls cost on each backend of a machine, from its `laws`, of those that are told."""
    told = table[table["told"]]
    latencies = told.pivot_table("latency", ["backend", "op", "dtype"], "span").reindex(columns=WAITED_FOR)
    for backend, ops in latencies.groupby("backend", sort=False):
        calls = ops[Span.CALL].dropna()
        if len(calls):
            yield CallCost(
                backend=backend,
                ops=len(calls),
                latency=float(calls.median()),
                least=float(calls.min()),
                most=float(calls.max()),
                transfers=float((ops[Span.ROUND_TRIP] - ops[Span.CALL]).median()),
            )


def _law(curve: pd.DataFrame) -> ScalingLaw | None:
    """Return the law of a curve; none that outgrows the arithmetic, where that is counted."""
    sizes, seconds = (curve[name].to_numpy(dtype=np.float64) for name in ("n", "seconds"))
    flop = (curve["flop_per_second"] * curve["seconds"]).to_numpy()
    most = _exponent(sizes, flop) + _LOGARITHM if (flop > 0).all() else math.inf
    return scaling_law(
        sizes, seconds, [name for name, work in WORK.items() if _exponent(sizes, work(sizes)) <= most]
    )


def _exponent(sizes: Floats, done: Floats) -> float:
    """Return with what power of the size something grows."""
    return math.log(done[-1] / done[0]) / math.log(sizes[-1] / sizes[0])


def _rates(law: ScalingLaw, curve: pd.DataFrame) -> tuple[float, ...]:
    """Return bytes and flop per second of what is added up to the knee of a law, then beyond it."""
    sizes = curve["n"].to_numpy(dtype=np.float64)
    bend = int(np.searchsorted(sizes, law.knee)) if math.isfinite(law.knee) else len(sizes) - 1
    seconds = law.seconds(sizes)
    rates = []
    for first, last in ((0, bend), (bend, len(sizes) - 1)):
        longer = seconds[last] - seconds[first]
        for name in _RATES:
            done = (curve[name] * curve["seconds"]).to_numpy()
            rates.append(float((done[last] - done[first]) / longer) if longer > 0 else math.nan)
    return tuple(rates)
