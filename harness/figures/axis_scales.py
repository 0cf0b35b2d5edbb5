"""Logarithmic axes that fit what will be drawn: their ends, and ticks that can be read."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from harness import units
from harness.figures.lines import Line

_LABELLED = range(6, 0, -1)
"""How many sizes are written on an axis, as many as find room."""
_LETTER = 0.65
"""Width of a letter, in font sizes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """One logarithmic axis."""

    limits: tuple[float, float]
    floor: float  # where the lines' part begins; below it lies a free strip
    ticks: Sequence[float]
    minor: Sequence[float] = ()  # ticks without text
    tick_text: Callable[[float], str]


def size_scale(lines: Sequence[Line], room: float = math.inf) -> Scale:
    """
    Return the axis of sizes: a tick per power of four, at most six of them labelled.

    Round numbers are its ticks where the sizes are mostly no powers of four, chosen by hand. `room` is how
    wide the axis is, in font sizes.
    """
    limits = _limits([line.n for line in lines] or [np.array([4.0**2, 4.0**12])], pad=1.6, least=16)
    sizes = np.unique(np.concatenate([line.n for line in lines])) if lines else np.empty(0)
    if len(sizes) and 2 * (np.log2(sizes) % 2 == 0).sum() <= len(sizes):
        minor, text = sizes.tolist(), _written
        choices = [_round_numbers(limits, most=most) for most in _LABELLED]
    else:
        minor = [4.0**power for power in range(32) if limits[0] <= 4.0**power <= limits[1]]
        choices = [minor[:: math.ceil(len(minor) / most)] for most in _LABELLED]

        def text(n: float) -> str:
            return units.size(round(n))

    width = room / math.log(limits[1] / limits[0])
    ticks = next((ticks for ticks in choices if _are_apart(ticks, text, width)), choices[-1])
    return Scale(limits=limits, floor=limits[0], ticks=ticks, minor=minor, tick_text=text)


def _are_apart(ticks: Sequence[float], text: Callable[[float], str], width: float) -> bool:
    """Whether the texts of ticks find room where a factor of e is so wide, in font sizes."""
    return all(
        width * math.log(b / a) >= _LETTER * (len(text(a)) + len(text(b)) + 1) / 2 for a, b in pairwise(ticks)
    )


def _written(n: float) -> str:
    """Return a round number of elements."""
    return units.significant(n, 1) if n < 1000 else units.elements(n)  # noqa: PLR2004 - from there on they are apart


def time_scale(lines: Sequence[Line], most: int = 7) -> Scale:
    """Return the axis of seconds per call."""
    return value_scale(lines, units.seconds, most)


def value_scale(lines: Sequence[Line], text: Callable[[float], str], most: int) -> Scale:
    """Return an axis of values with at most so many ticks, each written with its unit."""
    limits = _limits(_ranges(lines), pad=1.4, least=10) if lines else (1e-7, 1e-3)
    return Scale(
        limits=limits,
        floor=limits[0],
        ticks=_round_numbers(limits, most=most),
        tick_text=lambda value: _brief(text(value)),
    )


def speedup_scale(lines: Sequence[Line], strip: float = 0.0, most: int = 8) -> Scale:
    """Return the axis of speedups, which always shows 1; `strip` is the share that stays free below."""
    low, high = _limits([*_ranges(lines), np.ones(1)], pad=1.4, least=4) if lines else (0.4, 2.5)
    return Scale(
        limits=(high / (high / low) ** (1 / (1 - strip)), high),
        floor=low,
        ticks=_round_numbers((low, high), most=most),
        tick_text=lambda ratio: f"{units.significant(ratio, 1)}\N{MULTIPLICATION SIGN}",
    )


def _brief(text: str) -> str:
    """Return a number with its unit, without the zeros that end a fraction."""
    return re.sub(r"\.?0+ ", " ", text) if "." in text else text


def _limits(values: Sequence[NDArray[np.float64]], *, pad: float, least: float) -> tuple[float, float]:
    """Return limits that hold all values with a factor `pad` to spare and are a factor `least` apart."""
    low, high = float(np.nanmin(np.concatenate(values))), float(np.nanmax(np.concatenate(values)))
    pad = max(pad, math.sqrt(least * low / high))
    return low / pad, high * pad


def _ranges(lines: Sequence[Line]) -> list[NDArray[np.float64]]:
    """Return values and intervals; a wild interval is cut, lest it squeeze all else."""
    values = np.concatenate([line.value for line in lines])
    near = (np.nanmin(values) / 3, np.nanmax(values) * 3)
    return [values, *(np.clip(end, *near) for line in lines for end in (line.low, line.high))]


def _round_numbers(limits: tuple[float, float], *, most: int) -> list[float]:
    """Return 1, 2 and 5 in every decade if those are at most so many, else every k-th power of ten."""
    powers = range(math.floor(math.log10(limits[0])), math.ceil(math.log10(limits[1])) + 1)
    choices = [[float(f"{digit}e{power}") for power in powers for digit in (1, 2, 5)]]
    for step in range(1, len(powers) + 1):
        choices += [[float(f"1e{power}") for power in powers if power % step == 0]]
    inside = [[tick for tick in ticks if limits[0] <= tick <= limits[1]] for ticks in choices]
    return next((ticks for ticks in inside if len(ticks) <= most), inside[-1])
