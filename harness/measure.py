"""How a time is taken: warm up, calibrate, then sample in interleaved blocks until it is known.

It is given the calls and the instruments, has no clock of its own, and knows no library.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import median
from typing import Protocol

from harness.estimate import median_interval
from harness.model import Round

SWITCHES_PER_SECOND = 100.0
"""Involuntary context switches above this rate mark a block as disturbed (an idle host shows a few)."""
TAKEN_SHARE = 0.1
"""A stretch in which this share of the time was taken by others marks its blocks as disturbed."""
STRETCH = 0.05
"""Seconds between two readings of what others took: the kernel counts steal in ticks of 10 ms."""
THREADS_SHOW = 1.02
"""CPU seconds per second above which a block has used more than the calling thread."""
LEAD_IN = 5e-3
"""Seconds; a call shorter than this is run a few times untimed after another backend's block."""
FEWEST_SAMPLES = 10
"""Samples from which on the interval of the median may end the sampling."""


class Instruments(Protocol):
    """What the sampling reads off the process and the host; scripted in tests."""

    def now(self) -> float:
        """Return seconds on a monotonic clock."""
        ...

    def cpu(self) -> float:
        """Return CPU seconds used by all threads of this process."""
        ...

    def faults(self) -> int:
        """Return the page faults of this process so far."""
        ...

    def switches(self) -> int:
        """Return the involuntary context switches of this process so far."""
        ...

    def taken(self) -> float:
        """Return seconds for which other work kept this host's processors from us, so far."""
        ...

    def settle(self) -> None:
        """Wait until no thread of this process is running but the caller."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """
    How long to warm up and to sample; every duration in seconds.

    Attributes
    ----------
    block : float
        Aimed-at length of a block: long enough for the clock, short enough to fit between disturbances.
    window : float
        Length of a warm-up window.
    steady : float
        Relative difference of two successive windows' medians below which a warm-up is steady.
    warm_least, warm_most : float
        Shortest and longest warm-up of a contender.
    budget : float
        Timed seconds of a contender in a round; a single call if one is longer.
    width : float
        Half width of the median's 95 % interval, relative to the median, that ends the sampling.
    """

    block: float = 5e-4
    window: float = 0.02
    steady: float = 0.005
    warm_least: float = 0.04
    warm_most: float = 0.08
    budget: float = 0.055
    width: float = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """
    One of the calls that are compared in the same moment.

    Attributes
    ----------
    backend : str
        Contenders of one backend share their thread pools and need no settling between them.
    run : callable
        Make that many calls and return the seconds they took together.
    enter : callable
        Set the process up for this contender, such as its number of threads.
    floor : float
        Seconds per iteration of the loop without the call.
    subtract : bool
        Whether the floor is part of what `run` returns and has to come off.
    """

    backend: str
    run: Callable[[int], float]
    enter: Callable[[], None]
    floor: float
    subtract: bool


@dataclass(slots=True, kw_only=True)
class _Tally:
    """What has been sampled of one contender so far."""

    contender: Contender
    number: int
    steady: bool
    warm_seconds: float
    samples: list[float] = field(default_factory=list)
    disturbed: list[bool] = field(default_factory=list)
    faults: int = 0
    spent: float = 0.0
    clean: float = 0.0
    check_at: int = FEWEST_SAMPLES

    def done(self, rules: Rules) -> bool:
        """Whether the budget is spent or the median is known well enough."""
        # A busy host costs up to twice the budget in the search for clean blocks.
        if self.clean >= rules.budget or self.spent >= 2 * rules.budget:
            return True
        kept = [s for s, bad in zip(self.samples, self.disturbed, strict=True) if not bad]
        if len(kept) < self.check_at:
            return False
        low, high = median_interval(kept)
        if high - low <= 2 * rules.width * median(kept):
            return True
        self.check_at = math.ceil(1.2 * len(kept))
        return False

    def round(self) -> Round:
        """Return the tally as a value."""
        floor = self.contender.floor if self.contender.subtract else 0.0
        return Round(
            number=self.number,
            samples=tuple(sample - floor for sample in self.samples),
            disturbed=tuple(self.disturbed),
            floor=self.contender.floor,
            faults_per_call=self.faults / (self.number * len(self.samples)),
            steady=self.steady,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The rounds of the contenders in their order, and the seconds spent timed and warming up."""

    rounds: tuple[Round, ...]
    timed: float
    warm_up: float


