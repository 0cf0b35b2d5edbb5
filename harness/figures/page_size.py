"""The size of a figure's page, and the room that it leaves for panels: how many stand in a row, how large."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.errors import UsageError

Inches = tuple[float, float]
"""Width and height."""
EDGE = 10.0
"""Points that are free on the left and the right."""
NATURAL_WIDTH = 11 * 72.0
OVER, UNDER = 18.0, 38.0
"""Points above a panel and below it, for its title and its axis."""
_NARROW, _LEAST = 105.0, 72.0  # a narrower panel makes for fewer in a row; a smaller one is none
_MOST = 60.0  # inches: a PNG of that size has 80 million pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page in points."""

    width: float = NATURAL_WIDTH
    height: float | None = None
    """None for as high as its panels are by nature."""

    @property
    def room(self) -> float:
        """Return how wide a line of text may be."""
        return self.width - 2 * EDGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Where the panels of a page stand; lengths in points."""

    count: int
    columns: int
    width: float
    heights: tuple[float, ...]
    """Of the rows."""


def size_of(text: str) -> Inches:
    """Read a size such as ``"7x4.5"``."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)", text)
    if not found:
        raise UsageError(f"{text!r} is no size of a figure; give width x height in inches, such as 7x4.5")
    return float(found[1]), float(found[2])


def page(size: Inches | None) -> Page:
    """Return a page of a size, by default as wide as it is by nature and as high as its panels are."""
    if size is None:
        return Page()
    if not all(0 < length <= _MOST for length in size):
        raise UsageError(
            f"no figure is {size[0]:g}x{size[1]:g} inches large; give a width and a height above 0 and up to "
            f"{_MOST:g}"
        )
    width, height = size
    return Page(width=72 * width, height=72 * height)


def places(
    sheet: Page,
    choices: Sequence[Sequence[float]],
    *,
    beside: float,
    around: Callable[[float], float],
    most: int,
) -> Grid:
    """
    Return where panels stand: the first of some choices of natural heights for which there is room.

    At most so many stand in a row. So many points are taken `beside` each of them, and `around` all rows by
    text in a room that is so wide.
    """
    grids = (_grid(sheet, heights, beside, around(sheet.room), most) for heights in choices)
    found = next(filter(None, grids), None)
    if found is None:
        raise _too_small(sheet, choices[-1], beside, around, most)
    return found


def _grid(sheet: Page, heights: Sequence[float], beside: float, around: float, most: int) -> Grid | None:
    """Return where panels of these natural heights stand; None where there is no room for them."""
    widths = {columns: sheet.room / columns - beside for columns in range(most, 0, -1)}
    wide = [columns for columns, width in widths.items() if width > _NARROW]
    for columns in [*wide, *(columns for columns in widths if columns not in wide)]:
        rows = heights[::columns]
        scale = 1.0
        if sheet.height is not None and rows:
            scale = (sheet.height - around - (OVER + UNDER) * len(rows)) / sum(rows)
        if widths[columns] >= _LEAST and all(scale * row >= _LEAST for row in rows):
            found = tuple(scale * row for row in rows)
            return Grid(count=len(heights), columns=columns, width=widths[columns], heights=found)
    return None


def _too_small(
    sheet: Page, heights: Sequence[float], beside: float, around: Callable[[float], float], most: int
) -> UsageError:
    """Return that panels find no room, with the size that they take."""
    width = max(sheet.width, _up(_LEAST + beside + 2 * EDGE))
    room = width - 2 * EDGE
    columns = max(n for n in range(1, most + 1) if n == 1 or room / n - beside >= _LEAST)
    rows = heights[::columns]
    height = around(room) + (OVER + UNDER) * len(rows) + sum(rows) * _LEAST / min(rows, default=1.0)
    given, enough = _text((sheet.width, sheet.height or 0)), _text((width, _up(height)))
    return UsageError(f"this figure has no room in {given} inches; give {enough} at least")


def _up(points: float) -> float:
    """Return a length rounded up to tenths of an inch."""
    return math.ceil(points / 7.2) * 7.2


def _text(points: tuple[float, float]) -> str:
    """Return a size in inches as it is asked for."""
    return "x".join(f"{length / 72:.3g}" for length in points)
