"""The clocks of an asynchronous device: waited for, in a row, and by its own events behind a held stream.

It knows no library: a backend gives it the device, and the tests a simulated one.
"""

import time
import timeit
from collections.abc import Callable, Mapping
from functools import partial
from statistics import median
from typing import Any, Protocol

from harness.model import Span
from harness.timing.loop import Loop, Timed, UnmeasurableError, floor, timed_loop

WAIT = "_device.synchronize()"
"""After this statement everything that was launched on any stream of the device is done."""
SHORTEST = 1e-5
"""Seconds; of a call that keeps a device busy for less, events measure mostly themselves."""
HELD = 1.5
"""How long a stream is held, relative to the seconds that the host needs to enqueue what is timed."""
MOST_HELD = 32
"""Calls that are enqueued behind one hold: a launch queue has room for about a thousand entries."""
HOLDS = 6
"""Attempts to hold a stream for longer than the host enqueues, or to see that more calls take longer."""
SEEN = 0.5
"""Share of the work that the host waits for, below which events do not see where it is done."""
PROBE = 8
"""Calls in a row by which a statement is judged before it is timed."""
PROBE_AFTER = 0.1
"""Seconds of work before that: at the clock of an idle device a short call would pass for a longer one."""
EMPTY_PAIRS = 8
"""Pairs of events with nothing between them in each hold; their median comes off every call."""
SHORTEST_HOLD = 1e-4
"""Seconds that a stream is held at least, and of holding work that is enough to tell what a unit takes."""
FIRST_UNITS = 1000
"""Units of holding work that are tried first."""


class Device(Protocol):
    """What is needed of an asynchronous device; simulated in tests."""

    def synchronize(self) -> None:
        """Wait until everything on every stream of the device is done."""
        ...

    def mark(self) -> Any:  # noqa: ANN401 - each device has its own
        """Put a mark into the current stream and return at once; it has a time once the stream is there."""
        ...

    def seconds(self, first: Any, last: Any) -> float:  # noqa: ANN401 - as above
        """Return the seconds between two marks that the device has reached."""
        ...

    def reached(self, mark: Any) -> bool:  # noqa: ANN401 - as above
        """Whether the stream has come to the mark by now."""
        ...

    def spin(self, units: int) -> None:
        """Keep the current stream busy, the longer the more units, and return at once."""
        ...

    def flush(self) -> None:
        """Write over the device's last cache in the current stream, and return at once."""
        ...


def timed_on_device(
    statement: str,
    span: Span,
    namespace: Mapping[str, Any],
    device: Device,
    clock: Callable[[], float] = time.perf_counter,
    *,
    cold: bool = False,
) -> Timed:
    """
    Return a statement with the clock of its span; `UnmeasurableError` where the span has no figure for it.

    `cold` writes the last cache over before each call of the span `device`.
    """
    names = {**namespace, "_device": device}
    empty = floor(WAIT, names, clock)
    row = row_loop(statement, names, device, clock)
    enqueue = partial(enqueue_seconds, statement, names, device, clock)
    if span is Span.PIPELINED:
        run = slope_loop(row)
        return Timed(run=run, floor=empty, subtract=False, row=row, enqueue=enqueue, ramps=True)
    if span is Span.DEVICE:
        held = HeldLoop(statement, names, device, clock, cold=cold)
        held.probe(row)
        return Timed(run=held, floor=held.empty, subtract=False, row=row, enqueue=enqueue, ramps=True)
    return Timed(
        run=timed_loop(statement, WAIT, names, clock),
        floor=empty,
        subtract=False,
        enqueue=enqueue if span is Span.CALL else None,
        ramps=True,
    )


def row_loop(
    statement: str, namespace: Mapping[str, Any], device: Device, clock: Callable[[], float]
) -> Loop:
    """Return a loop that makes its calls back to back and waits once, at their end."""
    calls = timeit.Timer(statement, timer=clock, globals=dict(namespace))

    def run(number: int) -> float:
        device.synchronize()
        began = clock()
        calls.timeit(number)
        device.synchronize()
        return clock() - began

    return run


def slope_loop(row: Loop) -> Loop:
    """
    Return a loop whose figure is what more calls cost: of twice as many, less that of as many.

    The launch of the first call and the wait for the last are in both and cancel.
    """

    def run(number: int) -> float:
        for _ in range(HOLDS):
            once = row(number)
            # A stall of the host in the shorter row can outlast the calls; less than nothing is no time.
            if (more := row(2 * number) - once) > 0:
                return more
        raise UnmeasurableError("twice as many calls take no longer than as many; the host stalls too often")

    return run


