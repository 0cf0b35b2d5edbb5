"""What marks a block as disturbed: switches, delay, steal, a slowed processor, a throttled device."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.model import DeviceState
from harness.timing.contender import Instruments
from harness.timing.yardstick import SLOWED

SWITCHES_PER_SECOND = 250.0
"""Involuntary context switches above this rate mark a block as disturbed: fresh pages alone cost 130."""
TAKEN_SHARE = 0.1
"""Blocks during which others took this share of the time are disturbed."""
STRETCH = 0.05
"""Seconds between two readings of the steal: the kernel counts it in ticks of 10 ms."""
THROTTLED = 0.75
"""Share of the clock seen in the warm-up below which a device is held down, and its blocks are disturbed."""


@dataclass(slots=True, kw_only=True)
class Blocks:
    """The blocks of a contender, and which of them were disturbed."""

    number: int
    """Calls in a block."""
    samples: list[float] = field(default_factory=list)
    """Seconds per call."""
    disturbed: list[bool] = field(default_factory=list)
    passes: list[int] = field(default_factory=list)
    """The pass that each is of."""
    spent: float = 0.0

    def add(self, seconds: float, in_pass: int) -> None:
        """Keep a block that took so long."""
        self.samples.append(seconds / self.number)
        self.disturbed.append(False)
        self.passes.append(in_pass)
        self.spent += seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The blocks that a contender took in a row."""

    blocks: Blocks
    first: int
    end: int

    def mark(self) -> None:
        """Mark all its blocks as disturbed."""
        for index in range(self.first, self.end):
            self.blocks.disturbed[index] = True


def loses_processor(switches: int, seconds: float) -> bool:
    """Return whether a block of that length was switched away from its processor too often."""
    # One switch in a short block is already a rate above the limit: that block did lose the processor.
    return switches > SWITCHES_PER_SECOND * seconds


def takes_much(taken: float, seconds: float) -> bool:
    """Return whether others took so many of these seconds that what was timed in them is disturbed."""
    return taken > TAKEN_SHARE * seconds


def is_throttled(states: Iterable[DeviceState], boost: float | None) -> bool:
    """Return whether a device was in any state below its clock after the warm-up, `boost` in hertz."""
    return boost is not None and any((state.sm_clock or math.inf) < THROTTLED * boost for state in states)


class StealWatch:
    """Looks at what the hypervisor stole; too much disturbed every turn since the look before."""

    def __init__(self, instruments: Instruments) -> None:
        self._instruments, self._turns = instruments, list[Turn]()
        self._began, self._steal = instruments.now(), instruments.steal()

    def note(self, turn: Turn) -> None:
        """Remember what has been timed since the last look."""
        self._turns.append(turn)

    def is_due(self) -> bool:
        """Return whether the last look is so long ago that the kernel's ticks tell something."""
        return self._instruments.now() - self._began >= STRETCH

    def look(self) -> None:
        """Judge what has been timed since the last look."""
        now = self._instruments.now()
        if takes_much(self._instruments.steal() - self._steal, now - self._began):
            for turn in self._turns:
                turn.mark()
        self._turns.clear()
        self._began, self._steal = now, self._instruments.steal()


class PaceWatch:
    """Looks at the pace of the processor between turns; a slowed one disturbed what lies next to the look."""

    def __init__(self, instruments: Instruments) -> None:
        self._instruments, self._turns, self._slowed = instruments, list[Turn](), False

    def note(self, turn: Turn) -> None:
        """Remember what has been timed since the last look."""
        self._turns.append(turn)

    def look(self, *, threaded: bool, ramps: bool) -> None:
        """Judge what has been timed since the last look; `threaded` and `ramps` are the last contender's."""
        if threaded:
            self._instruments.wait_for_idle()  # threads that spin would share the core, too
        slowed = self._instruments.pace(idle=threaded or ramps) > SLOWED
        if slowed or self._slowed:
            for turn in self._turns:
                turn.mark()
        self._turns.clear()
        self._slowed = slowed
