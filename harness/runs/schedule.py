"""How much a run measures: its rounds, when it looks at what they say, and the seconds that it may take."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from harness.runs.settings import Settings
from harness.workers.parents import Parents

LOOKS = (4, 6, 10)
"""Rounds after which the cells that are decided are left alone; the last is the most that are made."""
QUICK_LOOKS = (3, 5)
START, PER_OP = 6.0, 13.0
"""Seconds that a run may take: to start, and for each op."""
MOST_STARTED = 4
"""Processes that are started together."""
SHORT, FEW_STARTED = 30.0, 2
"""In a run of fewer seconds so few are: its first answer has to come soon."""
QUICK_START, QUICK_PER_OP = 4.0, 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What a run keeps to."""

    looks: tuple[int, ...]
    """Numbers of rounds, ascending."""
    seconds: float
    """Of the run in all; infinite where the rounds alone decide."""

    @property
    def rounds(self) -> int:
        """The most rounds that are made."""
        return self.looks[-1]

    def rounds_to_start(self, done: int) -> int:
        """Return for how many rounds there have to be processes now: up to the next look, some at a time."""
        together = FEW_STARTED if self.seconds < SHORT else MOST_STARTED
        return min(next(look for look in self.looks if look > done), done + together)


@dataclass(slots=True, kw_only=True)
class Timer:
    """The clock of a run, which keeps to its schedule."""

    now: Callable[[], float]
    began: float
    schedule: Schedule
    starts: float = 0.0
    grace: float = math.inf
    """Seconds by which the processes may keep the run beyond its time before it goes on without them."""

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return self.now() - self.began

    def left(self) -> float:
        """Return the seconds that the run may still take."""
        return self.schedule.seconds - self.elapsed

    def start(self, parents: Parents, rounds: int) -> bool:
        """Have processes for so many rounds, and count what that takes; return whether they are there."""
        began = self.now()
        are_there = parents.start(rounds, self.left() + self.grace)
        self.starts += self.now() - began
        return are_there


def schedule(settings: Settings, ops: int) -> Schedule:
    """Return the schedule of a run over so many ops; rounds that were asked for are all made."""
    start, per_op = (QUICK_START, QUICK_PER_OP) if settings.quick else (START, PER_OP)
    if settings.rounds is not None:
        seconds = math.inf if settings.seconds is None else settings.seconds
        return Schedule(looks=(settings.rounds,), seconds=seconds)
    seconds = start + per_op * ops if settings.seconds is None else settings.seconds
    return Schedule(looks=QUICK_LOOKS if settings.quick else LOOKS, seconds=seconds)
