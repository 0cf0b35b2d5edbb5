"""The benchmark of an op, as asv finds it: one sweep measures the op, asv's cells only read it out.

It must not import NumPy or Torch: asv forks its cells from a process that has imported this.
"""

import inspect
import math
from collections.abc import Callable, Sequence
from hashlib import sha256
from itertools import product
from statistics import median
from types import FunctionType
from typing import Any, ClassVar, NamedTuple

from harness.asv.sweep_file import Samples, result_of, write_samples
from harness.backends.table import REQUIRED
from harness.errors import MeasureError, UsageError
from harness.model import TIMED, Cell, Op, Round
from harness.runs.job import current_job
from harness.runs.plan import SIZES
from harness.runs.settings import DEFAULT
from harness.spellings.carrier import DECLARES

METHOD_VERSION = 2
"""Counts the changes of the method that make new times incomparable with old ones."""
SWEEP_LIMIT = 6 * 3600.0
"""Seconds after which asv ends a sweep; the sweep's own limits end what hangs long before."""
Sweep = dict[tuple[str, int], dict[str, Any]]
"""Per backend and size: the times of the rounds under ``seconds``, and over NumPy's under ``relative``.

At the smallest size of a backend that has no time at all ``lost`` says why."""
TRACKS = {"track_seconds": "seconds", "track_relative_time": "relative"}
"""The methods of every benchmark that asv finds, and what of a sweep each shows."""


class SweepBenchmark:
    """A benchmark of one op over the default backends and sizes; `benchmark_of` makes one for each op."""

    op: ClassVar[Op]
    params: ClassVar = (list(DEFAULT.backends), list(SIZES))
    param_names: ClassVar = ["backend", "n"]
    timeout: ClassVar = SWEEP_LIMIT
    """Of a cell, which only reads: else it would be the one that asv is called with."""
    version: ClassVar[str]
    """The op's spellings; asv compares no results of different versions."""
    declared_function: ClassVar[Callable[..., Any]]
    """The def that the class was made of, in whose place it stands; see `harness.spellings.carrier`."""
    setup_cache: Callable[[], None]
    """Of each benchmark its own; see `_setup_cache_of`."""

    def sweep(self) -> Sweep:
        """
        Measure the op and return what asv is to track: float32, or a function's own dtype, span `call`.

        Returns
        -------
        Sweep
            Only the cells that have a time.

        Raises
        ------
        MeasureError
            If asv was not started in a way that loads the plug-in.
        """
        from harness.runs.owner import measured_cells

        job = current_job()
        if job is None:
            raise MeasureError(
                'no run has begun; let asv.conf.json have "plugins": [".harness.asv"], and call asv beside it'
            )
        return tracked(self.op, measured_cells(self.op, job))


def benchmark_of_texts(op: Op, function: FunctionType) -> type[SweepBenchmark]:
    """Return the benchmark of an op that a def declares by texts; its version is what they are."""
    spelled = "; ".join(
        f"{library}: {op.setup.get(library, '') + op.spelling[library]!r}"
        for library in REQUIRED
        if library in op.spelling
    )
    return _benchmark(function, op=op, sizes=op.sizes, version=spelled)


def benchmark_of_body(
    make: Callable[[], Op], sizes: Sequence[int] | None, function: FunctionType
) -> type[SweepBenchmark]:
    """
    Return the benchmark of a def that is measured itself, whose op is made when it is first asked for.

    Its version is the source of the def, and nothing of what that calls: how this changes is what is tracked.
    """
    try:
        source = inspect.getsource(function)
    except OSError as error:
        raise UsageError(
            f"the source of {function.__name__} is not to be found, by which asv tells benchmarks apart; "
            "write it into a file of the project's benchmarks"
        ) from error
    version = sha256(source.encode()).hexdigest()
    return _benchmark(function, op=_MadeLater(make), sizes=sizes, version=version)


class _MadeLater:
    """An op that is made once its module is imported to the end: what it needs may stand below its def."""

    def __init__(self, make: Callable[[], Op]) -> None:
        self._make = make

    def __get__(self, _benchmark: object, owner: type[SweepBenchmark]) -> Op:
        """Make the op, and stand no longer in its place."""
        owner.op = self._make()
        return owner.op


