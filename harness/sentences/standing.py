"""What a speedup curve says, in words: the one place where the answer is spelled."""

import math
from collections.abc import Sequence

from harness.model import State, Verdict
from harness.sentences.curves import Crossover, Curve, Point
from harness.sentences.places import (
    are_apart,
    counted,
    crossover_place,
    everywhere,
    place_of,
    sizes_of,
    spoken,
)
from harness.sentences.stretches import Stretch, open_points, stretches
from harness.units import bounds, ratio_range

_SIDES = {Verdict.FASTER: "faster", Verdict.SAME: "about as fast", Verdict.SLOWER: "slower"}
_MOST_STRETCHES = 3
"""Of a curve with more, the sizes of each verdict are told together."""
_OTHERS = "while others use the core"


def standing(curve: Curve, *, named: bool = True) -> str:
    """
    Return where a backend is faster than the baseline, by how much, and where that is not known.

    Such as ``"faster than numpy from 14 000 elements on (11 000 to 18 000), 3.1 times at 16 Mi"``; without
    the baseline where it is not to be `named`.
    """
    baseline = curve.baseline if named else ""
    parts = stretches(curve)
    unsure = open_points(curve, parts)
    if not parts:
        return f"undecided {everywhere(curve)}{_why(unsure)}{_hint(curve)}"
    little = _provisional(curve)
    if len(parts) == 1 and not unsure:
        return f"{_side(parts[0].verdict, baseline)} {everywhere(curve)}{_figures(parts[0])}{little}"
    if len(parts) == 1:
        return _with_exceptions(curve, parts[0], unsure, baseline)
    if _can_be_told_in_order(parts):
        return _in_order(curve, parts, baseline) + little + _rest(curve, unsure)
    return _by_side(curve, baseline) + little + _rest(curve, _points(curve, Verdict.UNSURE))


def _with_exceptions(curve: Curve, part: Stretch, unsure: Sequence[Point], baseline: str) -> str:
    """Return what there is to say where some sizes have one verdict, and the others none."""
    side, figures, little = _side(part.verdict, baseline), _figures(part), _provisional(curve)
    if are_apart(curve, unsure) and len(unsure) <= len(part.points):
        comma = "," if figures.startswith(",") else ""
        exceptions = place_of(curve, unsure).removeprefix("at ")
        rest = "; the others provisional" if little.startswith(",") else little
        but = f"at every size but {exceptions}, where it is undecided{_why(unsure)}"
        return f"{side}{figures}{comma} {but}{rest}"
    told, others = f"{side} {place_of(curve, part.points)}{figures}{little}", len(sizes_of(unsure))
    if len(unsure) <= len(part.points) or others == 1:
        return told + _rest(curve, unsure)
    return f"{told}; undecided at the other {others} sizes{_why(unsure)}"


def _can_be_told_in_order(parts: Sequence[Stretch]) -> bool:
    """Whether stretches are few, and no verdict comes back but by crossovers."""
    crossing = all(part.ends is not None for part in parts[:-1])
    return len(parts) <= _MOST_STRETCHES and (crossing or len({part.verdict for part in parts}) == len(parts))


def _in_order(curve: Curve, parts: Sequence[Stretch], baseline: str) -> str:
    """Return what there is to say of few stretches, by size."""
    first, last = parts[0], parts[-1]
    if len(parts) == 2 and first.verdict == Verdict.SLOWER and last.begins is not None:  # noqa: PLR2004 - a pair
        # What most curves do: that it is slower below need not be said.
        top = [point for point in last.points if point.n == last.last]
        place = _from_crossover(curve, last, last.begins)
        times = _range([point.speedup for point in top], [point.busy for point in top], " times")
        return f"{_side(last.verdict, baseline)} {place}, {times} at {spoken(last.last)}"
    clauses = [
        f"{_side(part.verdict, '' if index else baseline)} {_place(curve, part)}{_figures(part)}"
        for index, part in enumerate(parts)
    ]
    return "; ".join(clauses)


def _by_side(curve: Curve, baseline: str) -> str:
    """Return what there is to say of a curve that changes often: for each verdict its sizes."""
    clauses: list[str] = []
    for verdict in _SIDES:
        if points := _points(curve, verdict):
            side = _side(verdict, "" if clauses else baseline)
            figures = _figures(Stretch(verdict=verdict, points=points))
            clauses.append(f"{side} {place_of(curve, points)}{figures}")
    return "; ".join(clauses)


