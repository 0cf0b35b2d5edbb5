"""Logarithmic axes that fit what will be drawn: their ends, and ticks that can be read."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness import units
from harness.figures.curves import Curve


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """
    One logarithmic axis.

    Attributes
    ----------
    limits : (float, float)
        Its two ends.
    floor : float
        Where the curves' part begins; below it lies a free strip.
    ticks, minor : sequence of float
        Ticks with and without text.
    text : callable
        Writes a tick.
    """

    limits: tuple[float, float]
    floor: float
    ticks: Sequence[float]
    minor: Sequence[float] = ()
    text: Callable[[float], str]


def size_scale(curves: Sequence[Curve]) -> Scale:
    """
    Return the axis of sizes: a tick per power of four, at most six of them labelled.

    Parameters
    ----------
    curves : sequence of Curve
        What will be drawn; none gives the default sizes.

    Returns
    -------
    Scale
    """
    limits = _limits([curve.n for curve in curves] or [np.array([4.0**2, 4.0**12])], pad=1.6, least=16)
    powers = [4.0**power for power in range(32) if limits[0] <= 4.0**power <= limits[1]]
    ticks = powers[:: math.ceil(len(powers) / 6)]
    return Scale(
        limits=limits, floor=limits[0], ticks=ticks, minor=powers, text=lambda n: units.size(round(n))
    )


def time_scale(curves: Sequence[Curve]) -> Scale:
    """
    Return the axis of seconds per call.

    Parameters
    ----------
    curves : sequence of Curve
        What will be drawn; may be none.

    Returns
    -------
    Scale
    """
    return value_scale(curves, units.seconds)


def value_scale(curves: Sequence[Curve], text: Callable[[float], str], most: int = 7) -> Scale:
    """
    Return an axis of values with units.

    Parameters
    ----------
    curves : sequence of Curve
        What will be drawn; may be none.
    text : callable
        Writes a value with its unit.
    most : int
        Most ticks.

    Returns
    -------
    Scale
    """
    limits = _limits(_ranges(curves), pad=1.4, least=10) if curves else (1e-7, 1e-3)
    return Scale(
        limits=limits,
        floor=limits[0],
        ticks=_round_numbers(limits, most=most),
        text=lambda value: _brief(text(value)),
    )


def _brief(text: str) -> str:
    """Return a number with its unit, without the zeros that end a fraction."""
    return re.sub(r"\.?0+ ", " ", text) if "." in text else text


def speedup_scale(curves: Sequence[Curve], strip: float = 0.0) -> Scale:
    """
    Return the axis of speedups, which always shows 1.

    Parameters
    ----------
    curves : sequence of Curve
        What will be drawn; may be none.
    strip : float
        Share of the axis, below 1, that stays free of curves at its lower end.

    Returns
    -------
    Scale
    """
    low, high = _limits([*_ranges(curves), np.ones(1)], pad=1.4, least=4) if curves else (0.4, 2.5)
    return Scale(
        limits=(high / (high / low) ** (1 / (1 - strip)), high),
        floor=low,
        ticks=_round_numbers((low, high), most=8),
        text=lambda ratio: f"{units.significant(ratio, 1)}\N{MULTIPLICATION SIGN}",
    )


def _limits(values: Sequence[NDArray[np.float64]], *, pad: float, least: float) -> tuple[float, float]:
    """Return limits that hold all values with a factor `pad` to spare and are a factor `least` apart."""
    low, high = float(np.nanmin(np.concatenate(values))), float(np.nanmax(np.concatenate(values)))
    pad = max(pad, math.sqrt(least * low / high))
    return low / pad, high * pad


def _ranges(curves: Sequence[Curve]) -> list[NDArray[np.float64]]:
    """Return values and intervals; a wild interval is cut, lest it squeeze all else."""
    values = np.concatenate([curve.value for curve in curves])
    near = (np.nanmin(values) / 3, np.nanmax(values) * 3)
    return [values, *(np.clip(end, *near) for curve in curves for end in (curve.low, curve.high))]


def _round_numbers(limits: tuple[float, float], *, most: int) -> list[float]:
    """Return 1, 2 and 5 in every decade if those are at most so many, else every k-th power of ten."""
    powers = range(math.floor(math.log10(limits[0])), math.ceil(math.log10(limits[1])) + 1)
    choices = [[float(f"{digit}e{power}") for power in powers for digit in (1, 2, 5)]]
    for step in range(1, len(powers) + 1):
        choices += [[float(f"1e{power}") for power in powers if power % step == 0]]
    inside = [[tick for tick in ticks if limits[0] <= tick <= limits[1]] for ticks in choices]
    return next((ticks for ticks in inside if len(ticks) <= most), inside[-1])
