"""Text on a figure: which characters it may hold, how wide it is, and where it finds room, in points."""

import textwrap
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import text_to_path
from numpy.typing import NDArray

FAMILY = "DejaVu Sans"
"""The one font of every figure; it comes with Matplotlib, so it is the same on every machine."""


def plain(text: str) -> str:
    """Return text on one line, without control characters or any that the font cannot draw."""
    font = get_font(findfont(FAMILY))
    return "".join(
        mark if mark.isprintable() and font.get_char_index(ord(mark)) else "\N{REPLACEMENT CHARACTER}"
        for mark in " ".join(text.split())
    )


@lru_cache(4096)  # the same few names are measured for every panel
def width(text: str, size: float) -> float:
    """Return how wide one line is, in points, as the size of its font is."""
    font = FontProperties(family=FAMILY, size=size)
    return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0])


def shortened(text: str, size: float, room: float) -> str:
    """Return one line that fits, with an ellipsis in its middle where something was left out."""
    kept, short = min(len(text), int(4 * room / size)), text  # no letter is narrower than a quarter em
    while kept > 1 and width(short, size) > room:
        kept -= 1
        short = f"{text[: (kept + 1) // 2]}…{text[len(text) - kept // 2 :]}"
    return short


def wrapped(text: str, size: float, room: float) -> list[str]:
    """Return the lines of a text, plain, each broken where it would be wider than the room."""
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
    Return positions in [0, room] a gap apart (less where they do not fit), as near as can be to those wanted.

    A label with more weight insists more on its place.
    """
    places = np.asarray(wanted, dtype=float)
    if places.size == 0:
        return places
    insistence = np.ones(places.size) if weights is None else np.asarray(weights, dtype=float)
    # With the i-th smallest position lowered by i gaps, "a gap apart" reads "not decreasing": least squares
    # under that is isotonic regression, and clipping its solution keeps it optimal in the room.
    steps = np.arange(places.size) * min(gap, room / max(places.size - 1, 1))
    order = np.argsort(places, kind="stable")
    fitted = _not_decreasing((places[order] - steps).tolist(), insistence[order].tolist())
    places[order] = np.clip(fitted, 0, room - steps[-1]) + steps
    return places


def _not_decreasing(values: Sequence[float], weights: Sequence[float]) -> NDArray[np.float64]:
    """Return the nearest values, in weighted least squares, of which none is smaller than the one before."""
    # Pool adjacent violators (Ayer et al. 1955). SciPy has it too, at a quarter of a second for its import,
    # which every process that draws would wait for.
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many
    for value, weight in zip(values, weights, strict=True):
        mean, mass, count = value, weight, 1
        while pools and pools[-1][0] >= mean:
            before, its_mass, its_count = pools.pop()
            mean = (before * its_mass + mean * mass) / (its_mass + mass)
            mass, count = mass + its_mass, count + its_count
        pools.append((mean, mass, count))
    return np.repeat([mean for mean, _, _ in pools], [count for _, _, count in pools])
