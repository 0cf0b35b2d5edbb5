"""The vocabulary: the frozen values that the stages hand to one another.

It knows the words of the project and their shapes, and imports nothing else of the project.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

Library = Literal["numpy", "torch", "jax"]
"""The spelling in which an op is written."""


class Span(StrEnum):
    """What the clock covers."""

    CALL = "call"
    """Operands on the backend's device, until the result is ready there."""
    ROUND_TRIP = "round_trip"
    """From NumPy arrays in host memory to a NumPy result in host memory."""


class Place(StrEnum):
    """Where an operand or a result lies."""

    HOST = "host"
    """A NumPy array in host memory."""
    DEVICE = "device"
    """The backend's own array, on the backend's device."""


class Status(StrEnum):
    """What became of a cell; only `ok` and `noisy` cells carry a time."""

    OK = "ok"
    NOISY = "noisy"
    WRONG = "wrong"
    OOM = "oom"
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    SKIPPED = "skipped"
    IMPLAUSIBLE = "implausible"


TIMED = (Status.OK, Status.NOISY)
"""The statuses of cells that carry a time."""


class Verdict(StrEnum):
    """What an interval of a speedup allows one to say."""

    FASTER = "faster"
    SAME = "same"
    SLOWER = "slower"
    UNSURE = "unsure"


class State(StrEnum):
    """How a speedup curve stands to 1."""

    CROSSES = "crosses"
    ALWAYS = "always"
    NEVER = "never"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Op:
    """
    One operation, spelled as a user would type it in each library.

    Attributes
    ----------
    name : str
        How the op is called everywhere.
    summary : str
        One line that says what is timed.
    spelling : mapping of Library to str
        Statements over the operand names, `n`, and the library as ``np``, ``torch`` or ``jnp`` (and
        ``jax``). The last line is the expression whose value is the result.
    setup : mapping of Library to str
        Statements that are run once and not timed, such as the making of a compiled function.
    operands : tuple of str
        Names of the operands; each has n elements.
    square : bool
        Whether an operand is a square matrix of side sqrt(n) rather than a vector.
    source, target : Place
        Where, for the span `call`, the operands lie and the result has to arrive.
    requires_grad : bool
        Whether Torch records the graph of what is computed from the operands.
    detach : bool
        Whether Torch's result hangs on that graph and has to be detached before NumPy can read it.
    threaded : bool
        Whether NumPy runs this op on several threads, so that a one-thread NumPy is another backend.
    tolerance : float
        Largest error accepted, in units of the dtype's machine epsilon; see `harness.agree`.
    max_size : int
        Largest n of the default sweep; a larger one has to be asked for.
    notes : mapping of str to str
        What must be known to read the figure of a backend rightly, by backend; shown beside it.
    """

    name: str
    summary: str
    spelling: Mapping[Library, str]
    setup: Mapping[Library, str] = field(default_factory=dict)
    operands: tuple[str, ...] = ("x",)
    square: bool = False
    source: Place = Place.DEVICE
    target: Place = Place.DEVICE
    requires_grad: bool = False
    detach: bool = False
    threaded: bool = False
    tolerance: float = 8.0
    max_size: int = 4**12
    notes: Mapping[str, str] = field(default_factory=dict)

    def shape(self, n: int) -> tuple[int, ...]:
        """
        Return the shape of one operand of `n` elements.

        Parameters
        ----------
        n : int
            Elements of the operand.

        Returns
        -------
        tuple of int
            ``(n,)``, or ``(sqrt(n), sqrt(n))`` for an op on square matrices.
        """
        return (math.isqrt(n),) * 2 if self.square else (n,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One cell of the table before it is measured; `n` is in elements of the operand."""

    op: str
    backend: str
    n: int
    dtype: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """
    What one worker process found out about one case.

    Attributes
    ----------
    number : int
        Calls in a block.
    samples : tuple of float
        Seconds per call, one per block, net of `floor` where the backend is synchronous.
    disturbed : tuple of bool
        Which of the blocks were disturbed by other work on the host.
    floor : float
        Seconds per iteration of the empty loop (for an asynchronous backend: of an empty synchronise).
    faults_per_call : float
        Page faults per call, over all blocks.
    steady : bool
        Whether the warm-up became steady before its limit.
    """

    number: int
    samples: tuple[float, ...]
    disturbed: tuple[bool, ...]
    floor: float
    faults_per_call: float
    steady: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """
    One case with all that was found out about it.

    Attributes
    ----------
    case : Case
        What was measured.
    status : Status
        What became of it.
    reason : str
        Why, where the status is not `ok`; else what must be known to read the figure.
    rounds : tuple of Round or None
        One entry per round, in order; None where the round has no timing.
    max_error, tolerance : float
        Largest error against the float64 reference in any round and what was accepted, both relative
        (see `harness.agree`); NaN where nothing was checked.
    """

    case: Case
    status: Status
    reason: str = ""
    rounds: tuple[Round | None, ...] = ()
    max_error: float = math.nan
    tolerance: float = math.nan
