"""Whether NumPy is slower in a process that has imported Torch, where a run has looked."""

from collections.abc import Mapping
from typing import Any

from harness.units import interval, multiple

Facts = Mapping[str, Any]
"""The contents of a ``run.json``; a run of an older version did not look."""


def beside_torch(facts: Facts, band: float) -> str:
    """
    Return by how much NumPy alone differs from NumPy beside Torch; empty where the two are within a band.

    Such as ``"NumPy alone is 1.30 times faster than beside Torch here (1.21 to 1.39): …"``.
    """
    found = facts.get("numpy_alone")
    if not found:
        return ""
    value, low, high = found["ratio"], found["low"], found["high"]
    if low > 1 + band:
        return (
            f"NumPy alone is {multiple(value)} times faster than beside Torch here{interval(low, high)}: "
            "a program without Torch in it has less to gain than these speedups say"
        )
    if high < 1 / (1 + band):
        return (
            f"NumPy alone is {multiple(1 / value)} times slower than beside Torch here"
            f"{interval(1 / high, 1 / low)}: a program without Torch in it has more to gain than these "
            "speedups say"
        )
    return ""
