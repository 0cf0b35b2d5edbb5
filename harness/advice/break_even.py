"""From how many calls per transfer on a contender is faster."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from harness.advice.ratio_curve import Estimates
from harness.statistics.arrays import Floats

MOST_CALLS = 1e6
"""Calls per transfer beyond which a break-even is none in practice."""
_CLOSE = 1e-6
"""How well it is found, relatively."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakEven:
    """
    The number of calls per transfer from which on a contender is faster than the baseline.

    Attributes
    ----------
    calls, low, high : float
        With the ends of its 95 % interval, at least 1; infinite where it never is. With `high` infinite it is
        not known ever to be.
    """

    calls: float
    low: float
    high: float

    @property
    def is_known(self) -> bool:
        """Whether some number of calls is known to pay for the transfer."""
        return not math.isinf(self.high)


def break_even(of_calls: Callable[[float], Estimates]) -> BreakEven:
    """
    Return from how many calls per transfer on a contender is faster.

    Parameters
    ----------
    of_calls : callable
        Returns the log speedup of a number of calls with one transfer, as arrays of one element.

    Returns
    -------
    BreakEven

    Notes
    -----
    With the baseline's time of a call as the unit, a contender takes c for a call and r for one with its
    transfers; K calls on data that is moved once take r + (K - 1) c, and are even with the baseline's K at
    ``K* = (r - c) / (1 - c)``. The interval holds the numbers of calls whose speedup is not known to be to
    one side of 1, so that it and the verdict at a number of calls never contradict each other.

    References
    ----------
    E. C. Fieller, "Some problems in interval estimation", J. Royal Statistical Society B 16, 1954, for an
    interval of a ratio as the values that a test does not reject.
    """
    return BreakEven(
        calls=_first(lambda calls: of_calls(calls).logs),
        low=_first(lambda calls: of_calls(calls).logs + of_calls(calls).above),
        high=_first(lambda calls: of_calls(calls).logs - of_calls(calls).below),
    )


def _first(log: Callable[[float], Floats]) -> float:
    """Return the least number of calls, from 1 on, at which a log speedup is above 0; infinite for none."""
    if log(1)[0] > 0:
        return 1.0
    if not log(MOST_CALLS)[0] > 0:
        return math.inf
    below, above = 0.0, math.log(MOST_CALLS)
    while above - below > _CLOSE:
        middle = (below + above) / 2
        below, above = (below, middle) if log(math.exp(middle))[0] > 0 else (middle, above)
    return math.exp(above)
