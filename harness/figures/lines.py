"""What a figure shows, as values: the lines in a frame of cells or speedups, and where they cross 1."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.model import TIMED, WAITED_FOR, Span, State, Status

_WIDEST = 1e3  # an interval ends at so many times the value: a logarithmic axis has neither zero nor infinity


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """One backend's figures for one op, over the sizes at which it was tried; NaN where there is none."""

    backend: str
    span: Span
    n: NDArray[np.float64]  # elements, ascending
    value: NDArray[np.float64]  # seconds per call, a rate, a share or a speedup
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    noisy: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossoverMark:
    """Where a drawn line crosses 1, in elements, and the side (`above`, `below`) where it is faster."""

    backend: str
    span: Span
    n: float
    low: float  # NaN where this end of the interval is not known; so is high
    high: float
    faster: str


def distinct(frame: pd.DataFrame, column: str) -> list[str]:
    """Return the different values of a column by their first row; a frame may be empty, even of columns."""
    return list(dict.fromkeys(frame[column])) if len(frame) else []


def lines_of(frame: pd.DataFrame, column: str, op: str) -> list[Line]:
    """
    Return the lines of an op that have at least one point, from a column of values.

    A round trip that equals the call is left out: NumPy transfers nothing, and one line says so.
    """
    if not len(frame):
        return []
    of_op = frame[frame["op"] == op]
    sizes = of_op["n"].to_numpy()
    # As arrays: to choose the rows of each line in pandas took a quarter of the time that a figure takes.
    backends, spans = of_op["backend"].to_numpy(), of_op["span"].to_numpy()
    timed = of_op["status"].isin(TIMED).to_numpy(dtype=bool)
    noisy = (of_op["status"] == Status.NOISY.value).to_numpy(dtype=bool)
    figures = np.where(timed[:, None], of_op[[column, "low", "high"]].to_numpy(dtype=float), np.nan)
    lines: list[Line] = []
    for backend in distinct(of_op, "backend"):
        shown: NDArray[np.float64] | None = None
        for span in WAITED_FOR:
            rows = np.flatnonzero((backends == backend) & (spans == span.value))
            rows = rows[np.argsort(sizes[rows])]
            value, low, high = figures[rows].T
            value = np.where((value > 0) & np.isfinite(value), value, np.nan)
            if np.isnan(value).all() or (shown is not None and np.array_equal(value, shown, equal_nan=True)):
                continue
            shown = value
            lines.append(
                Line(
                    backend=backend,
                    span=span,
                    n=sizes[rows].astype(float),
                    value=value,
                    low=np.maximum(low, value / _WIDEST),
                    high=np.minimum(high, value * _WIDEST),
                    noisy=noisy[rows],
                )
            )
    return lines


def crossover_marks(crossovers: pd.DataFrame, speedups: Sequence[Line], op: str) -> list[CrossoverMark]:
    """Return where the drawn speedups of an op cross 1, by size, smallest first."""
    if not len(crossovers):
        return []
    drawn = {(line.backend, line.span.value) for line in speedups}
    crossing = crossovers["state"] == State.CROSSES.value
    rows = crossovers[(crossovers["op"] == op) & crossing & (crossovers["n"] > 0)]
    return [
        CrossoverMark(
            backend=row.backend,
            span=Span(row.span),
            n=float(row.n),
            low=float(row.low),
            high=float(row.high),
            faster=row.faster,
        )
        for row in rows.sort_values("n", kind="stable").itertuples()
        if (row.backend, row.span) in drawn
    ]
