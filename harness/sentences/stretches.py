"""A speedup curve cut where its verdict changes: stretches of sizes, and the crossovers between them."""

from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from harness.model import State, Verdict
from harness.sentences.curves import Crossover, Curve, Point

_PLATEAU = 4
"""From how many times its first size on a stretch between two sides is one of its own, not their crossing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Sizes in a row that have the same verdict; those without any may lie among them."""

    verdict: str
    points: tuple[Point, ...]
    begins: Crossover | None = None
    """Where it takes over from the other side; None where it does not."""
    ends: Crossover | None = None
    """Where the other side takes over."""

    @property
    def first(self) -> int:
        """Its smallest size."""
        return self.points[0].n

    @property
    def last(self) -> int:
        """Its largest size."""
        return self.points[-1].n


def stretches(curve: Curve) -> list[Stretch]:
    """Return the stretches of a curve by size; sizes that are the crossing of two sides are in neither."""
    crossings = iter(row for row in curve.crossovers if row.state == State.CROSSES)
    found: list[Stretch] = []
    decided = (point for point in curve.points if point.verdict != Verdict.UNSURE)
    for verdict, points in groupby(decided, lambda point: point.verdict):
        new = Stretch(verdict=verdict, points=tuple(points))
        before = next((old for old in reversed(found) if old.verdict != Verdict.SAME), None)
        if verdict != Verdict.SAME and before is not None and before.verdict != verdict:
            crossing = next(crossings, None)
            if crossing and found[-1] is not before and found[-1].last < _PLATEAU * found[-1].first:
                found.pop()
            if crossing and found[-1] is before:
                found[-1], new = replace(before, ends=crossing), replace(new, begins=crossing)
        found.append(new)
    return found


def open_points(curve: Curve, parts: list[Stretch]) -> list[Point]:
    """Return the points without a verdict, but for those between two sides, where the crossing is told."""
    crossed = [(a.last, b.first) for a, b in pairwise(parts) if a.ends is not None]
    return [
        point
        for point in curve.points
        if point.verdict == Verdict.UNSURE and not any(low < point.n < high for low, high in crossed)
    ]
