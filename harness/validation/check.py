"""What one acceptance test found: a figure, the limits that it has to keep, and what comes of the two."""

import math
from dataclasses import dataclass
from typing import Literal

from harness.units import ratio, seconds, significant

Unit = Literal["share", "ratio", "seconds"]
"""Share of 1, ratio of two durations or rates, or seconds."""
Outcome = Literal["pass", "FAIL", "cannot be told", ""]
"""What a figure says of the timer; nothing where it has no limits and is there to compare with."""


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
    doubt: str = ""
    """Why a figure outside of the limits would be the host's and not the timer's; else empty."""
    detail: str = ""
    """What must be known to read the figure."""
    seconds: float = 0.0
    """How long the test took, or what it shares with others of its part."""

    @property
    def outcome(self) -> Outcome:
        """What comes of the figure and its limits."""
        is_limited = not (math.isinf(self.low) and math.isinf(self.high))
        if math.isnan(self.measured):
            return "cannot be told" if is_limited or self.doubt else ""
        if not is_limited:
            return ""
        if self.low <= self.measured <= self.high:
            return "pass"
        return "cannot be told" if self.doubt else "FAIL"

    @property
    def passed(self) -> bool | None:
        """Whether the figure keeps its limits; None where it has none, and where it cannot be told."""
        outcome = self.outcome
        return None if outcome in {"", "cannot be told"} else outcome == "pass"

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


MEAN_BAND = 0.02
"""Relative difference that two ways of measuring may have over all cells together."""


def agreement_checks(
    part: str,
    names: tuple[str, str],
    *,
    share: float,
    mean: float,
    scatter: float,
    doubt: str,
    details: tuple[str, str],
) -> list[Check]:
    """
    Return what two ways of measuring the same say of each other.

    The share of cells that agree but for chance, and the geometric mean of their ratios, known to `scatter`.
    """
    wide = f"the host's scatter alone leaves {scatter:.1%} open" if scatter > MEAN_BAND else ""
    return [
        Check(
            part=part,
            name=names[0],
            measured=share,
            unit="share",
            low=1.0,
            doubt=doubt,
            detail=details[0],
        ),
        Check(
            part=part,
            name=names[1],
            measured=mean,
            unit="ratio",
            low=1 - MEAN_BAND,
            high=1 + MEAN_BAND,
            doubt=doubt or wide,
            detail=details[1],
        ),
    ]


def most_by_chance(share: float, count: int, chance: float) -> float:
    """Return the share of so many that is exceeded no more often than that, where `share` is the true one."""
    return _most(share, count, chance) / count if count else share


def least_by_chance(share: float, count: int, chance: float) -> float:
    """Return the share of so many that is missed no more often than that, where `share` is the true one."""
    return (count - _most(1 - share, count, chance)) / count if count else share


def _most(share: float, count: int, chance: float) -> int:
    """Return the least number whose binomial tail is no heavier than a chance; a normal one's is, for few."""
    tail = 1.0
    for found in range(count):
        tail -= math.comb(count, found) * share**found * (1 - share) ** (count - found)
        if tail <= chance:
            return found
    return count


def _text(value: float, unit: Unit) -> str:
    """Return a figure with its unit."""
    if not math.isfinite(value):
        return "–"
    if unit == "share":
        return f"{significant(100 * value)} %"
    return ratio(value) if unit == "ratio" else seconds(value)
