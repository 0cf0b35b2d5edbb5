"""The answer for a backend in an op: its spans told together where they agree, the fastest backend first."""

import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import chain

from harness.model import Span, Verdict
from harness.sentences.curves import Crossover, Curve, Key
from harness.sentences.standing import standing

OpKey = tuple[str, str, str, str]
"""Machine, run, op and dtype."""
_ALIKE = 1.2
"""Times by which speedups of two spans may differ and still be told as one range."""


def by_backend(curves: Mapping[Key, Curve]) -> dict[OpKey, dict[str, dict[str, Curve]]]:
    """
    Return the curves by op, backend and span; the fastest backend of an op first.

    That is the one with the highest speedup at its largest size, for the span `call` where it has that.
    """
    ops: dict[OpKey, dict[str, dict[str, Curve]]] = {}
    for (machine, run, op, dtype, backend, span), curve in curves.items():
        ops.setdefault((machine, run, op, dtype), {}).setdefault(backend, {})[span] = curve
    return {
        key: dict(sorted(backends.items(), key=lambda item: _speed(item[1]), reverse=True))
        for key, backends in ops.items()
    }


def joined(spans: Mapping[str, Curve]) -> Curve | None:
    """Return the curve that tells of a backend's call and round trip at once; None where they differ."""
    call, trip = spans.get(Span.CALL), spans.get(Span.ROUND_TRIP)
    return _together(call, trip) if call and trip and _agree(call, trip) else None


def answer(spans: Mapping[str, Curve], *, named: bool = True) -> str:
    """
    Return what there is to say of a backend in an op: of its call, and of its round trip where that differs.

    Such as ``"faster than numpy at every size, 1.5 to 5.2 times. From and to NumPy arrays: slower at
    every size, 0.21 to 0.83 times as fast"``; without the baseline where it is not to be `named`.
    """
    both = joined(spans)
    if both is not None:
        return standing(both, named=named)
    near = next((span for span in (Span.CALL, Span.ROUND_TRIP) if span in spans), next(iter(spans)))
    told = standing(spans[near], named=named)
    if near == Span.CALL and Span.ROUND_TRIP in spans:
        told += f". From and to NumPy arrays: {standing(spans[Span.ROUND_TRIP], named=False)}"
    return told


def _speed(spans: Mapping[str, Curve]) -> float:
    """Return the speedup of a backend at its largest size."""
    return spans.get(Span.CALL, next(iter(spans.values()))).points[-1].speedup


def _agree(a: Curve, b: Curve) -> bool:
    """Whether two curves have the same verdicts and nearly the same speedups where they have any."""
    if [(point.n, point.verdict) for point in a.points] != [(point.n, point.verdict) for point in b.points]:
        return False
    return all(
        abs(math.log(one.speedup / other.speedup)) <= math.log(_ALIKE)
        for one, other in zip(a.points, b.points, strict=True)
        if one.verdict != Verdict.UNSURE
    )


def _together(a: Curve, b: Curve) -> Curve:
    """Return two curves that agree as one with the points of both; its crossovers cover those of both."""
    points = chain.from_iterable(zip(a.points, b.points, strict=True))
    crossovers = (_covering(*pair) for pair in zip(a.crossovers, b.crossovers, strict=False))
    return replace(a, crossovers=tuple(crossovers), points=tuple(points))


def _covering(a: Crossover, b: Crossover) -> Crossover:
    """Return a crossover between two, with an interval that holds both intervals."""
    return a._replace(n=math.sqrt(a.n * b.n), low=min(a.low, b.low), high=max(a.high, b.high))
