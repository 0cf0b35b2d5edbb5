"""How far a run is, and the answers as they stand meanwhile: what whoever looks on is told."""

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
    """One op measured in one more round."""

    elapsed: float  # seconds since the run began
    seconds: float  # that it may take
    doing: str  # what comes next, in words
    standings: tuple[Standing, ...] = ()  # of the op that was measured
    done: bool = False  # whether the op is finished


Tell = Callable[[Step], None]
