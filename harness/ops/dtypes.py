"""Dtypes and what NumPy holds of them: bfloat16, which it lacks, lies in arrays of its bits.

It knows no op and no library but NumPy.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.model import ITEMSIZE

Array = np.ndarray[Any, Any]
BITS = np.dtype(np.uint16)
"""What the bits of bfloat16 are held in; no op has operands or results of it otherwise."""
_CUT = 16  # the lower bits of a float32, which bfloat16 has not


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a dtype can hold."""

    epsilon: float
    """Distance from 1 to the next number."""
    smallest: float
    """The smallest number above 0 that has all its digits."""
    largest: float
    """The largest finite number."""


def itemsize(dtype: str) -> int:
    """Return the bytes of an element."""
    return ITEMSIZE[dtype] if dtype in ITEMSIZE else np.dtype(dtype).itemsize


def limits(dtype: str) -> Limits:
    """Return what a dtype can hold."""
    if dtype == "bfloat16":  # the exponents of float32 with 8 digits of the significand
        return Limits(epsilon=2.0**-7, smallest=2.0**-126, largest=(2 - 2.0**-7) * 2.0**127)
    if np.dtype(dtype).kind in "biu":  # whole numbers are exact
        largest = 1 if dtype == "bool" else np.iinfo(dtype).max
        return Limits(epsilon=0.0, smallest=1.0, largest=float(largest))
    numbers = np.finfo(dtype)
    return Limits(
        epsilon=float(numbers.eps), smallest=float(numbers.smallest_normal), largest=float(numbers.max)
    )


def to_dtype(values: Array, dtype: str) -> Array:
    """
    Return finite numbers in a dtype, rounded to nearest and half to even; no copy if they are in it.

    For ``"bfloat16"`` they have to be float32, and the result is of `BITS`.
    """
    if dtype != "bfloat16":
        return values.astype(dtype, copy=False)
    bits = values.view(np.uint32)
    half_to_even = np.uint32(0x7FFF) + (bits >> _CUT & np.uint32(1))
    return (bits + half_to_even >> _CUT).astype(BITS)


def to_numbers(array: Array) -> Array:
    """Return what NumPy can compute with: float32 in the place of bits, else the same array."""
    return (array.astype(np.uint32) << _CUT).view(np.float32) if array.dtype == BITS else array


def dtype_name(array: Array) -> str:
    """Return the name of the dtype that an array holds, be it as bits."""
    return "bfloat16" if array.dtype == BITS else str(array.dtype)
