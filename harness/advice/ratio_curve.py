"""A curve of log speedups over size, and what it says at sizes between or beside those that were measured."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from harness.answers.reasons import SPOILED
from harness.model import Span
from harness.statistics.arrays import Floats, Marks
from harness.statistics.confidence import t_quantile

BEYOND = 4.0
"""How many times beyond the measured sizes a curve still says something."""
_FREEDOM_OF_BENDS = 3
"""Degrees of freedom of how far a curve bends away from a line: two of its points tell of that."""
_FARTHEST = 100.0
"""How far an interval without an end reaches, as a logarithm."""


class Basis(StrEnum):
    """What a figure at a size rests on."""

    MEASURED = "measured"
    INTERPOLATED = "interpolated"
    EXTRAPOLATED = "extrapolated"


def weakest(bases: Collection[Basis]) -> Basis:
    """Return the weakest of some, on which what follows from all of them rests."""
    return [basis for basis in Basis if basis in bases][-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """
    Log speedups and how far their 95 % intervals reach below and above them, of one shape.

    Attributes
    ----------
    logs, below, above : array of float
    """

    logs: Floats
    below: Floats
    above: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioCurve:
    """
    The log speedups of one contender in one span.

    Attributes
    ----------
    places : array of float, of shape (points,)
        Logarithms of the sizes, ascending.
    logs, below, above : array of float, of shape (points,)
        Log speedups, and how far their 95 % intervals reach below and above them.
    """

    places: Floats
    logs: Floats
    below: Floats
    above: Floats

    def basis(self, n: float) -> Basis | None:
        """Return what a speedup at a size rests on; None further than `BEYOND` times from those measured."""
        at, slack = math.log(n), math.log(BEYOND)
        if not self.places[0] - slack <= at <= self.places[-1] + slack:
            return None
        if not self.places[0] <= at <= self.places[-1]:
            return Basis.EXTRAPOLATED
        return Basis.MEASURED if np.isclose(self.places, at, rtol=0, atol=1e-9).any() else Basis.INTERPOLATED

    def at(self, sizes: Floats) -> Estimates:
        """
        Return the log speedups at sizes, each at most `BEYOND` times from those measured.

        Notes
        -----
        Between two sizes the log speedup is taken as linear in log n, as a crossover takes it. By how much
        that may be wrong the curve itself tells: each of the two points that has two neighbours is left out;
        what the line between these misses it by, times the gap over both gaps, is how far the curve may bend
        away half-way, and 4 u (1 - u) of that at the part u of the gap. It is taken as a standard error with
        3 degrees of freedom, since two points say little: so intervals held 96 % of 792 speedups that were
        left out of two runs (`harness advise --score`); with that of a normal distribution, 91 %.

        Beyond its ends a curve is kept level, and may rise or fall as it did between its last two points.
        """
        at = np.log(sizes)
        inside = np.clip(at, self.places[0], self.places[-1])
        weights = np.array([np.interp(inside, self.places, row) for row in np.eye(len(self.places))])
        bend = t_quantile(_FREEDOM_OF_BENDS) * self._bend(inside)
        beyond = self._beyond(at - inside)
        below, above = (
            np.sqrt((weights**2).T @ reach**2 + bend**2) + beyond for reach in (self.below, self.above)
        )
        return Estimates(logs=self.logs @ weights, below=below, above=above)

    def _bend(self, at: Floats) -> Floats:
        """Return how far the curve may be from the lines between its points."""
        x, y = self.places, self.logs
        if len(x) == 1:
            return np.zeros_like(at)
        gaps = np.diff(x)
        # What the line over each inner point misses it by, for each unit of the gaps beside it.
        missed = np.abs((y[:-2] * gaps[1:] + y[2:] * gaps[:-1]) / (gaps[1:] + gaps[:-1]) - y[1:-1])
        by_unit = np.concatenate([[0.0], missed / (gaps[1:] + gaps[:-1]), [0.0]])
        bends = np.maximum(by_unit[:-1], by_unit[1:]) * gaps if len(missed) else np.abs(np.diff(y)) / 2
        gap = np.clip(np.searchsorted(x, at) - 1, 0, len(gaps) - 1)
        part = (at - x[gap]) / gaps[gap]
        reach: Floats = 4 * part * (1 - part) * bends[gap]
        return reach

    def _beyond(self, distance: Floats) -> Floats:
        """Return how far the curve may be from level at a distance beyond its ends, in log sizes."""
        if len(self.places) == 1:
            return np.abs(distance)
        first, last = (np.diff(self.logs) / np.diff(self.places))[[0, -1]]
        reach: Floats = np.abs(distance * np.where(distance < 0, first, last))
        return reach


def ratio_curves(speedups: pd.DataFrame) -> dict[tuple[str, str], RatioCurve]:
    """
    Return the curves of `harness.speedup`'s rows of one op and dtype, by backend and span.

    Without what other work spoiled: that reads up to 600 times too slow, and as surely in every round.
    """
    timed = speedups[speedups["speedup"].notna() & ~is_spoiled(speedups)].sort_values("n")
    return {key: _curve(rows) for key, rows in timed.groupby(["backend", "span"], sort=False)}


def is_spoiled(speedups: pd.DataFrame) -> Marks:
    """Return which speedups are of several threads that no pass had to themselves."""
    marks: Marks = speedups["reason"].astype(str).str.startswith(SPOILED).to_numpy()
    return marks


def call_and_trip(curves: Mapping[tuple[str, str], RatioCurve]) -> dict[str, tuple[RatioCurve, RatioCurve]]:
    """Return the curves of calls and of round trips by backend, of those that have both."""
    return {
        backend: (call, trip)
        for (backend, span), call in curves.items()
        if span == Span.CALL and (trip := curves.get((backend, str(Span.ROUND_TRIP))))
    }


def _curve(rows: pd.DataFrame) -> RatioCurve:
    """Return the curve of rows by size."""
    columns = (rows[name].to_numpy(dtype=np.float64) for name in ("n", "speedup", "low", "high"))
    with np.errstate(divide="ignore"):  # an interval may have no end
        places, logs, lows, highs = map(np.log, columns)
    below, above = (np.minimum(reach, _FARTHEST) for reach in (logs - lows, highs - logs))
    return RatioCurve(places=places, logs=logs, below=below, above=above)
