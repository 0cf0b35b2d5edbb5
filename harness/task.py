"""What a sweep and its worker processes say to each other."""

import struct
from dataclasses import dataclass

from harness.contender import Rules
from harness.model import Ceiling, Op, Round, Status
from harness.plan import Group

HEARTBEAT = struct.Struct("=QQ")
"""What the worker leaves in a shared file: a count of steps, and the lane it is in plus 1 (0: in none)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a worker is to do; `cold` and `pinned` are `harness.backends.torch.TorchBackend`'s."""

    op: Op
    groups: tuple[Group, ...]
    rules: Rules
    seed: int
    order: int
    cold: bool = False
    pinned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a round found out about one lane."""

    status: Status = Status.OK
    reason: str = ""
    round: Round | None = None
    error: float = float("nan")
    tolerance: float = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFindings:
    """The findings of a group's lanes in their order, and the seconds spent timed and warming up."""

    findings: tuple[Finding, ...]
    timed: float
    warm_up: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CeilingTask:
    """
    What a worker is to do instead of a round: measure how fast devices can be.

    Attributes
    ----------
    devices, dtypes : tuple of str
        Which, and in what.
    seconds : float
        Time for each backend and size.
    memory : int
        Bytes of host memory that are free.
    """

    devices: tuple[str, ...]
    dtypes: tuple[str, ...]
    seconds: float
    memory: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCeilings:
    """The ceilings of one device, or the reason why there are none."""

    ceilings: tuple[Ceiling, ...] = ()
    reason: str = ""
