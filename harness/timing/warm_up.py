"""How a call is brought to the speed at which it is timed: its first warm-up, and a device's later ones."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median

from harness.timing.rules import Rules

LED_IN = 1.05
"""Seconds of an untimed call, relative to those of a timed one, at which a contender runs as it should."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warm:
    """
    What a warm-up found out.

    Attributes
    ----------
    number : int
        Calls in a block. It follows the best block seen, so that one stall cannot fix it at 1.
    level : float
        Seconds per call in the last window.
    steady : bool
        Whether two windows agreed before the limit.
    seconds : float
        How long the warm-up took.
    """

    number: int
    level: float
    steady: bool
    seconds: float


def warm_up(run: Callable[[int], float], rules: Rules) -> Warm:
    """
    Run a call until it takes the same time in two successive windows, and choose its block.

    Parameters
    ----------
    run : callable
        Make that many calls and return the seconds they took together.
    rules : Rules
        Lengths of window, warm-up and block.

    Returns
    -------
    Warm

    Notes
    -----
    A window is judged by the median of its blocks: its mean would carry every stall of the host and
    hardly ever agree with the next one.
    """
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
        now = median(blocks)
        steady = abs(now - previous) <= rules.steady * now
        late = spent >= rules.warm_most and not math.isnan(previous)
        if late or (steady and spent >= rules.warm_least):
            return Warm(number=number, level=now, steady=steady, seconds=spent)
        previous = now


def raise_clock(run: Callable[[int], float], rules: Rules, level: float) -> None:
    """
    Run a call whose device has idled until it is steady, and as fast as in its warm-up.

    Parameters
    ----------
    run : callable
        See `warm_up`.
    rules : Rules
        Lengths of the lead-in, after which it ends in any case.
    level : float
        Seconds per call at the end of its warm-up.
    """
    rules = replace(rules, window=rules.lead_window, warm_least=rules.lead_least, warm_most=rules.lead_most)
    spent = 0.0
    while spent < rules.lead_most:
        warm = warm_up(run, rules)
        spent += warm.seconds
        if warm.steady and warm.level <= LED_IN * level:
            return