def enqueue_seconds(
    statement: str, namespace: Mapping[str, Any], device: Device, clock: Callable[[], float]
) -> float:
    """Return the host's seconds per call until the device has the work, of short rows into an empty queue."""
    calls = timeit.Timer(statement, timer=clock, globals=dict(namespace))

    def row() -> float:
        device.synchronize()
        return calls.timeit(PROBE) / PROBE

    seconds = median(row() for _ in range(PROBE))
    device.synchronize()
    return seconds


class HeldLoop:
    """
    A loop on the device's own clock: events around each call, behind work that holds the stream.

    While the stream is held the host enqueues all calls, so between two events lies the call's work alone and
    never a wait for the host. A cache is made cold behind the hold, too, before the call's first event.
    """

    def __init__(
        self,
        statement: str,
        namespace: Mapping[str, Any],
        device: Device,
        clock: Callable[[], float],
        *,
        cold: bool = False,
    ) -> None:
        self._device, self._clock, self._marks = device, clock, list[Any]()
        names = {**namespace, "_device": device, "_marks": self._marks}
        mark = "_marks.append(_device.mark())"
        call = f"{mark}\n{statement}\n{mark}"
        self._hot = self._calls = timeit.Timer(call, timer=clock, globals=names)
        if cold:
            device.flush()  # the first time it also makes room for what it writes
            self._calls = timeit.Timer(f"_device.flush()\n{call}", timer=clock, globals=names)
        self._nothing = timeit.Timer(f"{mark}\n{mark}", timer=clock, globals=names)
        self._unit = self._unit_seconds()
        self._enqueue = 0.0
        self.empty = 0.0
        """Seconds between two events with nothing between them, in the last block; taken off every call."""

    def __call__(self, number: int) -> float:
        """Make that many calls and return the seconds that the device was busy with them."""
        total, left = 0.0, number
        while left:
            count = min(left, MOST_HELD)
            total += self._behind_hold(count)
            left -= count
        return total

    def probe(self, row: Loop) -> None:
        """Refuse a call that waits for the device, works on another stream or is too short for events."""
        spent = 0.0
        while spent < PROBE_AFTER:
            spent += row(PROBE)
        busy = self(PROBE) / PROBE
        self._device.synchronize()
        self._hot.timeit(PROBE)
        began = self._clock()
        self._device.synchronize()
        # The host still waited for this after it had enqueued everything: so long the device was busy.
        waited = (self._clock() - began) / PROBE
        self._marks.clear()
        if waited > SHORTEST and busy < SEEN * waited:
            raise UnmeasurableError(
                f"events on the current stream see {busy * 1e6:.3g} us of a call, but the device works for "
                f"{waited * 1e6:.3g} us or more: the call uses another stream"
            )
        if busy < SHORTEST:
            raise UnmeasurableError(
                f"a call keeps the device busy for {busy * 1e6:.3g} us; events resolve calls of "
                f"{SHORTEST * 1e6:.0f} us or more"
            )

    def _behind_hold(self, count: int) -> float:
        """Return the seconds that the device was busy with that many calls, all enqueued behind one hold."""
        device = self._device
        # A block whose hold was over before its last call was enqueued is thrown away. The device's clock may
        # change at any time, so each hold tells anew what a unit of it takes and an empty pair reads.
        for _ in range(HOLDS):
            device.synchronize()
            self._marks.clear()
            units = max(1, round(max(SHORTEST_HOLD, HELD * self._enqueue * count) / self._unit))
            begin = device.mark()
            device.spin(units)
            end = device.mark()
            took = self._nothing.timeit(EMPTY_PAIRS) + self._calls.timeit(count)
            held = not device.reached(end)
            device.synchronize()
            self._unit = device.seconds(begin, end) / units
            self._enqueue = took / count
            if held:
                pairs = zip(self._marks[::2], self._marks[1::2], strict=True)
                seconds = [device.seconds(first, last) for first, last in pairs]
                self.empty = median(seconds[:EMPTY_PAIRS])
                return sum(seconds[EMPTY_PAIRS:]) - count * self.empty
        raise UnmeasurableError(
            "the call waits for the device itself, so the stream cannot be held while it is enqueued"
        )

    def _unit_seconds(self) -> float:
        """Return the seconds that a unit of the holding work takes, of enough units to tell."""
        device, units = self._device, FIRST_UNITS
        while True:
            device.synchronize()
            begin = device.mark()
            device.spin(units)
            end = device.mark()
            device.synchronize()
            if (took := device.seconds(begin, end)) >= SHORTEST_HOLD:
                return took / units
            units *= 4