def warm_up(run: Callable[[int], float], rules: Rules) -> tuple[int, bool, float]:
    """
    Run a call until it takes the same time in two successive windows, and choose its block.

    Parameters
    ----------
    run : callable
        Make that many calls and return the seconds they took together.
    rules : Rules
        Lengths of window, warm-up and block.

    Returns
    -------
    number : int
        Calls in a block. It follows the best block seen, so that one stall cannot fix it at 1.
    steady : bool
        Whether two windows agreed before the limit.
    seconds : float
        How long the warm-up took.

    Notes
    -----
    A window is judged by the median of its blocks: its mean would carry every stall of the host and
    hardly ever agree with the next one.
    """
    spent, best, number = 0.0, math.inf, 1
    previous = math.nan
    while True:
        window, blocks = 0.0, []
        while window < rules.window:
            took = run(number)
            window += took
            blocks.append(took / number)
            best = min(best, took / number)
            number = max(1, math.floor(rules.block / best)) if best > 0 else number * 2
        spent += window
        now = median(blocks)
        steady = abs(now - previous) <= rules.steady * now
        late = spent >= rules.warm_most and not math.isnan(previous)
        if late or (steady and spent >= rules.warm_least):
            return number, steady, spent
        previous = now


def measure(
    contenders: Sequence[Contender],
    rules: Rules,
    instruments: Instruments,
    seed: int,
    announce: Callable[[int], None] = lambda _index: None,
) -> Measured:
    """
    Sample all contenders in interleaved blocks.

    Parameters
    ----------
    contenders : sequence of Contender
        What is compared.
    rules : Rules
        Lengths and limits.
    instruments : Instruments
        Clocks and counters.
    seed : int
        Decides the order of the blocks.
    announce : callable, optional
        Told the index of a contender before it is run.

    Returns
    -------
    Measured

    Notes
    -----
    Each pass over the contenders has a random order and is followed by its mirror image, so that a drift
    of the host adds the same to all of them (an ABBA design).
    """
    tallies: list[_Tally] = []
    for index, contender in enumerate(contenders):
        announce(index)
        contender.enter()
        number, steady, seconds = warm_up(contender.run, rules)
        instruments.settle()
        tallies.append(_Tally(contender=contender, number=number, steady=steady, warm_seconds=seconds))
    _sample(tallies, rules, instruments, Random(seed), announce)  # noqa: S311 - an order, not a secret
    return Measured(
        rounds=tuple(tally.round() for tally in tallies),
        timed=sum(tally.spent for tally in tallies),
        warm_up=sum(tally.warm_seconds for tally in tallies),
    )


def _sample(
    tallies: Sequence[_Tally],
    rules: Rules,
    instruments: Instruments,
    random: Random,
    announce: Callable[[int], None],
) -> None:
    """Take blocks in passes until every tally is done."""
    waiting = list(range(len(tallies)))
    stretch: list[tuple[_Tally, int]] = []
    began, taken = instruments.now(), instruments.taken()
    last, threads_ran = "", False
    while waiting:
        order = random.sample(waiting, len(waiting))
        for index in (*order, *reversed(order)):
            tally = tallies[index]
            if tally.clean >= rules.budget:
                continue
            announce(index)
            if tally.contender.backend != last:
                _make_way(tally, instruments, threads_ran=threads_ran)
                last = tally.contender.backend
            threads_ran = _block(tally, instruments)
            stretch.append((tally, len(tally.samples) - 1))
        now = instruments.now()
        # Nobody stops before it is known what others took meanwhile.
        if now - began >= STRETCH or any(tallies[index].done(rules) for index in waiting):
            if instruments.taken() - taken > TAKEN_SHARE * (now - began):
                for tally, at in stretch:
                    _mark(tally, at)
            stretch.clear()
            began, taken = now, instruments.taken()
        waiting = [index for index in waiting if not tallies[index].done(rules)]


def _make_way(tally: _Tally, instruments: Instruments, *, threads_ran: bool) -> None:
    """Let the threads of the last backend go to sleep, and bring this one's operands and code back in."""
    if threads_ran:
        instruments.settle()
    tally.contender.enter()
    if tally.samples and tally.samples[-1] >= LEAD_IN:
        return
    tally.contender.run(max(1, tally.number // 5))


def _block(tally: _Tally, instruments: Instruments) -> bool:
    """Take one sample; return whether more threads ran than the caller's."""
    switches, faults, cpu = instruments.switches(), instruments.faults(), instruments.cpu()
    took = tally.contender.run(tally.number)
    threads_ran = instruments.cpu() - cpu > THREADS_SHOW * took
    switches = instruments.switches() - switches
    tally.faults += instruments.faults() - faults
    tally.samples.append(took / tally.number)
    tally.disturbed.append(False)
    tally.spent += took
    tally.clean += took
    # One switch in a short block is already a rate above the limit: that block did lose the processor.
    if switches > SWITCHES_PER_SECOND * took:
        _mark(tally, -1)
    return threads_ran


def _mark(tally: _Tally, at: int) -> None:
    """Mark a block as disturbed."""
    if not tally.disturbed[at]:
        tally.disturbed[at] = True
        tally.clean -= tally.samples[at] * tally.number
