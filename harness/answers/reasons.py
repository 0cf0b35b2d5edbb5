"""Why a speedup has no verdict, in words."""

import math
from collections.abc import Sequence

import numpy as np

from harness.statistics.arrays import Floats, Marks
from harness.units import ratio, share

SPOILED = "another process or a quota took a core; no pass was free of it"
"""How the reason begins for a time of several threads that says nothing of them."""
_TWICE = math.log(2)
_MOST = 100.0  # a logarithm that no time is above another by
_FEW = 2
"""Rounds of which the spread says little."""


def reasons_of(
    unsure: Marks, spoiled: Marks, busy: Floats, margin: Floats, ends: tuple[Floats, Floats], rounds: Floats
) -> list[str]:
    """
    Return why each speedup is unsure; nothing of the others.

    `busy` is the log speedup over all passes where that is another, `ends` are those of the intervals of log
    speedups, and `rounds` has what each round says.
    """
    reasons = [""] * len(unsure)
    low, high = ends
    for at in np.flatnonzero(unsure).tolist():
        said = rounds[at][~np.isnan(rounds[at])]
        if spoiled[at]:
            apart = _apart(said, "and the rounds")
            reasons[at] = f"{SPOILED}{apart}"
        elif not math.isnan(busy[at]):
            reasons[at] = f"{ratio(math.exp(busy[at]))} while others use the cores"
        elif len(said) <= _FEW:
            reasons[at] = "only one round" if len(said) == 1 else f"only 2 rounds{_apart(said, 'which')}"
        elif high[at] - low[at] > 2 * margin[at]:
            reasons[at] = f"the rounds differ by {_spread(said)}"
        else:
            reasons[at] = "too close to the edge of a verdict"
    return reasons


def _apart(said: Sequence[float] | Floats, rounds: str) -> str:
    """Return how far apart rounds are where that is far: the best is the one that was slowed down least."""
    return f", {rounds} differ by {_spread(said)}" if max(said) - min(said) > _TWICE else ""


def _spread(said: Sequence[float] | Floats) -> str:
    """Return by how much the highest of some log ratios is above the lowest."""
    apart = min(float(max(said) - min(said)), _MOST)
    return ratio(math.exp(apart)) if apart > _TWICE else share(math.expm1(apart))
