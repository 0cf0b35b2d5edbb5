"""The vocabulary: the words of the project, and the frozen values that its stages hand to one another."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Library = str
"""The spelling in which an op is written, such as ``numpy``, ``torch`` or ``jax``."""
SPELLED_LIKE: Mapping[Library, Library] = {"cupy": "numpy"}
"""Libraries that mirror another: where an op has no spelling for them, they are given that one's."""
EVERY = "*"
"""Stands for every library that has no spelling of its own."""
ON_HOST = "="
"""Stands before what gets at an array in a result that is NumPy's already, whatever the backend."""
UNCHECKED = "off"
"""What is stored in the place of a check where there was none."""
RIVAL = "@"
"""Stands between a rival's name and the backend that it runs on, as in ``old@numpy``."""
ITEMSIZE: Mapping[str, int] = {"float32": 4, "float64": 8, "float16": 2, "bfloat16": 2}
"""Bytes of an element, by dtype."""
HALF = ("float16", "bfloat16")
"""The dtypes of two bytes: NumPy has the first without any BLAS, and the second not at all."""


class Span(StrEnum):
    """What the clock covers."""

    CALL = "call"
    """Operands on the backend's device, until the result is ready there."""
    ROUND_TRIP = "round_trip"
    """From NumPy arrays in host memory to a NumPy result in host memory."""
    DEVICE = "device"
    """What the device itself is busy for, without the host; only of an asynchronous device."""
    PIPELINED = "pipelined"
    """A call among many that nobody waits for one by one; only of an asynchronous device."""
    CONTROL = "control"
    """The baseline's `call` once more, on operands of its own: the same function against itself."""


WAITED_FOR = (Span.CALL, Span.ROUND_TRIP)
"""The spans that every backend has."""
ON_DEVICE = (Span.DEVICE, Span.PIPELINED)
"""The spans that only an asynchronous device has."""


class Part(StrEnum):
    """What is timed of a function whose gradient is taken."""

    FORWARD = "forward"
    """The function, with what its gradient needs recorded."""
    BACKWARD = "backward"
    """The gradient alone, from what was recorded before the clock."""
    BOTH = "forward and backward"


