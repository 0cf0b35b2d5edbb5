"""A statement compiled into a timed loop, together with the wait for its device."""

import time
import timeit
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from statistics import median
from typing import Any

_BLOCKS = 21
_SECONDS = 2e-4
Loop = Callable[[int], float]
"""Makes that many calls in a row and returns the seconds they took together."""


class UnmeasurableError(Exception):
    """A span has no figure for this call; the text says why, and becomes the reason of a skipped cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """
    A statement together with the clock of its backend.

    Attributes
    ----------
    run : Loop
        What is sampled.
    floor : float
        Seconds per call that `run` would return if the call did nothing.
    subtract : bool
        Whether the floor has to come off: it does where no user waits for it.
    row : Loop or None
        What is run where nothing is sampled, if `run` says nothing of its own length.
    enqueue : callable or None
        Return the seconds per call until an asynchronous device has the work.
    ramps : bool
        Whether the device's clock falls when it idles.
    """

    run: Loop
    floor: float
    subtract: bool
    row: Loop | None = None
    enqueue: Callable[[], float] | None = None
    ramps: bool = False


def waited_for(statement: str, wait: str, namespace: Mapping[str, Any]) -> Timed:
    """
    Return a statement as it is timed on the host's clock, every call waited for.

    Parameters
    ----------
    statement, wait, namespace
        See `timed_loop`.

    Returns
    -------
    Timed
    """
    return Timed(
        run=timed_loop(statement, wait, namespace),
        floor=floor(wait, namespace) if wait else _empty_floor(),
        # A user waits for an asynchronous device as well: its floor is told, not taken off.
        subtract=not wait,
    )


def timed_loop(
    statement: str, wait: str, namespace: Mapping[str, Any], clock: Callable[[], float] = time.perf_counter
) -> Loop:
    """
    Compile a statement into a timed loop.

    Parameters
    ----------
    statement : str
        What is timed, in the words of the library: no wrapper stands between the loop and the call.
    wait : str
        The backend's statement after which all work is done; empty where calls wait by themselves. Every
        call is waited for, and so is what was under way before the first.
    namespace : mapping
        The names that both use.
    clock : callable, optional
        Returns seconds.

    Returns
    -------
    Loop

    Notes
    -----
    `timeit` switches the garbage collector off inside the loop.
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


def floor(wait: str, namespace: Mapping[str, Any], clock: Callable[[], float] = time.perf_counter) -> float:
    """
    Measure the loop without a call.

    Parameters
    ----------
    wait, namespace, clock
        See `timed_loop`.

    Returns
    -------
    float
        Seconds per iteration: of the loop alone, or of waiting for a device that has nothing to do.
    """
    empty = timeit.Timer(wait or "pass", timer=clock, globals=dict(namespace)).timeit
    number = 1
    while empty(number) < _SECONDS:
        number *= 2
    return median(empty(number) / number for _ in range(_BLOCKS))


@cache
def _empty_floor() -> float:
    """Return the seconds of the loop alone: once per process, for no name plays a part in it."""
    return floor("", {})
