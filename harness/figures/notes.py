"""The text around the panels of a figure: title, key, remarks, and what is not shown."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from harness.answers.remarks import remarks
from harness.figures import labels
from harness.figures.curves import Curve, missing, names
from harness.figures.styles import short
from harness.model import Span

ROOM = 11 * 72 - 20.0
"""Points that a line of text has."""
SMALL = 7.5
"""Font size of all but titles."""
_REASON_ROOM = 400.0  # a longer reason is shortened


def title(what: str, backends: Sequence[str], baseline: str, dtype: str) -> str:
    """
    Return what is compared with what, in full where that fits on a line.

    Parameters
    ----------
    what : str
        An op, or how many.
    backends : sequence of str
        All of them, the baseline among them.
    baseline : str
        What the others are compared with.
    dtype : str
        Of the operands.

    Returns
    -------
    str
    """
    others = [backend for backend in backends if backend != baseline]
    if not others:
        return labels.shortened(labels.plain(f"{what}: {baseline} alone, {dtype}"), 12, ROOM)
    full = labels.plain(f"{what}: {', '.join(others)} against {baseline}, {dtype}")
    brief = labels.plain(f"{what}: {len(others)} backends against {short(baseline, 12)}, {dtype}")
    return full if labels.width(full, 12) < ROOM else labels.shortened(brief, 12, ROOM)


def key(curves: Sequence[Curve], *, crossed: bool) -> str:
    """
    Return what lines, bands and markers mean, of those that occur.

    Parameters
    ----------
    curves : sequence of Curve
        What is drawn.
    crossed : bool
        Whether a crossover is marked.

    Returns
    -------
    str
    """
    signs = {
        "solid: call": bool(curves),
        "dashed: round trip from and to NumPy arrays": any(curve.span is Span.ROUND_TRIP for curve in curves),
        "band: interval": any(np.isfinite(curve.low + curve.high + curve.value).any() for curve in curves),
        "hollow: noisy": any((curve.noisy & np.isfinite(curve.value)).any() for curve in curves),
        "on the line at 1 and below: crossover with interval, arrow to the faster side": crossed,
    }
    return "  ·  ".join(sign for sign, occurs in signs.items() if occurs)


def not_shown(cells: pd.DataFrame) -> list[str]:
    """
    Return one line per backend and status without a time.

    Parameters
    ----------
    cells : DataFrame
        Cells of one op or of several.

    Returns
    -------
    list of str
    """
    lines = []
    for backend, status, reason, where in missing(cells):
        why = f": {labels.shortened(labels.plain(reason), SMALL, _REASON_ROOM)}" if reason else ""
        line = f"not shown: {short(backend, SMALL)} ({status}{why})" + (f" at {where}" if where else "")
        lines.append(labels.shortened(line, SMALL, ROOM))
    return lines


def remark_lines(cells: pd.DataFrame) -> list[str]:
    """
    Return what must be known to read the curves, in lines.

    Parameters
    ----------
    cells : DataFrame
        Cells of one op or of several.

    Returns
    -------
    list of str
    """
    told = remarks(cells[cells["span"] == Span.CALL])
    texts = [labels.plain(f"* {backends} in {ops}: {said}") for backends, ops, said in told]
    return [line for text in texts for line in labels.wrapped(text, SMALL, ROOM)]


def is_marked(cells: pd.DataFrame, op: str) -> bool:
    """
    Return whether a remark is about another backend of this op than the one that starts the list.

    Parameters
    ----------
    cells : DataFrame
        Cells of one op or of several.
    op : str
        Which op.

    Returns
    -------
    bool
    """
    own = cells[cells["op"] == op]
    return any(names(own, "backend")[0] not in backends.split(", ") for backends, _, _ in remarks(own))