def _benchmark(
    function: FunctionType, *, op: Op | _MadeLater, sizes: Sequence[int] | None, version: str
) -> type[SweepBenchmark]:
    """Return a benchmark that is named as the def that declares it, so that asv finds it by that name."""
    name = function.__name__
    members: dict[str, object] = {
        "__module__": function.__module__,
        "__qualname__": function.__qualname__,
        "__doc__": function.__doc__,
        "op": op,
        "params": (list(DEFAULT.backends), list(sizes or SIZES)),
        DECLARES: staticmethod(function),
        "version": f"{METHOD_VERSION} {name} {version}",
        "setup_cache": _setup_cache_of(function),
    }
    for method, unit, title in zip(
        TRACKS, ("seconds", "x NumPy"), ("time per call", "time relative to NumPy"), strict=True
    ):
        track = _track_of(method)  # one for each class, since asv takes name and unit from the function
        track.pretty_name, track.unit = f"{name}: {title}", unit  # type: ignore[attr-defined] # asv's own way to be told
        members[method] = track
    return type(name, (SweepBenchmark,), members)


def _setup_cache_of(function: FunctionType) -> Callable[[SweepBenchmark], None]:
    """Return what asv calls once for a benchmark, and keeps under the file and line of the def."""

    def setup_cache(benchmark: SweepBenchmark) -> None:
        swept = benchmark.sweep()
        write_samples({method: samples_of(type(benchmark), method, swept) for method in TRACKS})

    # asv asks `inspect` for them, which looks through a wrapper; on one line, all ops would share one cache.
    setup_cache.__module__, setup_cache.__wrapped__ = function.__module__, function  # type: ignore[attr-defined]
    setup_cache.timeout = SWEEP_LIMIT  # type: ignore[attr-defined]
    return setup_cache


def tracked(op: Op, cells: Sequence[Cell]) -> Sweep:
    """Return what asv is to track of all cells of an op, a user's function in whatever dtype it has."""
    from harness.runs.losses import lost_backends
    from harness.timing.noise import round_median

    dtypes = {cell.case.dtype for cell in cells} if op.function else {"float32"}
    rounds = {
        (cell.case.backend, cell.case.n): cell.rounds
        for cell in cells
        if cell.case.span == "call" and cell.case.dtype in dtypes and cell.status in TIMED
    }
    sweep: Sweep = {}
    for (backend, n), own in rounds.items():
        pairs = zip(own, rounds.get(("numpy", n), ()), strict=False)
        seconds = [round_median(round_) for round_ in own if round_]
        relative = [_relative(round_, base) for round_, base in pairs if round_ and base]
        # A time net of its floor can be nothing at all, on a clock that is coarse.
        sweep[backend, n] = {
            "seconds": [value for value in seconds if value > 0],
            "relative": [value for value in relative if value > 0],
        }
    for backend, sentence in lost_backends(op, cells).items():
        smallest = min(cell.case.n for cell in cells if cell.case.backend == backend)
        sweep.setdefault((backend, smallest), {})["lost"] = sentence
    return sweep


def _relative(round_: Round, base: Round) -> float:
    """Return the time of a round over that of another, pass by pass; NaN where none can be compared."""
    from harness.timing.noise import CLEAN_SHARE

    own, others = _passes(round_), _passes(base)
    shared = {number for number in own if number in others and others[number].seconds > 0}
    clean = {number for number in shared if not (own[number].marked or others[number].marked)}
    counted = clean if len(clean) >= CLEAN_SHARE * len(shared) else shared
    return median(own[number].seconds / others[number].seconds for number in counted) if counted else math.nan


class _Pass(NamedTuple):
    seconds: float
    marked: bool


def _passes(round_: Round) -> dict[int, _Pass]:
    """Return the passes of a round by number; a round of before there were any is one."""
    from harness.timing.noise import NOISY_SHARE, disturbed_share, round_median

    if not round_.passes:
        return {0: _Pass(round_median(round_), disturbed_share(round_) >= NOISY_SHARE)}
    samples: dict[int, list[tuple[float, bool]]] = {}
    for number, seconds, marked in zip(round_.passes, round_.samples, round_.disturbed, strict=True):
        samples.setdefault(number, []).append((seconds, marked))
    return {
        number: _Pass(
            median(seconds for seconds, _ in of_pass),
            sum(marked for _, marked in of_pass) >= NOISY_SHARE * len(of_pass),
        )
        for number, of_pass in samples.items()
    }


def samples_of(benchmark: type[SweepBenchmark], method: str, swept: Sweep) -> list[Samples]:
    """Return what asv is to be told by a method, in the order of its cells."""
    shown = TRACKS[method]
    found = (swept.get(point, {}) for point in product(*benchmark.params))
    # A lost backend fails in one cell: asv says so, and does not end with 0.
    return [(shown == "seconds" and cell.get("lost")) or cell.get(shown) or None for cell in found]


def _track_of(method: str) -> Callable[..., object]:
    """Return a function that reads a cell out of the sweep."""

    def track(benchmark: SweepBenchmark, backend: str, n: int) -> object:
        return result_of(method, list(product(*benchmark.params)).index((backend, n)))

    return track
