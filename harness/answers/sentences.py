"""What a speedup curve says, in words: the one place where the answer is spelled."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from harness.model import TIMED, State, Status, Verdict
from harness.units import elements, interval, ratio, size

KEY = ["machine", "run", "op", "dtype", "backend", "span"]
"""What tells the curves over one baseline apart."""
Key = tuple[str, str, str, str, str, str]


class Crossing(NamedTuple):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """
    A speedup curve with its crossings.

    Attributes
    ----------
    baseline : str
        What it is relative to.
    crossings : tuple of Crossing
        By size; at least one, which says so where the curve does not cross.
    points : tuple of Point
        The sizes at which both have a time, by size.
    """

    baseline: str
    crossings: tuple[Crossing, ...]
    points: tuple[Point, ...]


def curves(speedups: pd.DataFrame, crossovers: pd.DataFrame) -> dict[Key, Curve]:
    """
    Return the curves of any number of runs.

    Parameters
    ----------
    speedups, crossovers : DataFrame
        What `harness.speedup` and `harness.crossover` make of the same cells.

    Returns
    -------
    dict of Key to Curve
        In the order of the crossovers; curves without any point are left out.
    """
    points = _parted(speedups[speedups["speedup"].notna()], Point)
    return {
        key: Curve(baseline=baseline, crossings=tuple(crossings), points=tuple(points[key][1]))
        for key, (baseline, crossings) in _parted(crossovers, Crossing).items()
        if key in points
    }


def answer(spans: Mapping[str, Curve], near: str, far: str) -> str:
    """
    Return what there is to say of a backend in an op.

    Parameters
    ----------
    spans : mapping of str to Curve
        Its curves by span; `near` has to be there.
    near, far : str
        The span that the sentence is of, and the one that is told where it differs.

    Returns
    -------
    str
        Such as ``"faster than numpy above 14 000 (11 000 to 18 000) elements. From and to NumPy arrays:
        never faster. At 16 Mi it is 41.0× as fast (39.0 to 43.0)"``.
    """
    curve = spans[near]
    parts = [standing(curve)]
    other = standing(spans[far]) if far in spans else parts[0]
    if other != parts[0]:
        parts.append(f"from and to NumPy arrays: {other.replace(f' than {curve.baseline}', '', 1)}")
    parts.append(pace(curve.points[-1]))
    return ". ".join([parts[0], *(part[0].upper() + part[1:] for part in parts[1:])])


def pace(point: Point) -> str:
    """
    Return how fast a backend is at one size.

    Parameters
    ----------
    point : Point
        Of its curve.

    Returns
    -------
    str
        Such as ``"at 16 Mi it is 41.0× as fast (39.0 to 43.0), noisy"``.
    """
    noisy = ", noisy" if point.status == Status.NOISY else ""
    return f"at {size(point.n)} it is {ratio(point.speedup)} as fast{interval(point.low, point.high)}{noisy}"


def standing(curve: Curve) -> str:
    """
    Return where a backend is faster than the baseline, and where that is not known.

    Parameters
    ----------
    curve : Curve
        From `curves`.

    Returns
    -------
    str
        Such as ``"faster than numpy above 14 000 (11 000 to 18 000) elements; unsure at 16 Mi"``.
    """
    over, first = curve.baseline, curve.crossings[0]
    if first.state == State.ALWAYS:
        return f"faster than {over} at every size measured"
    if first.state == State.NEVER:
        return f"never faster than {over}"
    verdicts, sizes = [point.verdict for point in curve.points], [point.n for point in curve.points]
    if first.state == State.UNDECIDED:
        hint = "" if math.isnan(first.n) else f"; the curves cross near {elements(first.n)} elements"
        return _decided(verdicts, sizes, over) + hint
    return f"faster than {over} {_ranges(curve.crossings)}{_open_ends(verdicts, sizes)}"


def without_baseline(cells: pd.DataFrame, baseline: str) -> list[str]:
    """
    Return in which dtypes nothing can be compared, since the baseline has no time in them.

    Parameters
    ----------
    cells : DataFrame
        From `harness.load`.
    baseline : str
        What the others are compared with.

    Returns
    -------
    list of str
        A sentence per dtype in which others have a time.
    """
    told = []
    for dtype, own in cells.groupby("dtype", sort=False):
        timed = dict.fromkeys(own[own["status"].isin(TIMED)]["backend"])
        if not timed or baseline in timed:
            continue
        why = "; ".join(dict.fromkeys(own[own["backend"] == baseline]["reason"])) or "it was not measured"
        other = f"; a baseline that has one is {next(iter(timed))}" if len(timed) > 1 else ""
        told.append(f"{dtype}: no speedup and no crossover, since {baseline} has no time: {why}{other}")
    return told


def _parted(table: pd.DataFrame, kind: Any) -> dict[Key, tuple[str, list[Any]]]:  # noqa: ANN401 - either tuple
    """Return the baseline and the rows of each curve by size, in the order of their first rows."""
    if table.empty:
        return {}
    code = table.groupby([*KEY, "baseline"], sort=False).ngroup().to_numpy()
    order = np.lexsort((table["n"].to_numpy(), code))
    rows = list(map(kind, *(table[name].to_numpy()[order].tolist() for name in kind._fields)))
    firsts = np.unique(code[order], return_index=True)[1]
    heads = zip(*(table[name].to_numpy()[order[firsts]].tolist() for name in KEY), strict=True)
    over = table["baseline"].to_numpy()[order[firsts]].tolist()
    ends = pairwise([*firsts.tolist(), len(rows)])
    return {
        head: (baseline, rows[begin:end])
        for head, baseline, (begin, end) in zip(heads, over, ends, strict=True)
    }


def _ranges(crossings: Sequence[Crossing]) -> str:
    """Return between which crossings the backend is faster; they alternate between rise and fall."""
    parts, rise = [], ""
    for crossing in crossings:
        wide = "" if math.isnan(crossing.low) else f" ({elements(crossing.low)} to {elements(crossing.high)})"
        at = f"{elements(crossing.n)}{wide}"
        if crossing.faster == "above":
            rise = at
        else:
            parts.append(f"from {rise} to {at}" if rise else f"below {at}")
            rise = ""
    return " and ".join([*parts, f"above {rise}"] if rise else parts) + " elements"


def _open_ends(verdicts: Sequence[str], sizes: Sequence[int]) -> str:
    """Return at which smallest and largest sizes the curve has no side, where it is so."""
    decided = [at for at, verdict in enumerate(verdicts) if verdict in (Verdict.FASTER, Verdict.SLOWER)]
    first, last = decided[0], decided[-1]
    before, after = _span(sizes[:first]), _span(sizes[last + 1 :])
    word = "the same" if set(verdicts[last + 1 :]) == {Verdict.SAME} else "unsure"
    return (f"; unsure at {before}" if before else "") + (f"; {word} at {after}" if after else "")


def _decided(verdicts: Sequence[str], sizes: Sequence[int], over: str) -> str:
    """Return the sizes at which an undecided curve has a side, if they are all on the same."""
    for verdict in (Verdict.FASTER, Verdict.SLOWER):
        at = [index for index, own in enumerate(verdicts) if own == verdict]
        if at and set(verdicts) <= {verdict, Verdict.UNSURE, Verdict.SAME}:
            where = _span(sizes[at[0] : at[-1] + 1]) if len(at) == at[-1] - at[0] + 1 else "some sizes"
            return f"{verdict} than {over} at {where}, undecided elsewhere"
    return "not decidable from these rounds"


def _span(sizes: Sequence[int]) -> str:
    """Return sizes in a row as a range; empty for none."""
    return " to ".join(dict.fromkeys(size(n) for n in (sizes[0], sizes[-1]))) if sizes else ""
