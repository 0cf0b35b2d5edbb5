"""The sizes that somebody asks for: ``"1k:16M"``, ``"8, 100, 2Ki"`` or a list of numbers."""

import math
import re
from collections.abc import Iterable

from harness.errors import UsageError

STEP = 4.0
"""Ratio of neighbouring sizes in a range, or less for a range of few."""
FEWEST = 5
"""Sizes of a range, if it is not too narrow for them."""
LARGEST = 2**40
"""Elements; more fit into no memory."""
_UNITS = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
_NUMBER = re.compile(r"\s*(\d+(?:\.\d+)?(?:e\d+)?)\s*([KMG]i|[kKMG]|)\s*")


def sizes_of(asked: "str | int | Iterable[int | str]") -> tuple[tuple[int, ...], bool]:
    """
    Return sizes, ascending, and whether they are these and no others, as those of a list are.

    k, M and G are decimal, Ki, Mi and Gi binary; `UsageError` says what cannot be meant.
    """
    if isinstance(asked, str) and ":" in asked:
        low, _, high = asked.partition(":")
        return _range(size_of(low), size_of(high)), False
    if isinstance(asked, str):
        listed: Iterable[int | str] = asked.split(",")
    else:
        listed = asked if isinstance(asked, Iterable) else (asked,)
    sizes = tuple(sorted({size_of(one) for one in listed}))
    if not sizes:
        raise UsageError("no size is given; give some, such as '1k:16M' or [100, 1000]")
    return sizes, True


def size_of(text: "int | str") -> int:
    """Return a size of one text or number."""
    if isinstance(text, str):
        match = _NUMBER.fullmatch(text)
        n = float(match[1]) * _UNITS[match[2]] if match else math.nan
    else:
        try:
            n = float(text) if float(text) == int(text) else math.nan
        except (TypeError, ValueError, OverflowError):
            n = math.nan
    if not (math.isfinite(n) and n == int(n) and 1 <= n <= LARGEST):
        raise UsageError(
            f"{text!r:.40} is no size; it is a whole number from 1 on, such as 1000, 16k, 2.5M or 64Ki, or a "
            "range of two, such as 1k:16M"
        )
    return int(n)


def _range(low: int, high: int) -> tuple[int, ...]:
    """Return sizes from one to another, both among them, each a few times the one before."""
    if low > high:
        raise UsageError(f"no size lies between {low} and {high}; swap the two")
    steps = max(FEWEST - 1, math.ceil(math.log(high / low, STEP) - 1e-9)) if high > low else 0
    exact = [low * (high / low) ** (step / steps) for step in range(steps + 1)] if steps else [low]
    return tuple(sorted({low, high, *map(round, exact)}))
