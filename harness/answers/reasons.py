"""Why a speedup has no verdict, in words."""

import math
from collections.abc import Sequence

import numpy as np

from harness.statistics.arrays import Floats, Marks

_TWICE = math.log(2)
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
            reasons[at] = f"another process used a core; no pass was free of it{_slowed(said)}"
        elif not math.isnan(busy[at]):
            reasons[at] = f"{math.exp(busy[at]):.3g} while others use the cores"
        elif len(said) <= _FEW:
            reasons[at] = "only one round" if len(said) == 1 else "only 2 rounds"
        elif high[at] - low[at] > 2 * margin[at]:
            reasons[at] = f"the rounds differ by {_spread(said)}"
        else:
            reasons[at] = "too close to the edge of a verdict"
    return reasons


def _slowed(said: Sequence[float] | Floats) -> str:
    """Return how far apart rounds are where that is far: the best is the one that was slowed down least."""
    apart = max(said) - min(said)
    return f", and the rounds differ by {_spread(said)}" if apart > _TWICE else ""


def _spread(said: Sequence[float] | Floats) -> str:
    """Return by how much the highest of some log ratios is above the lowest."""
    apart = float(max(said) - min(said))
    if apart > _TWICE:
        return f"{math.exp(apart):.2g} times" if apart < 600 else "any factor"  # noqa: PLR2004 - of what a float holds
    return f"{100 * math.expm1(apart):.2g} %"
