"""Sizes and crossovers in words: where on its curve something is so."""

import math
from collections.abc import Sequence
from itertools import groupby

from harness.sentences.curves import Crossover, Curve, Point
from harness.units import elements, size

_MOST_RANGES = 3
"""Ranges of sizes that are listed; of more, their number is told."""


def spoken(n: int) -> str:
    """
    Return a size in words: exact in binary thousands and with at most three digits, else in two.

    Of many digits is one that was added where a curve crosses 1.
    """
    if n < 2**10 or n % 2**10 == 0:
        return size(n)
    is_round = n < 10**6 and n % 10 ** (len(str(n)) - 3) == 0
    return f"{n:,}".replace(",", " ") if is_round else elements(n)


def everywhere(curve: Curve) -> str:
    """Return the words for all sizes of a curve."""
    sizes = sizes_of(curve.points)
    return "at every size" if len(sizes) > 1 else f"at {spoken(sizes[0])}"


def place_of(curve: Curve, points: Sequence[Point]) -> str:
    """Return some sizes of a curve as ranges, such as ``"up to 64, at 1 Ki and from 16 Ki on"``."""
    every, runs = sizes_of(curve.points), _runs(curve, points)
    if len(runs) > _MOST_RANGES:
        return f"at {sum(map(len, runs))} of {len(every)} sizes"
    texts = [_range(run, every) for run in runs]
    return " and ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))


def are_apart(curve: Curve, points: Sequence[Point]) -> bool:
    """Whether some sizes of a curve are few and no two of them neighbours."""
    runs = _runs(curve, points)
    return len(runs) <= _MOST_RANGES and all(len(run) == 1 for run in runs)


def crossover_place(curve: Curve, crossover: Crossover, *, onwards: bool = False) -> str:
    """Return a crossover as ``"14 000 elements (11 000 to 18 000)"``, or as ``"n = 97 (90 to 104)"``."""
    low, high = crossover.low, crossover.high
    ends = "" if math.isnan(low) else f" ({elements(low)} to {elements(high)})"
    return f"{counted(curve, crossover.n)}{' on' if onwards else ''}{ends}"


def counted(curve: Curve, n: float) -> str:
    """Return a size with what it counts: ``"14 000 elements"``, or ``"n = 97"`` where it counts nothing."""
    return f"{elements(n)} elements" if curve.counts_elements else f"n = {elements(n)}"


def sizes_of(points: Sequence[Point]) -> list[int]:
    """Return the sizes of points, each once."""
    return list(dict.fromkeys(point.n for point in points))


def _runs(curve: Curve, points: Sequence[Point]) -> list[list[int]]:
    """Return some sizes of a curve, those in a row together."""
    wanted = set(sizes_of(points))
    return [list(run) for here, run in groupby(sizes_of(curve.points), wanted.__contains__) if here]


def _range(run: Sequence[int], every: Sequence[int]) -> str:
    """Return sizes in a row as a range."""
    if len(run) == 1:
        return f"at {spoken(run[0])}"
    if run[0] == every[0]:
        return f"up to {spoken(run[-1])}"
    return f"from {spoken(run[0])} " + ("on" if run[-1] == every[-1] else f"to {spoken(run[-1])}")
