"""How far a run is, and the answers as they stand meanwhile: what whoever looks on is told."""

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The answer for one op and backend as it stands."""

    op: str
    backend: str
    sentence: str
    cells: int
    decided: int  # of the cells, those that have a verdict
    rounds: int  # measured so far


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What begins now, or one op measured in one more round."""

    elapsed: float  # seconds since the run began
    seconds: float  # that it may take
    doing: str  # what comes next, in words
    standings: tuple[Standing, ...] = ()  # of the op that was measured
    noisy: int = 0  # cells of that op
    done: bool = False  # whether the op is finished

    @property
    def is_bounded(self) -> bool:
        """Whether the run has a time to keep to."""
        return 0 < self.seconds < math.inf

    @property
    def used(self) -> str:
        """How much of the time is used, such as ``"40 of 60 s"``."""
        return f"{self.elapsed:.0f} of {self.seconds:.0f} s" if self.is_bounded else f"{self.elapsed:.0f} s"


STARTING = Step(elapsed=0.0, seconds=math.inf, doing="starting what measures")
"""What is done before a run has said anything."""
Tell = Callable[[Step], None]
