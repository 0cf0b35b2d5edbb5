"""What a run and its worker processes say to each other."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.backends.table import BASELINE
from harness.model import Ceiling, Op, Round, Span, Status
from harness.timing.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One contender of a group: a statement on a backend."""

    backend: str
    spans: tuple[Span, ...]
    """What the statement is the measurement of; the first of them decides the clock."""
    statement: str
    twin: str = ""
    """Tells apart lanes of one backend that have operands of their own, as if they were of two backends."""

    @property
    def contender(self) -> str:
        """What lanes share that share operands and thread pools: the backend, or its twin."""
        return self.backend + self.twin


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The contenders that are compared in the same moment, on the same operands."""

    n: int
    dtype: str
    lanes: tuple[Lane, ...]
    check: bool = False
    """Whether it is new, and held against float64 though the others of its task no longer are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a worker is to do; `cold` and `pinned` are `harness.backends.torch.TorchBackend`'s."""

    op: Op
    groups: tuple[Group, ...]
    rules: Rules
    seed: int
    order: int  # of the round, from 0 on
    check: bool = True
    """Whether results are held against float64 first, which takes longer than to time them."""
    first: bool = True
    """Whether the first call of each statement has a time of its own; else the warm-up begins with it."""
    cold: bool = False
    pinned: bool = False
    baseline: str = BASELINE
    """The backend whose result in double precision a user's function is held against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a round found out about one lane."""

    status: Status = Status.OK
    reason: str = ""
    round: Round | None = None
    error: float = math.nan
    tolerance: float = math.nan
    remark: str = ""
    """What must be known to read the figure."""
    moved: float = math.nan
    """Bytes of operands and result, of a function of which nobody has counted them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFindings:
    """The findings of a group's lanes in their order, and the seconds spent timed and warming up."""

    findings: tuple[Finding, ...]
    timed: float
    warm_up: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LibrariesTask:
    """What a worker is to do instead of a round: say which libraries it has, and the threads of backends."""

    backends: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyTask:
    """What a worker is to do instead of a round: call a user's function at some sizes, and tell of it."""

    op: Op
    backends: tuple[str, ...]
    sizes: tuple[int, ...]  # ascending
    seed: int
    longest: float  # seconds of a size's arguments and calls, beyond which no further size is tried
    memory: int  # bytes of the host that are free


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyed:
    """What a worker saw of a user's function at one size."""

    n: int
    operands: tuple[str, ...] = ()
    """Names of the arrays that the arguments are made of."""
    arguments: Mapping[str, str] = field(default_factory=dict)
    dtype: str = ""
    digests: Mapping[str, str] = field(default_factory=dict)
    """Of the code of the functions, by the names that they have in the statements."""
    results: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By backend, how each array in a result is got at; of a gradient, each that can be differentiated."""
    hangs: bool = False
    """Whether a result hangs on a graph that Torch recorded."""
    seconds: Mapping[str, float] = field(default_factory=dict)  # per call, by backend
    making: float = 0.0  # seconds to make the arguments, which every round does anew
    threaded: bool = False
    """Whether the baseline used more than one thread."""
    bytes: int = 0
    """Of the operands."""
    reason: str = ""
    """Why it saw nothing: the arguments cannot be made, or take too much memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CeilingTask:
    """What a worker is to do instead of a round: measure how fast devices can be."""

    devices: tuple[str, ...]
    dtypes: tuple[str, ...]
    seconds: float  # for each backend, size and statement
    memory: int  # bytes of the host that are free


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCeilings:
    """The ceilings of one device, or the reason why there are none."""

    ceilings: tuple[Ceiling, ...] = ()
    reason: str = ""


AnyTask = Task | LibrariesTask | CeilingTask | SurveyTask


def answers_owed(task: AnyTask) -> int:
    """Return how many values answer a task: one per group, size or device."""
    if isinstance(task, Task):
        return len(task.groups)
    if isinstance(task, SurveyTask):
        return len(task.sizes)
    return len(task.devices) if isinstance(task, CeilingTask) else 1


@dataclass(frozen=True, slots=True)
class Begun:
    """A task was given to this process, the leader of a group of its own."""

    pid: int


@dataclass(frozen=True, slots=True)
class Ended:
    """A fork ended by itself: with this code, or by a signal if it is negative."""

    code: int
