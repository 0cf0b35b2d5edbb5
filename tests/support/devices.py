"""Asynchronous devices that are not there: one on a scripted clock, one on a thread and the real clock."""

import math
import queue
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from harness.model import DeviceState
from harness.timing.yardstick import RISE
from tests.support.host import Scripted


@dataclass
class Mark:
    """A point in a stream and the time at which the device comes to it."""

    at: float = math.inf


@dataclass
class ScriptedDevice:
    """
    A device on a clock that only its host's calls move: exact, and as fast as the test computes.

    Launching, marking and waiting cost the host time; the work goes on by itself, one thing after another
    in each stream. The device's clock falls when it idles and rises under load, work takes longer meanwhile.
    """

    launch_cost: float = 4e-6
    wait_cost: float = 2e-6
    mark_cost: float = 1e-6
    mark_work: float = 1.5e-6
    """Seconds that the device needs for a mark: what an empty pair of events reads."""
    cycle: float = 7e-10
    """Seconds of a unit of spinning at full clock; nobody may assume it."""
    idle_speed: float = 1.0
    """Share of the full clock after idling."""
    ramp: float = 0.08
    """Seconds under load from the idle clock to the full one."""
    plateau: float = 0.0
    """Seconds under load before the clock begins to rise."""
    cool: float = 2e-3
    """Seconds without work after which the clock is the idle one again."""
    throttle_from: float = math.inf
    """Seconds from which on the device runs at half its clock."""
    flush_work: float = 3e-5
    """Seconds that the device writes over its last cache."""
    cold: float = 3.0
    """How many times longer the first piece of work after that takes."""
    stall_every: int = 0
    """Every so many launches the host is away for 3 ms."""
    clock: float = 0.0
    stream: int = 0
    free_at: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    warmth: float = 0.0
    launches: int = 0
    flushes: int = 0
    flushed: bool = False

    def now(self) -> float:
        return self.clock

    @property
    def speed(self) -> float:
        risen = min(1.0, max(0.0, self.warmth - self.plateau) / self.ramp)
        held_down = 0.5 if self.clock >= self.throttle_from else 1.0
        return (self.idle_speed + (1 - self.idle_speed) * risen) * held_down

    def work(self, seconds: float) -> Mark:
        """Put work into the current stream that takes so long at full clock; return its begin."""
        begin = max(self.clock, self.free_at[self.stream])
        if begin - max(self.free_at.values()) > self.cool:
            self.warmth = 0.0
        took = seconds / self.speed
        self.warmth += took
        self.free_at[self.stream] = begin + took
        return Mark(at=begin)

    def launch(self, seconds: float) -> None:
        """Return as soon as the device has the work."""
        self.launches += 1
        self.clock += self.launch_cost
        if self.stall_every and self.launches % self.stall_every == 0:
            self.clock += 3e-3
        self.work(seconds * (self.cold if self.flushed else 1.0))
        self.flushed = False

    def host(self, seconds: float) -> None:
        """Let the host compute: the device idles meanwhile."""
        self.clock += seconds

    def synchronize(self) -> None:
        self.clock = max(self.clock + self.wait_cost, *self.free_at.values(), 0.0)

    def mark(self) -> Mark:
        self.clock += self.mark_cost
        return self.work(self.mark_work)

    def seconds(self, first: Mark, last: Mark) -> float:
        assert max(first.at, last.at) <= self.clock, "an event was read before the device came to it"
        return last.at - first.at

    def reached(self, mark: Mark) -> bool:
        return mark.at <= self.clock

    def spin(self, units: int) -> None:
        self.clock += self.launch_cost
        self.work(units * self.cycle)

    def flush(self) -> None:
        self.clock += self.launch_cost
        self.work(self.flush_work)
        self.flushes, self.flushed = self.flushes + 1, True

    def state(self) -> DeviceState:
        """Return what the device would say of itself, at a full clock of 2 GHz."""
        return DeviceState(sm_clock=2e9 * self.speed)

    @contextmanager
    def on_stream(self, stream: int) -> Iterator[None]:
        """Launch on another stream."""
        before, self.stream = self.stream, stream
        yield
        self.stream = before


class ThreadedDevice:
    """A device whose stream is a queue on a thread, on the real clock; it keeps a record of its own."""

    def __init__(self) -> None:
        self.busy: list[float] = []
        self._queue: queue.SimpleQueue[tuple[float, Mark | None, threading.Event | None]] = (
            queue.SimpleQueue()
        )
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            seconds, mark, done = self._queue.get()
            began = time.perf_counter()
            if mark is not None:
                mark.at = began
            if seconds:
                # Sleeping is late by what the system likes; the record has what it really was.
                time.sleep(seconds)
                self.busy.append(time.perf_counter() - began)
            if done is not None:
                done.set()

    def launch(self, seconds: float) -> None:
        self._queue.put((seconds, None, None))

    def synchronize(self) -> None:
        done = threading.Event()
        self._queue.put((0.0, None, done))
        done.wait()

    def mark(self) -> Mark:
        mark = Mark()
        self._queue.put((0.0, mark, None))
        return mark

    def seconds(self, first: Mark, last: Mark) -> float:
        return last.at - first.at

    def reached(self, mark: Mark) -> bool:
        return mark.at <= time.perf_counter()

    def spin(self, units: int) -> None:
        self._queue.put((units * 1e-6, None, None))

    def flush(self) -> None:
        self._queue.put((1e-3, None, None))


class OnDevice(Scripted):
    """The instruments of a host whose clock is a device's."""

    def __init__(self, device: ScriptedDevice) -> None:
        super().__init__()
        self.device = device

    def now(self) -> float:
        return self.device.clock

    def thread_seconds(self) -> dict[int, float]:
        return {0: self.device.clock}

    def pace(self, *, idle: bool) -> float:
        if idle:
            self.device.host(RISE)  # while the processor raises its clock, the device falls asleep
        return super().pace(idle=idle)
