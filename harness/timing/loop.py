"""A statement compiled into a timed loop, together with the wait for its device."""

import copy
import gc
import textwrap
import time
import timeit
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import median
from typing import Any

FLOOR_BLOCKS = 21
"""Blocks of the empty loop whose median is its floor."""
FLOOR_BLOCK = 2e-4
"""Seconds of such a block at least."""
MOST_COPIED = 2**28
"""Bytes of copies that are made together; a block of more calls stops its clock to make others."""
_FRESH = 1000
"""Iterations of an empty loop over copies, which take longer to make than to go through."""
Loop = Callable[[int], float]
"""Makes that many calls in a row and returns the seconds they took together."""


class UnmeasurableError(Exception):
    """A span has no figure for this call; the text says why, and becomes the reason of a skipped cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A statement together with the clock of its backend."""

    run: Loop
    """What is sampled."""
    floor: float
    """Seconds per call that `run` would return if the call did nothing."""
    subtract: bool
    """Whether the floor has to come off: it does where no user waits for it."""
    row: Loop | None = None
    """What is run where nothing is sampled, if `run` says nothing of its own length."""
    enqueue: Callable[[], float] | None = None
    """Returns the seconds per call until an asynchronous device has the work."""
    ramps: bool = False
    """Whether the device's clock falls when it idles."""


def timed_on_host(
    statement: str, wait: str, namespace: Mapping[str, Any], fresh: Sequence[str] = ()
) -> Timed:
    """Return a statement as it is timed on the host's clock, every call waited for, `fresh` names copied."""
    if fresh:
        return Timed(
            run=fresh_loop(statement, wait, namespace, fresh),
            floor=fresh_floor(wait, namespace, len(fresh)),
            subtract=not wait,
        )
    return Timed(
        run=timed_loop(statement, wait, namespace),
        floor=floor(wait, namespace) if wait else empty_floor(),
        # A user waits for an asynchronous device as well: its floor is told, not taken off.
        subtract=not wait,
    )


def timed_loop(
    statement: str, wait: str, namespace: Mapping[str, Any], clock: Callable[[], float] = time.perf_counter
) -> Loop:
    """
    Compile a statement, in the library's own words, into a loop that waits for every call by `wait`.

    What was under way before the first call is waited for, too; an empty `wait` is of calls that wait by
    themselves. `timeit` switches the garbage collector off inside the loop.
    """
    names = dict(namespace)
    if not wait:
        return timeit.Timer(statement, timer=clock, globals=names).timeit
    calls = timeit.Timer(f"{statement}\n{wait}", timer=clock, globals=names)
    idle = timeit.Timer(wait, timer=clock, globals=names)

    def run(number: int) -> float:
        idle.timeit(1)
        return calls.timeit(number)

    return run


def fresh_loop(
    statement: str,
    wait: str,
    namespace: Mapping[str, Any],
    fresh: Sequence[str],
    clock: Callable[[], float] = time.perf_counter,
) -> Loop:
    """
    Compile a statement into a loop in which each call gets copies of its own of what some names stand for.

    The copies are made before the clock starts, and what they copy is never touched.
    """
    body = textwrap.indent(f"{statement}\n{wait}", " " * 8)
    text = (
        "def _run(_copies, _clock):\n    _begin = _clock()\n"
        f"    for {', '.join(fresh)}, in _copies:\n{body}\n    return _clock() - _begin"
    )
    names = dict(namespace)
    exec(text, names)  # noqa: S102 - the op's own text, as timeit runs it
    made, wait_for_copies = names["_run"], compile(wait or "pass", "<wait>", "exec")

    originals = [namespace[name] for name in fresh]
    together = max(1, int(MOST_COPIED / max(sum(map(_bytes, originals)), 1)))

    def some(number: int) -> float:
        copies = [tuple(map(copied, originals)) for _ in range(number)]
        exec(wait_for_copies, names)  # noqa: S102 - as above
        collects = gc.isenabled()
        gc.disable()
        try:
            return float(made(copies, clock))
        finally:
            if collects:
                gc.enable()

    def run(number: int) -> float:
        return sum(some(min(together, number - done)) for done in range(0, number, together))

    return run


def _bytes(value: Any) -> int:  # noqa: ANN401 - as below
    """Return the bytes of the arrays in an operand."""
    if isinstance(value, dict):
        return sum(map(_bytes, value.values()))
    if isinstance(value, tuple | list):
        return sum(map(_bytes, value))
    return int(getattr(value, "nbytes", 0))


def copied(value: Any) -> Any:  # noqa: ANN401 - an array of any library, or a tree of some
    """Return a copy of an operand with memory of its own, by its own method: `deepcopy` takes 10 µs."""
    if hasattr(value, "clone") and hasattr(value, "requires_grad_"):
        return value.detach().clone().requires_grad_(value.requires_grad)
    return value.copy() if hasattr(value, "dtype") and hasattr(value, "copy") else copy.deepcopy(value)


def fresh_floor(wait: str, namespace: Mapping[str, Any], names: int) -> float:
    """Return the seconds per iteration of such a loop that calls nothing and has so many names."""
    fresh = [f"_fresh{index}" for index in range(names)]
    empty = fresh_loop("pass", wait, {**namespace, **dict.fromkeys(fresh, 0.0)}, fresh)
    return median(empty(_FRESH) / _FRESH for _ in range(FLOOR_BLOCKS))


def floor(wait: str, namespace: Mapping[str, Any], clock: Callable[[], float] = time.perf_counter) -> float:
    """Return the seconds per iteration of the loop alone, or of waiting for a device with nothing to do."""
    empty = timeit.Timer(wait or "pass", timer=clock, globals=dict(namespace)).timeit
    number = 1
    while empty(number) < FLOOR_BLOCK:
        number *= 2
    return median(empty(number) / number for _ in range(FLOOR_BLOCKS))


@cache
def empty_floor() -> float:
    """Return the seconds of the loop alone: once per process, for no name plays a part in it."""
    return floor("", {})
