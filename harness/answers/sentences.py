"""What a speedup curve says, in words: the one place where the answer is spelled."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, TypeVar

import numpy as np
import pandas as pd

from harness.model import TIMED, State, Status, Verdict
from harness.units import elements, interval, ratio, size

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
    status: str


_Row = TypeVar("_Row", Crossover, Point)


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A speedup curve with its crossovers."""

    baseline: str
    crossovers: tuple[Crossover, ...]
    """By size; at least one, which says so where the curve does not cross."""
    points: tuple[Point, ...]
    """Only sizes at which both have a time, by size."""


def curves(speedups: pd.DataFrame, crossovers: pd.DataFrame) -> dict[Key, Curve]:
    """
    Return the curves of any number of runs, in the order of the crossovers.

    Curves without any point are left out. Speedups and crossovers have to be of the same cells.
    """
    points = _by_curve(speedups[speedups["speedup"].notna()], Point)
    return {
        key: Curve(baseline=baseline, crossovers=tuple(rows), points=tuple(points[key][1]))
        for key, (baseline, rows) in _by_curve(crossovers, Crossover).items()
        if key in points
    }


def answer(spans: Mapping[str, Curve], near: str, far: str) -> str:
    """
    Return what there is to say of a backend in an op: of the span `near`, and of `far` where it differs.

    Such as ``"faster than numpy above 14 000 (11 000 to 18 000) elements. From and to NumPy arrays:
    never faster. At 16 Mi it is 41.0× as fast (39.0 to 43.0)"``.
    """
    curve = spans[near]
    parts = [standing(curve)]
    far_standing = standing(spans[far]) if far in spans else parts[0]
    if far_standing != parts[0]:
        parts.append(f"from and to NumPy arrays: {far_standing.replace(f' than {curve.baseline}', '', 1)}")
    parts.append(pace(curve.points[-1]))
    return ". ".join([parts[0], *(part[0].upper() + part[1:] for part in parts[1:])])


def pace(point: Point) -> str:
    """Return how fast a backend is at one size: ``"at 16 Mi it is 41.0× as fast (39.0 to 43.0), noisy"``."""
    noisy = ", noisy" if point.status == Status.NOISY else ""
    return f"at {size(point.n)} it is {ratio(point.speedup)} as fast{interval(point.low, point.high)}{noisy}"


def standing(curve: Curve) -> str:
    """
    Return where a backend is faster than the baseline, and where that is not known.

    Such as ``"faster than numpy above 14 000 (11 000 to 18 000) elements; unsure at 16 Mi"``.
    """
    baseline, first = curve.baseline, curve.crossovers[0]
    if first.state == State.ALWAYS:
        return f"faster than {baseline} at every size measured"
    if first.state == State.NEVER:
        return f"never faster than {baseline}"
    verdicts, sizes = [point.verdict for point in curve.points], [point.n for point in curve.points]
    if first.state == State.UNDECIDED:
        hint = "" if math.isnan(first.n) else f"; the curves cross near {elements(first.n)} elements"
        return _decided(verdicts, sizes, baseline) + hint
    return f"faster than {baseline} {_ranges(curve.crossovers)}{_open_ends(verdicts, sizes)}"


def without_baseline(cells: pd.DataFrame, baseline: str) -> list[str]:
    """Return a sentence for each dtype in which only others than the baseline have a time to compare."""
    sentences = []
    for dtype, of_dtype in cells.groupby("dtype", sort=False):
        timed = dict.fromkeys(of_dtype[of_dtype["status"].isin(TIMED)]["backend"])
        if not timed or baseline in timed:
            continue
        reasons = dict.fromkeys(of_dtype[of_dtype["backend"] == baseline]["reason"])
        reason = "; ".join(reasons) or "it was not measured"
        hint = f"; a baseline that has one is {next(iter(timed))}" if len(timed) > 1 else ""
        sentences.append(
            f"{dtype}: no speedup and no crossover, since {baseline} has no time: {reason}{hint}"
        )
    return sentences


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


def _ranges(crossovers: Sequence[Crossover]) -> str:
    """Return between which crossovers the backend is faster; they alternate between rise and fall."""
    parts, rise = [], ""
    for crossover in crossovers:
        low, high = crossover.low, crossover.high
        ends = "" if math.isnan(low) else f" ({elements(low)} to {elements(high)})"
        place = f"{elements(crossover.n)}{ends}"
        if crossover.faster == "above":
            rise = place
        else:
            parts.append(f"from {rise} to {place}" if rise else f"below {place}")
            rise = ""
    return " and ".join([*parts, f"above {rise}"] if rise else parts) + " elements"


def _open_ends(verdicts: Sequence[str], sizes: Sequence[int]) -> str:
    """Return at which smallest and largest sizes the curve has no side, where it is so."""
    sided = (Verdict.FASTER, Verdict.SLOWER)
    decided = [index for index, verdict in enumerate(verdicts) if verdict in sided]
    first, last = decided[0], decided[-1]
    before, after = _size_range(sizes[:first]), _size_range(sizes[last + 1 :])
    word = "the same" if set(verdicts[last + 1 :]) == {Verdict.SAME} else "unsure"
    return (f"; unsure at {before}" if before else "") + (f"; {word} at {after}" if after else "")


def _decided(verdicts: Sequence[str], sizes: Sequence[int], baseline: str) -> str:
    """Return the sizes at which an undecided curve has a side, if they are all on the same."""
    for side in (Verdict.FASTER, Verdict.SLOWER):
        indices = [index for index, verdict in enumerate(verdicts) if verdict == side]
        if indices and set(verdicts) <= {side, Verdict.UNSURE, Verdict.SAME}:
            first, last = indices[0], indices[-1]
            gapless = len(indices) == last - first + 1
            where = _size_range(sizes[first : last + 1]) if gapless else "some sizes"
            return f"{side} than {baseline} at {where}, undecided elsewhere"
    return "not decidable from these rounds"


def _size_range(sizes: Sequence[int]) -> str:
    """Return sizes in a row as a range; empty for none."""
    return " to ".join(dict.fromkeys(size(n) for n in (sizes[0], sizes[-1]))) if sizes else ""
