"""How a call is brought to the speed at which it is timed: its warm-up, and what leads it in again later."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median

from harness.timing.rules import Rules

LED_IN = 1.05
"""Seconds of an untimed call, relative to those of a timed one, at which a contender runs as it should."""
LEAD_IN_LIMIT = 6e-3
"""Seconds after which a contender is timed though it does not: the cell shows what that was."""
STALL = 0.02
"""Seconds that a stall of the host hardly lasts: of a call that takes longer one is enough to know it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warm:
    """What a warm-up found out."""

    number: int
    """Calls in a block: between what fits at the best and at the level, which others may have raised."""
    best: float
    """Seconds per call in the best block seen."""
    level: float
    """Seconds per call in the last window."""
    steady: bool
    """Whether two windows agreed before the limit."""
    seconds: float


def warm_up(run: Callable[[int], float], rules: Rules) -> Warm:
    """Run a call until it takes the same time in two successive windows, and choose its block."""
    spent, best, number = 0.0, math.inf, 1
    previous = math.nan
    while True:
        window, blocks = 0.0, []
        while window < rules.window:
            took = run(number)
            window += took
            blocks.append(took / number)
            best = min(best, took / number)
            number = max(1, math.floor(rules.block / best)) if best > 0 else number * 2
        spent += window
        # The mean of a window would carry every stall of the host and hardly ever agree with the next one.
        level = median(blocks)
        # A call that is longer than the whole warm-up had its own in the one before that was not timed.
        steady = abs(level - previous) <= rules.steady * level or level >= rules.warm_most
        # A pool's thread that was woken behind another process makes the first call look as long as a whole
        # warm-up; blocks of a single call would then be what is timed.
        may_be_a_stall = math.isnan(previous) and rules.warm_most <= level < STALL
        if not may_be_a_stall and (spent >= rules.warm_most or (steady and spent >= rules.warm_least)):
            number = max(1, math.floor(rules.block / math.sqrt(best * level))) if best > 0 else number
            return Warm(number=number, best=best, level=level, steady=steady, seconds=spent)
        previous = level


def raise_clock(run: Callable[[int], float], rules: Rules, level: float) -> None:
    """Run a call whose device has idled until it is steady, and at `level`, as fast as in its warm-up."""
    rules = replace(rules, window=rules.lead_window, warm_least=rules.lead_least, warm_most=rules.lead_most)
    spent = 0.0
    while spent < rules.lead_most:
        warm = warm_up(run, rules)
        spent += warm.seconds
        if warm.steady and warm.level <= LED_IN * level:
            return


def lead_in(run: Callable[[int], float], number: int, level: float) -> None:
    """Run a call, so many at once, until it takes the seconds that it should, `level`."""
    spent = 0.0
    while True:
        took = run(number)
        spent += took
        if took <= LED_IN * level * number or spent > LEAD_IN_LIMIT:
            return
