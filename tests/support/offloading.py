"""Runs of a host with an asynchronous device, of which it is known from how many calls on that is faster.

Device, loops, sampling and cells are those of a real run; the clock and what disturbs it are scripted.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from harness.model import WAITED_FOR, Case, Cell, Round, Span, Status
from harness.store.frame import frame_of_cells
from harness.timing.contender import Contender
from harness.timing.device_clock import timed_on_device
from harness.timing.loop import Loop
from harness.timing.rules import Rules
from harness.timing.sampling import measure
from tests.support.devices import Mark, OnDevice, ScriptedDevice
from tests.support.streams import correlated, tails

OP, HOST, DEVICE = "scripted", "numpy", "torch-cuda"
_RULES = Rules(
    passes=3, turn=4e-4, ramp_turn=4e-4, ramp_least=1e-3, ramp_most=2e-3, lead_least=4e-4, lead_window=2e-4
)
"""Shorter than real ones, since the clock of this device never falls."""
_DRAWN = 512  # blocks of a contender in a process


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """Standard deviations, from process to process, of the logarithms of what things take."""

    shared: float
    """Of all on this computer."""
    host: float
    """Of the host's own calls."""
    device: float
    """Of all that the device does."""
    span: float
    """Of each of its spans by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Seconds by size: those of any, and those of each element."""

    host: tuple[float, float]
    device: tuple[float, float]
    """Without the launch; at least as long as that, or a launch shows in many calls that hides in one."""
    transfer: tuple[float, float]
    """One way."""

    def even(self, n: int) -> float:
        """Return from how many calls on the device is faster, by its own clock when nothing disturbs it."""
        one, two = (self._moved_once(n, calls) for calls in (1, 2))
        saved = _at(self.host, n) - (two - one)
        return max(1.0, (one - (two - one)) / saved) if saved > 0 else math.inf

    def _moved_once(self, n: int, calls: int) -> float:
        """Return the seconds of calls, each but the last waited for, between two transfers."""
        device = ScriptedDevice()
        device.launch(_at(self.transfer, n))
        for left in reversed(range(calls)):
            device.launch(_at(self.device, n))
            if left:
                device.synchronize()
        device.launch(_at(self.transfer, n))
        device.synchronize()
        return device.clock

    def statement(self, span: Span, n: int) -> str:
        """Return what is timed on the device."""
        call, move = (f"device.launch({_at(seconds, n)!r})" for seconds in (self.device, self.transfer))
        return f"{move}\n{call}\n{move}" if span is Span.ROUND_TRIP else call


def offloaded(work: Work, sizes: Sequence[int], *, rounds: int, noise: Noise, seed: int) -> pd.DataFrame:
    """Return the cells of a run at some sizes, as `harness.load` does."""
    random = np.random.default_rng(seed)
    cells = [cell for n in sizes for cell in _cells(work, n, rounds, noise, random)]
    return frame_of_cells(cells, machine="scripted", run="scripted", quick=False)


@dataclass
class _SlowedDevice(ScriptedDevice):
    """A device that takes longer by a factor just now, as its host does; its clock never falls."""

    slow: float = 1.0

    def launch(self, seconds: float) -> None:
        self.clock += self.launch_cost * self.slow
        self.work(seconds * self.slow)

    def work(self, seconds: float) -> Mark:
        begin = max(self.clock, self.free_at[self.stream])
        self.free_at[self.stream] = begin + seconds
        return Mark(at=begin)

    def synchronize(self) -> None:
        self.clock = max(self.clock + self.wait_cost * self.slow, self.free_at[self.stream])


def _at(seconds: tuple[float, float], n: int) -> float:
    """Return the seconds at a size."""
    return seconds[0] + seconds[1] * n


def _cells(work: Work, n: int, rounds: int, noise: Noise, random: np.random.Generator) -> list[Cell]:
    """Return the cells of a size; the host has nothing to move, so its spans are one and the same."""
    found = [_round(work, n, noise, random) for _ in range(rounds)]
    places = {(HOST, span): 0 for span in WAITED_FOR}
    places |= {(DEVICE, span): at for at, span in enumerate(WAITED_FOR, 1)}
    return [
        Cell(
            case=Case(op=OP, backend=backend, n=n, dtype="float32", span=span),
            status=Status.OK,
            rounds=tuple(of_round[at] for of_round in found),
        )
        for (backend, span), at in places.items()
    ]


def _round(work: Work, n: int, noise: Noise, random: np.random.Generator) -> tuple[Round, ...]:
    """Return what a process measures: the host's call, and each span of the device."""
    device = _SlowedDevice()
    shared, of_device = (random.normal(0, spread) for spread in (noise.shared, noise.device))

    def host(number: int) -> float:
        took = number * _at(work.host, n) * device.slow
        device.host(took)
        return took

    contenders = [_slowed(host, HOST, device, shared + random.normal(0, noise.host), random)]
    for span in WAITED_FOR:
        timed = timed_on_device(work.statement(span, n), span, {"device": device}, device, device.now)
        offset = shared + of_device + random.normal(0, noise.span)
        contenders.append(replace(_slowed(timed.run, DEVICE, device, offset, random), ramps=timed.ramps))
    return measure(contenders, _RULES, OnDevice(device), seed=int(random.integers(2**32))).rounds


def _slowed(
    run: Loop, backend: str, device: _SlowedDevice, offset: float, random: np.random.Generator
) -> Contender:
    """Return a contender whose blocks resemble their neighbours, with a stall on one in ten."""
    factors = (math.exp(offset) * correlated(random, _DRAWN) * tails(random, _DRAWN)).tolist()
    block = 0

    def slowed(number: int) -> float:
        nonlocal block
        device.slow = factors[block % _DRAWN]
        block += 1
        return run(number)

    return Contender(backend=backend, run=slowed, floor=0.0, subtract=False)
