"""What one acceptance test found: a figure, and the limits that it has to keep."""

import math
from dataclasses import dataclass
from typing import Literal

from harness.units import ratio, seconds, significant

Unit = Literal["share", "ratio", "seconds"]
"""Share of 1, ratio of two durations or rates, or seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One acceptance test and its outcome."""

    part: str
    name: str
    measured: float
    """In `unit`; NaN where it was not found out."""
    unit: Unit
    low: float = -math.inf
    """Included, as is `high`; infinite where there is no limit."""
    high: float = math.inf
    detail: str = ""
    """What must be known to read the figure."""
    seconds: float = 0.0
    """How long the test took, or what it shares with others of its part."""

    @property
    def passed(self) -> bool | None:
        """Whether the figure keeps its limits; None where it has none and is there to compare with."""
        if math.isinf(self.low) and math.isinf(self.high):
            return None
        return bool(self.low <= self.measured <= self.high)  # a figure of NumPy gives no bool of JSON

    @property
    def figure(self) -> str:
        """The figure as text."""
        return _text(self.measured, self.unit)

    @property
    def limit(self) -> str:
        """The limits as text; empty where there are none."""
        low, high = _text(self.low, self.unit), _text(self.high, self.unit)
        if math.isinf(self.low):
            return "" if math.isinf(self.high) else f"at most {high}"
        return f"at least {low}" if math.isinf(self.high) else f"{low} to {high}"


def sampling_error(share: float, count: int) -> float:
    """Return how far a share that is counted may be off by chance: twice a binomial's standard error."""
    return 2 * math.sqrt(share * (1 - share) / count)


def _text(value: float, unit: Unit) -> str:
    """Return a figure with its unit."""
    if not math.isfinite(value):
        return "–"
    if unit == "share":
        return f"{significant(100 * value)} %"
    return ratio(value) if unit == "ratio" else seconds(value)
