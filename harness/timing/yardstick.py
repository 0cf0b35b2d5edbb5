"""How fast the caller's processor is just now, by a fixed piece of work that belongs to no library.

Two hyper-threads share a core, and a hypervisor may have put a stranger on the other one: everything
then takes longer, and no counter of the kernel says so. A fixed piece of work does.
"""

import math
import time
import timeit
import zlib
from collections.abc import Callable
from functools import partial
from statistics import median

SLOWED = 1.25
"""Seconds of the work, relative to the fewest seen, from which on the processor is slowed.

A core that is shared reads 1.4 to 1.8, and one that is not 1.05 in the worst tenth."""
LEAST = 5e-4
"""Seconds of a reading of a slowed processor: one stall of the host is no slow processor."""
RISE = 6e-3
"""Seconds that an idle processor is given to raise its clock: one read 1.4 for 3 ms after sleeping 50."""
WORK = 2e-5
"""Seconds of the work: long enough for the clock, and short beside a turn."""
FIRST = 5e-3
"""Seconds in which the first best is looked for."""
BYTES = 8192
"""Of the default work, a checksum: they lie in the first cache."""


class Yardstick:
    """A fixed piece of work, and the fewest seconds that a call of it ever took in this process."""

    def __init__(self, work: Callable[[int], float] | None = None) -> None:
        self._work = work or timeit.Timer(partial(zlib.crc32, bytes(BYTES)), timer=time.perf_counter).timeit
        self._number, self._best = 1, math.inf
        spent = 0.0
        while spent < FIRST:
            spent += self._time_work()
            self._number = max(1, math.ceil(WORK / self._best))

    def read(self, *, idle: bool = False) -> float:
        """
        Return the seconds of the work relative to the fewest seen: 1 is as fast as ever, 2 half as fast.

        One that was idle is first given `RISE` seconds; what reads `SLOWED` was so for `LEAST` seconds.
        """
        if idle:
            self._least(RISE)
        return self._least(LEAST) / self._best

    def _least(self, most: float) -> float:
        """Return the fewest seconds of the work, until one is not slowed or that many are spent."""
        spent, least = 0.0, math.inf
        while spent < most and not least < SLOWED * self._best:
            took = self._time_work()
            spent += took
            least = min(least, took / self._number)
        return least

    def spin(self, seconds: float) -> float:
        """Keep the processor awake, so that its clock does not fall; return the median reading meanwhile."""
        readings: list[float] = []
        while seconds > 0:
            readings.append(self._time_work())
            seconds -= readings[-1]
        return median(readings) / self._number / self._best

    def _time_work(self) -> float:
        """Return the seconds of the work, done once more."""
        took = self._work(self._number)
        self._best = min(self._best, took / self._number)
        return took
