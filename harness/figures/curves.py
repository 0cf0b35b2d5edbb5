"""What a figure shows, as values: the curves in a frame, their crossovers, and the cells it cannot show.

It knows frames, sizes and units; it draws nothing and knows no colour.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness import units
from harness.model import TIMED, WAITED_FOR, Span, State, Status


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """
    One backend's figures for one op, over all sizes of the op.

    Attributes
    ----------
    backend : str
        Whose figures.
    span : Span
        What the clock covered.
    n : ndarray
        Sizes in elements, ascending.
    value, low, high : ndarray
        Seconds per call or speedup, with its interval; NaN where there is none.
    noisy : ndarray of bool
        Where the cell is marked noisy.
    """

    backend: str
    span: Span
    n: NDArray[np.float64]
    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    noisy: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """Where a drawn curve crosses 1, in elements, and the side (`above`, `below`) where it is faster."""

    backend: str
    span: Span
    n: float
    low: float
    high: float
    faster: str


def names(frame: pd.DataFrame, column: str) -> list[str]:
    """
    Return the different values of a column.

    Parameters
    ----------
    frame : DataFrame
        May be empty, even of columns.
    column : str
        A column of text.

    Returns
    -------
    list of str
        In the order of their first row.
    """
    return list(dict.fromkeys(frame[column])) if len(frame) else []


def curves_of(frame: pd.DataFrame, column: str, op: str) -> list[Curve]:
    """
    Return the curves of an op that have at least one point.

    Parameters
    ----------
    frame : DataFrame
        Cells or speedups.
    column : str
        The column of the values, ``"seconds"`` or ``"speedup"``.
    op : str
        Which op.

    Returns
    -------
    list of Curve
        Without a round trip that equals the call: NumPy transfers nothing, and one line says so.
    """
    if not len(frame):
        return []
    rows = frame[frame["op"] == op]
    sizes = np.sort(rows["n"].unique())
    curves: list[Curve] = []
    for backend in names(rows, "backend"):
        call = None
        for span in WAITED_FOR:
            mine = rows[(rows["backend"] == backend) & (rows["span"] == span.value)]
            at = mine.drop_duplicates("n").set_index("n").reindex(sizes)
            value, low, high = (at[name].to_numpy(dtype=float) for name in (column, "low", "high"))
            timed = at["status"].isin(TIMED).to_numpy(dtype=bool)
            value = np.where(timed & (value > 0) & np.isfinite(value), value, np.nan)
            if np.isnan(value).all() or (call is not None and np.array_equal(value, call, equal_nan=True)):
                continue
            call = value
            curves.append(
                Curve(
                    backend=backend,
                    span=span,
                    n=sizes.astype(float),
                    value=value,
                    low=np.maximum(low, value / 1e3),  # a logarithmic axis has no zero
                    high=np.minimum(high, value * 1e3),
                    noisy=(at["status"] == Status.NOISY.value).to_numpy(dtype=bool),
                )
            )
    return curves


def crossings_of(frame: pd.DataFrame, curves: Sequence[Curve], op: str) -> list[Crossing]:
    """
    Return where the curves of an op cross 1.

    Parameters
    ----------
    frame : DataFrame
        Crossovers; those of a curve that is not drawn are left out.
    curves : sequence of Curve
        The speedups that are drawn.
    op : str
        Which op.

    Returns
    -------
    list of Crossing
        By size, smallest first; an end of the interval that is not known is NaN.
    """
    if not len(frame):
        return []
    drawn = {(curve.backend, curve.span.value) for curve in curves}
    rows = frame[(frame["op"] == op) & (frame["state"] == State.CROSSES.value) & (frame["n"] > 0)]
    return [
        Crossing(
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


def missing(cells: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    """
    Return which cells have no time, and why.

    Parameters
    ----------
    cells : DataFrame
        Cells of one op or of several.

    Returns
    -------
    list of (backend, status, reason, where)
        One entry per backend and status; `where` is empty if it is so for every size and span.
    """
    if not len(cells):
        return []
    timed = cells["status"].isin(TIMED) & cells["seconds"].notna()
    ops, entries = names(cells, "op"), []
    for (backend, status), rows in cells[~timed].groupby(["backend", "status"], sort=False):
        reasons = [reason for reason in names(rows, "reason") if isinstance(reason, str) and reason]
        reason = "".join(reasons[:1]) + (f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else "")
        peers = cells[(cells["backend"] == backend) & cells["op"].isin(rows["op"])]
        sizes, where = sorted(rows["n"].unique()), []
        if len(sizes) < peers["n"].nunique():
            adjoin = len(sizes) == peers.loc[peers["n"].between(sizes[0], sizes[-1]), "n"].nunique()
            ends = [sizes[0], sizes[-1]] if adjoin and len(sizes) > 1 else sizes
            where.append("n = " + (" to " if adjoin else ", ").join(map(units.size, ends)))
        if rows["span"].nunique() < peers["span"].nunique():
            where.append(f"{rows['span'].iloc[0].replace('_', ' ')} only")
        if len(ops) > 1:
            mine = names(rows, "op")
            where.append(", ".join(mine) if len(mine) < len(ops) else "every op")
        entries.append((backend, status, reason, ", ".join(where)))
    return entries
