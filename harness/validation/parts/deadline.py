"""A call that lasts as long as it was told to must read as long."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from harness.machine.host_counters import Host
from harness.timing.contender import Contender
from harness.timing.loop import floor, timed_loop
from harness.timing.noise import disturbed_share, round_median
from harness.timing.rules import Rules
from harness.timing.sampling import measure
from harness.validation.check import Check
from harness.validation.trials import Say

PART = "deadline"
DURATIONS = (1e-6, 3e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
"""Seconds that the calls spin."""
SLOPE_BAND = 0.01
LARGEST_INTERCEPT = 1e-6
"""Seconds: what a call, two readings of the clock and half a turn of the spinning loop may cost."""
BUDGET = 0.5
"""Seconds of the timed blocks: enough for all the passes of a run."""
MOST_DISTURBED = 0.25
"""Share of a call's blocks from which on a wrong reading may be the host's."""


def spin(seconds: float) -> None:
    """Keep the processor busy for that long."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def deadline(say: Say) -> list[Check]:
    """Time calls that spin for 1 µs to 10 ms, on the real clock with the real sampling."""
    say(f"{PART}: {len(DURATIONS)} calls of 1 µs to 10 ms")
    empty = floor("", {})

    def contender(seconds: float) -> Contender:
        names: dict[str, Any] = {"spin": spin, "seconds": seconds}
        run = timed_loop("spin(seconds)", "", names)
        return Contender(backend="spin", run=run, floor=empty, subtract=True)

    rules = Rules(budget=BUDGET)
    rounds = measure([contender(seconds) for seconds in DURATIONS], rules, Host(), seed=0).rounds
    taken = max(map(disturbed_share, rounds))
    doubt = f"other work disturbed {taken:.0%} of a call's blocks" if taken > MOST_DISTURBED else ""
    return fit(DURATIONS, list(map(round_median, rounds)), doubt)


def fit(asked: Sequence[float], read: Sequence[float], doubt: str = "") -> list[Check]:
    """Return slope and intercept of the seconds that were read against those asked for."""
    # Least squares of the relative residuals, so that a microsecond counts as much as ten milliseconds.
    slope, intercept = np.polyfit(asked, read, 1, w=1 / np.asarray(asked)).tolist()
    furthest = max(abs(r / (intercept + slope * a) - 1) for a, r in zip(asked, read, strict=True))
    return [
        Check(
            part=PART,
            name="seconds read per second asked, 1 µs to 10 ms",
            measured=slope,
            unit="ratio",
            low=1 - SLOPE_BAND,
            high=1 + SLOPE_BAND,
            doubt=doubt,
            detail=f"off by {slope - 1:+.2%}; furthest from the line: {furthest:.2%}",
        ),
        Check(
            part=PART,
            name="cost of the spinning call itself, beyond the floor",
            measured=intercept,
            unit="seconds",
            low=0.0,
            high=LARGEST_INTERCEPT,
            doubt=doubt,
        ),
    ]
