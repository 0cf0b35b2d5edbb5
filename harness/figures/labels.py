"""Text on a figure: which characters it may hold, how wide it is, and where it finds room.

It knows fonts and distances, all in points; it knows neither frames nor axes.
"""

import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import text_to_path
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

FAMILY = "DejaVu Sans"
"""The one font of every figure; it comes with Matplotlib, so it is the same on every machine."""


def plain(text: str) -> str:
    """
    Return text on one line, with what the font cannot draw replaced.

    Parameters
    ----------
    text : str
        Any text, from a frame or from a user.

    Returns
    -------
    str
        Without control characters, line breaks and characters that Matplotlib would warn about.
    """
    font = get_font(findfont(FAMILY))
    return "".join(
        mark if mark.isprintable() and font.get_char_index(ord(mark)) else "\N{REPLACEMENT CHARACTER}"
        for mark in " ".join(text.split())
    )


def width(text: str, size: float) -> float:
    """
    Return how wide one line is.

    Parameters
    ----------
    text : str
        One line.
    size : float
        Font size in points.

    Returns
    -------
    float
        Points.
    """
    font = FontProperties(family=FAMILY, size=size)
    return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0])


def shortened(text: str, size: float, room: float) -> str:
    """
    Return text that fits, with an ellipsis in its middle where something was left out.

    Parameters
    ----------
    text : str
        One line.
    size : float
        Font size in points.
    room : float
        Points.

    Returns
    -------
    str
    """
    kept, short = min(len(text), int(4 * room / size)), text  # no letter is narrower than a quarter em
    while kept > 1 and width(short, size) > room:
        kept -= 1
        short = f"{text[: (kept + 1) // 2]}…{text[len(text) - kept // 2 :]}"
    return short


def wrapped(text: str, size: float, room: float) -> list[str]:
    """
    Return the lines of a text, each broken where it would be wider than the room.

    Parameters
    ----------
    text : str
        Any number of lines.
    size : float
        Font size in points.
    room : float
        Points.

    Returns
    -------
    list of str
        Plain lines; none for an empty text.
    """
    lines: list[str] = []
    for line in map(plain, text.splitlines()):
        broken = [line] if line else []
        columns = len(line)
        while columns > 1 and any(width(part, size) > room for part in broken):
            columns = min(columns - 1, int(columns * 0.97))
            broken = textwrap.wrap(line, columns)
        lines += broken
    return lines


def spread(
    wanted: Sequence[float], gap: float, room: float, weights: Sequence[float] | None = None
) -> NDArray[np.float64]:
    """
    Return positions at least a gap apart that move as little as possible from those wanted.

    Parameters
    ----------
    wanted : sequence of float
        Where each label would like to be, in points.
    gap : float
        Points between neighbours; less where the room does not hold as many.
    room : float
        Every position lies in [0, room].
    weights : sequence of float, optional
        How much each label insists on its place; equal by default.

    Returns
    -------
    ndarray, shape (len(wanted),)
        In the order of `wanted`.

    Notes
    -----
    With the i-th smallest position lowered by i gaps, "a gap apart" reads "not decreasing": least
    squares under that is isotonic regression, and clipping its solution keeps it optimal in the room.
    """
    places = np.asarray(wanted, dtype=float)
    if places.size == 0:
        return places
    insist = np.ones(places.size) if weights is None else np.asarray(weights, dtype=float)
    steps = np.arange(places.size) * min(gap, room / max(places.size - 1, 1))
    order = np.argsort(places, kind="stable")
    fitted = isotonic_regression(places[order] - steps, weights=insist[order]).x
    places[order] = np.clip(fitted, 0, room - steps[-1]) + steps
    return places
