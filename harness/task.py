"""What a sweep and its worker processes say to each other."""

import struct
from dataclasses import dataclass

from harness.measure import Rules
from harness.model import Op, Round, Status
from harness.plan import Group

HEARTBEAT = struct.Struct("=QQ")
"""What the worker leaves in a shared file: a count of steps, and the lane it is in plus 1 (0: in none)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a worker is to do."""

    op: Op
    groups: tuple[Group, ...]
    rules: Rules
    seed: int
    order: int


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
