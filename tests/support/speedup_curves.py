"""Speedup curves by hand: a verdict and a speedup per size, at 16, 64, 256 elements and so on."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

import pandas as pd

from harness.model import State, Verdict
from harness.sentences.curves import Crossover, Curve, Point

SIGNS = {"F": Verdict.FASTER, "L": Verdict.SLOWER, "S": Verdict.SAME, "U": Verdict.UNSURE}
"""A letter per verdict."""
SPEEDUPS = {"F": 2.0, "L": 0.5, "S": 1.0, "U": 1.0}
WIDTHS = {"F": 1.05, "L": 1.05, "S": 1.02, "U": 1.3}


def points_of(
    verdicts: str,
    speedups: Sequence[float] = (),
    *,
    reasons: Mapping[int, str] | None = None,
    busy: Mapping[int, float] | None = None,
    provisional: str = "",
) -> tuple[Point, ...]:
    """Return a point per letter; reasons and speedups beside other work are by place."""
    return tuple(
        Point(
            n=4 ** (index + 2),
            speedup=(value := speedups[index] if speedups else SPEEDUPS[letter]),
            low=value / WIDTHS[letter],
            high=value * WIDTHS[letter],
            verdict=str(SIGNS[letter]),
            provisional=provisional[index : index + 1] == "p",
            busy=(busy or {}).get(index, math.nan),
            reason=(reasons or {}).get(index, ""),
        )
        for index, letter in enumerate(verdicts)
    )


def crossovers_of(points: Sequence[Point]) -> tuple[Crossover, ...]:
    """Return a crossover in the middle of each change of sides, or one that says that there is none."""
    sided = [point for point in points if point.verdict in {Verdict.FASTER, Verdict.SLOWER}]
    changes = [(a, b) for a, b in pairwise(sided) if a.verdict != b.verdict]
    rows = [
        Crossover(
            state=str(State.CROSSES),
            n=(n := math.sqrt(a.n * b.n)),
            low=n / 1.25,
            high=n * 1.25,
            faster="above" if b.verdict == Verdict.FASTER else "below",
        )
        for a, b in changes
    ]
    none = Crossover(state=str(State.UNDECIDED), n=math.nan, low=math.nan, high=math.nan, faster="")
    return tuple(rows) or (none,)


def curve_of(verdicts: str, speedups: Sequence[float] = (), **more: object) -> Curve:
    """Return a curve over numpy; see `points_of`."""
    points = points_of(verdicts, speedups, **more)  # type: ignore[arg-type]  # as `points_of` takes them
    return Curve(baseline="numpy", crossovers=crossovers_of(points), points=points)


def frames_of(curves: Mapping[tuple[str, str, str], Curve]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the frames of speedups and crossovers of one run, by op, backend and span."""
    frames = []
    for name in ("points", "crossovers"):
        rows = [
            {
                "machine": "scripted",
                "run": "one",
                "op": op,
                "backend": backend,
                "dtype": "float32",
                "span": span,
                "baseline": curve.baseline,
                "status": "ok",
                **row._asdict(),
            }
            for (op, backend, span), curve in curves.items()
            for row in getattr(curve, name)
        ]
        frames.append(pd.DataFrame(rows))
    return frames[0], frames[1]