class Cache(StrEnum):
    """What the last cache of an asynchronous device holds when a call of the span `device` begins."""

    HOT = "hot"
    """What the call before left there."""
    COLD = "cold"
    """Nothing of use: a buffer of its size was written before."""


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
MOST_ROUNDS = 1000
"""Rounds that a run can have; a file that tells of more would unpack to a huge table."""
THREADED = 1.2
"""Cores in use, `Round.cores`, above which a contender ran on several threads."""


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
    PARTLY = "partly"
    """Faster at some sizes, about as fast at others, slower nowhere."""
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Count:
    """
    What grows with the size as ``factor * n ** power``.

    Attributes
    ----------
    factor : float
        The count at n = 1: elements or floating-point operations.
    power : float
        How steeply it grows: 1 in proportion, 1.5 for a product of square matrices.
    """

    factor: float
    power: float = 1.0

    def at(self, n: int) -> float:
        """
        Return the count at a size.

        Parameters
        ----------
        n : int
            Elements of the operand.

        Returns
        -------
        float
        """
        return float(self.factor * n**self.power)


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """
    A function on its way to another process: as text, by reference, by value, or by the last two.

    Attributes
    ----------
    source : str
        What people are shown: the text, ``module:name``, or the source of what travels by value.
    digest : str
        SHA-256 of its code and of what it uses, see `harness.spellings.digest`; empty of a text.
    module, name : str
        Where it is found by its reference, the module perhaps as the path of a file; empty without one.
    folder : str
        What has to be on the path of imports for that.
    path : tuple of str
        What else the caller imports from.
    value : bytes
        What cloudpickle made of it; empty without.
    """

    source: str
    digest: str = ""
    module: str = ""
    name: str = ""
    folder: str = ""
    path: tuple[str, ...] = ()
    value: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """
    What an op has besides that is anybody's function: nothing is known of it but what is found out.

    Attributes
    ----------
    calls : mapping of str to Carried
        The functions that the spellings call, by the names that they have there.
    parameters : tuple of str
        Names of the arguments, in order.
    inputs : Carried or None
        Makes the arguments of a size, given it and a NumPy generator; None is a standard normal vector each.
    check : Carried or bool
        Whether results are held against float64, or what judges a result, given it and that of float64.
    fresh : bool
        Whether every call gets copies of its arguments, since it changes them.
    flop, moved : Carried or None
        What returns the floating-point operations, and the bytes, that a call of a size needs at least.
    fixed : bool
        Whether no size is added where a curve crosses 1.
    dtype : str
        The dtype of the arguments; empty until they have been seen, if they are taken as they are.
    as_made : bool
        Whether `inputs` decides the dtypes; else its floating-point arrays are brought to `dtype`.
    arguments : mapping of str to str
        What each argument is made of, as text over the operands; found out by a survey.
    results : mapping of str to tuple of str
        By backend, how each array in a result is got at, such as ``[0]``; found out by a survey. `ON_HOST`
        stands before one that is NumPy's though the backend's library is another. Of a `part` it is those
        that have a gradient.
    part : Part or None
        What is timed where its gradient is taken; None times the function itself.
    torch_modules : tuple of str
        Those of `calls` that are a ``torch.nn.Module``; it comes to the device and dtype of the arguments.
    """

    calls: Mapping[str, Carried] = field(default_factory=dict)
    parameters: tuple[str, ...] = ("x",)
    inputs: Carried | None = None
    check: Carried | bool = True
    fresh: bool = False
    flop: Carried | None = None
    moved: Carried | None = None
    fixed: bool = False
    dtype: str = ""
    as_made: bool = False
    arguments: Mapping[str, str] = field(default_factory=dict)
    results: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    part: Part | None = None
    torch_modules: tuple[str, ...] = ()


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
    spelling : mapping of str to str
        By library, by a rival's name or for `EVERY`: statements over the operand names, `n`, the array
        namespace ``xp``, and the library as ``np``, ``torch`` or ``jnp`` (and ``jax``). The last line is the
        expression whose value is the result.
    setup : mapping of str to str
        Statements that are run once and not timed, such as the making of a compiled function.
    operands : tuple of str
        Names of the operands; each has n elements.
    square : bool
        Whether an operand is a square matrix of side sqrt(n) rather than a vector.
    source, target : Place
        Where, for the span `call`, the operands lie and the result has to arrive.
    moved : Count or None
        Elements that any way of computing the op has to read or write: each operand once, each result
        once, and nothing in between. None where nobody has counted.
    flop : Count or None
        Floating-point operations that any way of computing the op needs. None where there is no agreed
        count, as for a sine, or no arithmetic at all, as for an absolute value.
    zero_copy : tuple of str
        Backends on which the op moves nothing, since result and operand share one memory.
    requires_grad : bool
        Whether Torch records the graph of what is computed from the operands.
    detach : bool
        Whether Torch's result hangs on that graph and has to be detached before NumPy can read it.
    threaded : bool
        Whether NumPy runs this op on several threads, so that a one-thread NumPy is another backend.
    tolerance : float
        Largest error accepted, in units of the dtype's machine epsilon; see `harness.ops.agreement`.
    max_size : int
        Largest n of the default sweep; a larger one has to be asked for.
    notes : mapping of str to str
        What must be known to read the figure of a backend rightly, by backend; shown beside it.
    sizes : tuple of int or None
        The sizes at which it is measured, ascending; None leaves them to the plan.
    function : Function or None
        What is known of an op that is anybody's function; None where all of it is declared.
    """

    name: str
    summary: str
    spelling: Mapping[str, str]
    setup: Mapping[str, str] = field(default_factory=dict)
    operands: tuple[str, ...] = ("x",)
    square: bool = False
    source: Place = Place.DEVICE
    target: Place = Place.DEVICE
    moved: Count | None = None
    flop: Count | None = None
    zero_copy: tuple[str, ...] = ()
    requires_grad: bool = False
    detach: bool = False
    threaded: bool = False
    tolerance: float = 8.0
    max_size: int = 4**12
    notes: Mapping[str, str] = field(default_factory=dict)
    sizes: tuple[int, ...] | None = None
    function: Function | None = None

    def spelled(self, backend: str, library: Library) -> str | None:
        """
        Return how the op is spelled for a backend, or None.

        Parameters
        ----------
        backend : str
            Its name, perhaps with a rival's in front, as in ``old@numpy``.
        library : Library
            The library of the backend.

        Returns
        -------
        str or None
            Statements; the last line is the expression of the result.
        """
        rival, at, _ = backend.rpartition(RIVAL)
        if at:
            return self.spelling.get(rival)
        return self.spelling.get(self.spelled_as(library), self.spelling.get(EVERY))

    def spelled_as(self, library: Library) -> Library:
        """
        Return the library whose spelling and setup a library is given.

        Parameters
        ----------
        library : Library
            The library of a backend.

        Returns
        -------
        Library
            Itself, or one of `SPELLED_LIKE` where the op has no spelling for it.
        """
        spelled = {library, EVERY} & self.spelling.keys()
        return library if spelled else SPELLED_LIKE.get(library, library)

    def set_up(self, library: Library) -> str:
        """
        Return what is run once for a library, before the clock.

        Parameters
        ----------
        library : Library
            The library of a backend.

        Returns
        -------
        str
            Statements; empty where there are none.
        """
        return self.setup.get(self.spelled_as(library), self.setup.get(EVERY, ""))

    @property
    def counts_elements(self) -> bool:
        """Whether a size is the elements of an operand; else it is up to who makes the operands."""
        return self.function is None or self.function.inputs is None

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
class DeviceState:
    """What a device said of itself at the edge of a turn; None where it does not tell."""

    sample: int = 0  # index of the first sample of the turn
    sm_clock: float | None = None  # hertz
    memory_clock: float | None = None  # hertz
    temperature: float | None = None  # degrees Celsius
    power: float | None = None  # watts
    reasons: str = ""
    """Why the clock is lower than it could be, joined by commas; empty where nothing holds it down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one worker process found out about one case."""

    number: int  # calls in a block
    samples: tuple[float, ...]
    """Seconds per call, one per block, net of `floor` where the backend is synchronous."""
    disturbed: tuple[bool, ...]
    """Which of the blocks were disturbed by other work on the host."""
    passes: tuple[int, ...] = ()
    """The mirrored pass that each sample is of, ascending from 0; empty in a run of before there were any."""
    cores: float | None = None
    """Threads that worked while it was warmed up, or CPU seconds per second; None where not observed."""
    floor: float
    """Seconds per iteration of the empty loop (for an asynchronous backend: of an empty synchronise)."""
    faults_per_call: float  # page faults, over all blocks
    steady: bool
    """Whether the warm-up became steady before its limit."""
    first: float | None = None
    """Seconds of the first call in this process, its result waited for; with what is loaded or compiled."""
    enqueue: float | None = None
    """Seconds per call after which an asynchronous device has the work and the host is free again."""
    throttled: int = 0
    """How many of the disturbed blocks are so because the device ran below its clock."""
    states: tuple[DeviceState, ...] = ()
    """Two per turn, at its begin and its end; none where the device does not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One case with all that was found out about it."""

    case: Case
    status: Status
    reason: str = ""
    """Why, where the status is not `ok`; else what must be known to read the figure."""
    rounds: tuple[Round | None, ...] = ()
    """In order; None where the round has no timing."""
    max_error: float = math.nan
    """The largest relative error against the float64 reference in any round; NaN where none was checked."""
    tolerance: float = math.nan
    """The error that was accepted, relative as well; see `harness.ops.agreement`."""
    moved: float = math.nan  # the least bytes that a call moves; NaN where they are not counted
    flop: float = math.nan  # the least floating-point operations that it does; NaN as above


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """How fast a device can be at all: the best that was seen of it, whichever library it was."""

    device: str  # in the words of its backends, such as "cpu"
    threads: int | None
    """Threads in every pool; None is as the user has them."""
    in_cache: float
    """Bytes per second, read and written: the highest at any smaller size than `memory_from`."""
    in_memory: float
    """Bytes per second, read and written, beyond every cache."""
    memory_from: int
    """Bytes of operands and results from which on `in_memory` holds."""
    matmul: Mapping[str, float]
    """Floating-point operations per second of a matrix product, by dtype."""
    empty_call: float
    """Seconds of the timed loop without a call, with the wait for the device."""
    timer: float
    """Seconds between two readings of the clock that can be told apart."""
