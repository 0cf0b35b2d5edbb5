"""A speedup curve as values: its points and its crossovers, gathered from the frames of the answers."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple, TypeVar

import numpy as np
import pandas as pd

from harness.model import Verdict

KEY = ["machine", "run", "op", "dtype", "backend", "span"]
"""What tells the curves over one baseline apart."""
Key = tuple[str, str, str, str, str, str]


class Crossover(NamedTuple):
    """A row of `harness.crossover` without the names of its curve."""

    state: str
    n: float
    low: float
    high: float
    faster: str


class Point(NamedTuple):
    """A row of `harness.speedup` without the names of its curve."""

    n: int
    speedup: float
    low: float
    high: float
    verdict: str
    provisional: bool
    busy: float
    reason: str


_Row = TypeVar("_Row", Crossover, Point)


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A speedup curve with its crossovers."""

    baseline: str
    crossovers: tuple[Crossover, ...]
    """By size; at least one, which says so where the curve does not cross."""
    points: tuple[Point, ...]
    """Only sizes at which both have a time, by size."""
    counts_elements: bool = True
    """Whether a size is the elements of an operand; else it is what makes the operands of it."""


def curves(
    speedups: pd.DataFrame, crossovers: pd.DataFrame, *, counts_elements: bool = True
) -> dict[Key, Curve]:
    """
    Return the curves of any number of runs, in the order of the crossovers.

    Curves without any point are left out. Speedups and crossovers have to be of the same cells.
    """
    points = _by_curve(speedups[speedups["speedup"].notna()], Point)
    return {
        key: Curve(
            baseline=baseline,
            crossovers=tuple(rows),
            points=tuple(points[key][1]),
            counts_elements=counts_elements,
        )
        for key, (baseline, rows) in _by_curve(crossovers, Crossover).items()
        if key in points
    }


def is_provisional(curve: Curve) -> bool:
    """Whether all that a curve says rests on little."""
    return all(point.provisional for point in curve.points if point.verdict != Verdict.UNSURE)


def without_provisional(curve: Curve) -> Curve:
    """Return a curve of which it is said elsewhere that it rests on little."""
    return replace(curve, points=tuple(point._replace(provisional=False) for point in curve.points))


def _by_curve(table: pd.DataFrame, row: type[_Row]) -> dict[Key, tuple[str, list[_Row]]]:
    """Return the baseline and the rows of each curve by size, in the order of their first rows."""
    if table.empty:
        return {}
    code = table.groupby([*KEY, "baseline"], sort=False).ngroup().to_numpy()
    order = np.lexsort((table["n"].to_numpy(), code))
    rows = list(map(row, *(table[name].to_numpy()[order].tolist() for name in row._fields)))
    starts: list[int] = np.unique(code[order], return_index=True)[1].tolist()
    keys = zip(*(table[name].to_numpy()[order[starts]].tolist() for name in KEY), strict=True)
    baselines = table["baseline"].to_numpy()[order[starts]].tolist()
    bounds = pairwise([*starts, len(rows)])
    return {
        key: (baseline, rows[begin:end])
        for key, baseline, (begin, end) in zip(keys, baselines, bounds, strict=True)
    }
