"""Figures of a result beside those that were expected: how far off they are, and which by more than half."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.ops.dtypes import BITS, Array, Limits, limits, to_numbers
from harness.ops.trees import is_array

CLOSE = 64.0
"""Last digits by which a figure may differ that is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A part of a result as numbers in double precision, with what was expected."""

    given: Array
    wanted: Array
    """Exactly, but infinite where the dtype ends."""
    own: Array
    """By the baseline in the dtype."""
    scale: float
    """The largest exact figure, by which errors are divided; 1 where there is none."""
    dtype: str
    held: Limits
    """What its dtype can hold."""

    @staticmethod
    def of(value: Any, exact: Any, plain: Any, dtype: str) -> "Figures":  # noqa: ANN401 - arrays or numbers
        """Return three of one shape as figures, a float's or an array's."""
        held = _limits_of(plain, dtype)
        own = _wide(plain, dtype)
        wanted = _in_range(_wide(exact, dtype), held)
        # Where the baseline itself fails, as by inf - inf, there is nothing to hold others against.
        fails = ~_alike(own, wanted) & ~(np.isfinite(own) & np.isfinite(wanted))
        given = _wide(value, dtype)
        whole, exactly = np.asarray(value), np.asarray(exact)
        if whole.dtype.kind in "iu" and exactly.dtype.kind in "iu":  # beyond 2^53 neighbours look the same
            given = np.where((whole != exactly) & (given == wanted), np.nextafter(given, math.inf), given)
        if fails.any():
            wanted, given = np.where(fails, own, wanted), np.where(fails, own, given)
        scale = largest(wanted) or largest(own) or 1.0
        return Figures(given=given, wanted=wanted, own=own, scale=scale, dtype=dtype, held=held)

    def error(self, values: Array) -> float:
        """Return the largest error over the scale; infinite where only one of two figures is finite."""
        unlike = ~_alike(values, self.wanted)
        if not unlike.any():
            return 0.0
        if not (np.isfinite(values) & np.isfinite(self.wanted))[unlike].all():
            return math.inf
        return float(np.max(np.abs(values[unlike] - self.wanted[unlike]))) / self.scale

    def other(self, value: Any) -> Array:  # noqa: ANN401 - an array or a number
        """Return the same part of another result; no numbers where it has another shape."""
        values = _in_range(_wide(value, self.dtype), self.held)
        return values if values.shape == self.wanted.shape else np.full(self.wanted.shape, math.nan)

    def grossly_off(self) -> Array:
        """Return which figures are off by more than half of themselves where the baseline's are right."""
        size = np.abs(self.wanted)
        counts = np.isfinite(self.wanted) & (size > self.held.smallest)
        with np.errstate(all="ignore"):
            off = np.abs(self.given - self.wanted) > size / 2
        return np.asarray(off & counts & self.close(self.own))

    def close(self, values: Array) -> Array:
        """Return which figures of a result are those expected, but for their last digits."""
        with np.errstate(all="ignore"):
            return np.asarray(np.abs(values - self.wanted) <= CLOSE * self.held.epsilon * np.abs(self.wanted))


def _limits_of(plain: Any, dtype: str) -> Limits:  # noqa: ANN401 - an array or a number
    """Return what the dtype of a result can hold; nothing but exact ones of whole numbers."""
    kind = np.asarray(plain).dtype
    if kind == BITS and dtype == "bfloat16":
        return limits("bfloat16")
    return limits(str(np.finfo(kind).dtype) if kind.kind == "c" else str(kind))


def _in_range(values: Array, held: Limits) -> Array:
    """Return figures, infinite where they are beyond what a dtype can hold, and 0 where they are below."""
    if values.dtype.kind != "f":
        return values
    size = np.abs(values)
    beyond, below = size > held.largest, size < held.smallest * held.epsilon
    values = np.where(beyond, np.copysign(math.inf, values), values) if beyond.any() else values
    return np.where(below, 0.0, values) if below.any() else values


def _alike(values: Array, others: Array) -> Array:
    """Return which figures are the same, or none both times."""
    return np.asarray((values == others) | (np.isnan(values) & np.isnan(others)))


def largest(value: Any) -> float:  # noqa: ANN401 - an array or a number
    """Return the largest finite figure without its sign; 0 where there is none."""
    sizes = np.abs(np.asarray(value))
    found = float(np.max(sizes, initial=0.0))
    if math.isfinite(found):  # to leave some out takes longer
        return found
    return float(np.max(sizes, where=np.isfinite(sizes), initial=0.0))


def _wide(value: Any, dtype: str) -> Array:  # noqa: ANN401 - an array or a number
    """Return an array or a number in double precision."""
    array = np.asarray(value)
    if dtype == "bfloat16" and is_array(value):
        array = to_numbers(array)
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)
