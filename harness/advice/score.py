"""How right the advice was: what curves say of sizes that they lack, beside what was measured there."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from harness.advice.ratio_curve import Basis, RatioCurve, ratio_curves

_CURVE = ["op", "dtype", "backend", "span"]
COLUMNS = [*_CURVE, "n", "basis", "predicted", "low", "high", "measured"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """
    How far predicted speedups are from measured ones.

    Attributes
    ----------
    predictions : int
    median, most : float
        Relative error that a half, and 95 %, of them stay below; NaN without any.
    held : float
        Share of them whose 95 % interval holds what was measured, as well as that is known.
    """

    predictions: int
    median: float
    most: float
    held: float


def left_out(speedups: pd.DataFrame) -> pd.DataFrame:
    """
    Return what each curve says of each of its sizes but the first and the last from the others.

    Parameters
    ----------
    speedups : DataFrame
        Of one run, from `harness.speedup`.

    Returns
    -------
    DataFrame
        With the columns `COLUMNS`: speedups, and the interval in which the measured one should be.
    """
    rows = [
        (*key, *row)
        for key, curve in _curves(speedups)
        for at in range(1, len(curve.places) - 1)
        for row in _predictions(_without(curve, at), curve, [at])
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def overtaken(runs: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """
    Return what runs said of sizes that only the next run measured.

    Parameters
    ----------
    runs : sequence of DataFrame
        The speedups of each, of one machine and in order of time.

    Returns
    -------
    DataFrame
        As that of `left_out`.
    """
    rows = [
        (*key, *row)
        for earlier, later in pairwise(runs)
        for known in [dict(_curves(earlier))]
        for key, curve in _curves(later)
        if key in known
        for row in _predictions(known[key], curve, range(len(curve.places)))
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def score(predictions: pd.DataFrame) -> Score:
    """Return how far predictions are from what was measured."""
    errors = np.expm1(np.abs(np.log(predictions["predicted"] / predictions["measured"])))
    held = (predictions["low"] <= predictions["measured"]) & (predictions["measured"] <= predictions["high"])
    median, most = errors.quantile([0.5, 0.95]).tolist() if len(errors) else (np.nan, np.nan)
    return Score(predictions=len(errors), median=median, most=most, held=float(held.mean()))


def _curves(speedups: pd.DataFrame) -> Iterator[tuple[tuple[str, ...], RatioCurve]]:
    """Yield the curves of a run with their names."""
    for op, rows in speedups.groupby(["op", "dtype"], sort=False):
        for key, curve in ratio_curves(rows).items():
            yield (*op, *key), curve


def _without(curve: RatioCurve, at: int) -> RatioCurve:
    """Return a curve without one of its sizes."""
    names = ("places", "logs", "below", "above")
    return RatioCurve(**{name: np.delete(getattr(curve, name), at) for name in names})


def _predictions(
    known: RatioCurve, measured: RatioCurve, at: Sequence[int]
) -> Iterator[tuple[int, Basis, float, float, float, float]]:
    """Yield what a curve says at the sizes of another that it lacks, and what that has there."""
    for index in at:
        n = float(np.exp(measured.places[index]))
        basis = known.basis(n)
        if basis in (None, Basis.MEASURED):
            continue
        told, truth = known.at(np.array([n])), float(measured.logs[index])
        # What was measured there is not known exactly, either.
        low = told.logs[0] - math.hypot(told.below[0], measured.above[index])
        high = told.logs[0] + math.hypot(told.above[0], measured.below[index])
        yield round(n), basis, *np.exp([told.logs[0], low, high, truth]).tolist()