def _points(curve: Curve, verdict: Verdict) -> tuple[Point, ...]:
    """Return the points with a verdict."""
    return tuple(point for point in curve.points if point.verdict == verdict)


def _rest(curve: Curve, unsure: Sequence[Point]) -> str:
    """Return what there is to say of sizes without a verdict, beside others."""
    return f"; undecided {place_of(curve, unsure)}{_why(unsure)}" if unsure else ""


def _side(verdict: str, baseline: str) -> str:
    """Return a verdict in words, with the baseline unless that is empty."""
    words = _SIDES[Verdict(verdict)]
    return f"{words} {'as' if verdict == Verdict.SAME else 'than'} {baseline}" if baseline else words


def _place(curve: Curve, part: Stretch) -> str:
    """Return the sizes of a stretch, of which a neighbour has named the crossover where it begins."""
    if part.begins is None:
        if part.ends is None:
            return place_of(curve, part.points)
        first = part.first == curve.points[0].n
        return f"{'below' if first else f'from {spoken(part.first)} to'} {crossover_place(curve, part.ends)}"
    if part.ends is not None:
        return f"from there to {crossover_place(curve, part.ends)}"
    return "above" if part.last == curve.points[-1].n else f"from there to {spoken(part.last)}"


def _from_crossover(curve: Curve, part: Stretch, begins: Crossover) -> str:
    """Return the sizes of a stretch from its crossover on."""
    if part.last == curve.points[-1].n:
        return f"from {crossover_place(curve, begins, onwards=True)}"
    return f"from {crossover_place(curve, begins)} to {spoken(part.last)}"


def _figures(part: Stretch) -> str:
    """Return between what the speedups of a stretch lie, to follow its place."""
    speedups, beside = [point.speedup for point in part.points], [point.busy for point in part.points]
    if part.verdict != Verdict.SAME:
        return (
            f", {_range(speedups, beside, ' times as fast' if part.verdict == Verdict.SLOWER else ' times')}"
        )
    if len(speedups) == 1:  # that it is the same is said by an interval, not by a figure
        speedups = [part.points[0].low, part.points[0].high]
    return f" ({_range(speedups, beside)})"


def _range(speedups: Sequence[float], beside: Sequence[float], unit: str = "") -> str:
    """Return between what speedups lie, and those beside other work where they lie elsewhere."""
    least, most = min(speedups), max(speedups)
    others = [speedup for speedup in beside if not math.isnan(speedup)]
    text = ratio_range(least, most) + unit
    if others and not (least <= min(others) and max(others) <= most):
        text += f", and {ratio_range(min(others), max(others))} {_OTHERS}"
    return text


def _why(points: Sequence[Point]) -> str:
    """Return why sizes are undecided, in brackets: of several reasons that of the largest size."""
    reasons, last = dict.fromkeys(filter(None, (point.reason for point in points))), points[-1]
    words = [_leaning(points)]
    if len(points) == 1:
        words.append(bounds(last.low, last.high, brief=True))
    reason = next(iter(reasons), "")
    if len(reasons) > 1:
        told = next(point for point in reversed(points) if point.reason)
        reason = f"at {spoken(told.n)} {told.reason}"
    parts = filter(None, (", ".join(filter(None, words)), reason))
    text = ": ".join(parts)
    return f" ({text})" if text else ""


def _leaning(points: Sequence[Point]) -> str:
    """Return to which side all of some intervals lean that are not clear enough for a verdict."""
    if all(point.low > 1 for point in points):
        return "likely faster"
    return "likely slower" if all(point.high < 1 for point in points) else ""


def _hint(curve: Curve) -> str:
    """Return where a curve without any verdict crosses 1, if it does so once."""
    first = curve.crossovers[0]
    crosses = first.state == State.UNDECIDED and not math.isnan(first.n)
    return f"; the curves cross near {counted(curve, first.n)}" if crosses else ""


def _provisional(curve: Curve) -> str:
    """Return the word for verdicts that rest on little, with their sizes where those are not all."""
    decided = [point for point in curve.points if point.verdict != Verdict.UNSURE]
    little = [point for point in decided if point.provisional]
    if 2 * len(little) < len(decided):  # a size that was added at a crossover has few rounds by its nature
        return ""
    return ", provisional" if len(little) == len(decided) else f"; provisional {place_of(curve, little)}"
