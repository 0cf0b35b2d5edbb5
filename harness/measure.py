"""How a time is taken: warm up, calibrate, then sample in interleaved blocks until it is known.

It is given the calls and the instruments, has no clock of its own, and knows no library.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from statistics import median
from typing import Protocol

from harness.estimate import median_interval
from harness.model import DeviceState, Round

SWITCHES_PER_SECOND = 250.0
"""Involuntary context switches above this rate mark a block as disturbed: fresh pages alone cost 130."""
TAKEN_SHARE = 0.1
"""Blocks during which others took this share of the time are disturbed."""
STRETCH = 0.05
"""Seconds between two readings of what the hypervisor stole: the kernel counts it in ticks of 10 ms."""
THREADS_SHOW = 1.02
"""CPU seconds per second above which a block has used more than the calling thread."""
LED_IN = 1.05
"""Seconds of an untimed call, relative to those of a timed one, at which a contender runs as it should."""
LEAD_IN_LIMIT = 0.02
"""Seconds after which a contender is timed though it does not: the cell shows what that was."""
LONG = 5e-3
"""Seconds; a call of one thread that is longer than this needs no untimed one before it."""
THROTTLED = 0.75
"""Share of the clock seen in the warm-up below which a device is held down, and its blocks are disturbed."""
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

    def stalled(self) -> float:
        """Return seconds so far in which some thread of this host had no processor, its own included."""
        ...

    def stolen(self) -> float:
        """Return seconds per processor that the hypervisor gave to others, so far."""
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
    visit : float
        Timed seconds of a contender in a row, before the next one's turn.
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
    ramp_visit, ramp_least, ramp_most : float
        Of a device whose clock falls when idle: its `visit`, `warm_least` and `warm_most`.
    lead_window, lead_least, lead_most : float
        Of such a device after another backend's turn: its `window` and `warm_least` when led in, and the
        seconds after which it is timed though it is not as it was.
    """

    block: float = 5e-4
    visit: float = 4e-3
    window: float = 0.02
    steady: float = 0.005
    warm_least: float = 0.04
    warm_most: float = 0.06
    budget: float = 0.04
    width: float = 0.005
    ramp_visit: float = 0.02
    ramp_least: float = 0.1
    ramp_most: float = 1.0
    lead_window: float = 5e-3
    lead_least: float = 0.02
    lead_most: float = 0.2


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
    pace : callable or None
        What is run in the place of `run` where nothing is sampled: makes that many calls and returns the
        seconds until all were done. For a `run` whose figure says nothing of its length; default `run`.
    ramps : bool
        Whether it runs on a device whose clock falls when idle, and has to be raised again by work.
    gauge : callable
        Return what the device says of itself; None where it says nothing.
    """

    backend: str
    run: Callable[[int], float]
    enter: Callable[[], None]
    floor: float
    subtract: bool
    pace: Callable[[int], float] | None = None
    ramps: bool = False
    gauge: Callable[[], DeviceState | None] = lambda: None

    @property
    def untimed(self) -> Callable[[int], float]:
        """What is run where nothing is sampled."""
        return self.pace or self.run


@dataclass(slots=True, kw_only=True)
class _Tally:
    """What has been sampled of one contender so far."""

    contender: Contender
    rules: Rules
    warm: "Warm"
    threaded: bool
    boost: float | None = None
    throttled: int = 0
    states: list[DeviceState] = field(default_factory=list)
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

    @property
    def number(self) -> int:
        """Calls in a block."""
        return self.warm.number

    def round(self) -> Round:
        """Return the tally as a value."""
        floor = self.contender.floor if self.contender.subtract else 0.0
        return Round(
            number=self.number,
            samples=tuple(sample - floor for sample in self.samples),
            disturbed=tuple(self.disturbed),
            floor=self.contender.floor,
            faults_per_call=self.faults / (self.number * len(self.samples)),
            steady=self.warm.steady,
            throttled=self.throttled,
            states=tuple(self.states),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The rounds of the contenders in their order, and the seconds spent timed and warming up."""

    rounds: tuple[Round, ...]
    timed: float
    warm_up: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Warm:
    """
    What a warm-up found out.

    Attributes
    ----------
    number : int
        Calls in a block. It follows the best block seen, so that one stall cannot fix it at 1.
    level : float
        Seconds per call in the last window.
    steady : bool
        Whether two windows agreed before the limit.
    seconds : float
        How long the warm-up took.
    """

    number: int
    level: float
    steady: bool
    seconds: float


def warm_up(run: Callable[[int], float], rules: Rules) -> Warm:
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
    Warm

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
            return Warm(number=number, level=now, steady=steady, seconds=spent)
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
    Each pass over the backends has a random order and is followed by its mirror image, so that a drift
    of the host adds the same to all of them (an ABBA design). The contenders of one backend follow one
    another: a device then idles once per pass, and where the pass turns round not at all.

    A contender takes several blocks in a row. The first calls after another's turn are untimed, until they
    take as long as they should: a pool's thread that was asleep is often woken on the processor that the
    caller occupies, and stays there until the scheduler moves it, 3 to 4 ms later. Timed in single blocks
    without this, a 512 x 512 product of two threads read 3 times too slow beside another pool.
    """
    tallies: list[_Tally] = []
    for index, contender in enumerate(contenders):
        announce(index)
        contender.enter()
        cpu = instruments.cpu()
        own = rules
        if contender.ramps:
            own = replace(
                rules, visit=rules.ramp_visit, warm_least=rules.ramp_least, warm_most=rules.ramp_most
            )
        warm = warm_up(contender.untimed, own)
        state = contender.gauge()
        threaded = instruments.cpu() - cpu > THREADS_SHOW * warm.seconds
        instruments.settle()
        boost = state.sm_clock if state else None
        tallies.append(_Tally(contender=contender, rules=own, warm=warm, threaded=threaded, boost=boost))
    _sample(tallies, rules, instruments, Random(seed), announce)  # noqa: S311 - an order, not a secret
    return Measured(
        rounds=tuple(tally.round() for tally in tallies),
        timed=sum(tally.spent for tally in tallies),
        warm_up=sum(tally.warm.seconds for tally in tallies),
    )


def _sample(
    tallies: Sequence[_Tally],
    rules: Rules,
    instruments: Instruments,
    random: Random,
    announce: Callable[[int], None],
) -> None:
    """Visit the tallies in passes until all are done."""
    waiting = list(range(len(tallies)))
    stretch: list[tuple[_Tally, int]] = []
    began, stolen = instruments.now(), instruments.stolen()
    last: _Tally | None = None
    while waiting:
        order = _order([tallies[index].contender.backend for index in waiting], waiting, random)
        for index in (*order, *reversed(order)):
            tally = tallies[index]
            if tally.clean >= rules.budget:
                continue
            announce(index)
            if last is None or last.contender.backend != tally.contender.backend:
                _make_way(last, tally, instruments)
            first = len(tally.samples)
            _visit(tally, tally.rules, instruments)
            stretch += [(tally, at) for at in range(first, len(tally.samples))]
            last = tally
        now = instruments.now()
        # Nobody stops before it is known what others took meanwhile.
        if now - began >= STRETCH or any(tallies[index].done(rules) for index in waiting):
            if instruments.stolen() - stolen > TAKEN_SHARE * (now - began):
                for tally, at in stretch:
                    _mark(tally, at)
            stretch.clear()
            began, stolen = now, instruments.stolen()
        waiting = [index for index in waiting if not tallies[index].done(rules)]


def _order(backends: Sequence[str], waiting: Sequence[int], random: Random) -> list[int]:
    """Return the waiting contenders, each of its backend, in random order; those of a backend in a row."""
    first = {backend: random.random() for backend in dict.fromkeys(backends)}
    shuffled = random.sample(list(zip(backends, waiting, strict=True)), len(waiting))
    return [index for _backend, index in sorted(shuffled, key=lambda pair: first[pair[0]])]


def _make_way(last: _Tally | None, tally: _Tally, instruments: Instruments) -> None:
    """Let the threads of the last backend go to sleep, and run this one untimed until it is as it was."""
    if last is not None and last.threaded:
        instruments.settle()
    tally.contender.enter()
    if tally.contender.ramps:
        _raise_clock(tally)
        return
    level = median(tally.samples) if tally.samples and not tally.contender.pace else tally.warm.level
    if level >= LONG and not tally.threaded:
        return
    number, spent = max(1, tally.number // 5), 0.0
    while True:
        took = tally.contender.untimed(number)
        spent += took
        if took <= LED_IN * level * number or spent > LEAD_IN_LIMIT:
            return


def _raise_clock(tally: _Tally) -> None:
    """Run a contender whose device idled until it is steady, as fast as in its warm-up."""
    rules = replace(
        tally.rules,
        window=tally.rules.lead_window,
        warm_least=tally.rules.lead_least,
        warm_most=tally.rules.lead_most,
    )
    spent = 0.0
    while spent < rules.lead_most:
        warm = warm_up(tally.contender.untimed, rules)
        spent += warm.seconds
        if warm.steady and warm.level <= LED_IN * tally.warm.level:
            return


def _visit(tally: _Tally, rules: Rules, instruments: Instruments) -> None:
    """Take blocks in a row; what made any thread wait for a processor meanwhile disturbed them all."""
    first, spent = len(tally.samples), 0.0
    states = [tally.contender.gauge()]
    stalled = instruments.stalled()
    while spent < rules.visit and tally.clean < rules.budget:
        spent += _block(tally, instruments)
    if instruments.stalled() - stalled > TAKEN_SHARE * spent:
        for at in range(first, len(tally.samples)):
            _mark(tally, at)
    states.append(tally.contender.gauge())
    told = [replace(state, sample=first) for state in states if state]
    tally.states += told
    if tally.boost and any((state.sm_clock or math.inf) < THROTTLED * tally.boost for state in told):
        tally.throttled += len(tally.samples) - first
        for at in range(first, len(tally.samples)):
            _mark(tally, at)


def _block(tally: _Tally, instruments: Instruments) -> float:
    """Take one sample; return the seconds of its block."""
    switches, faults = instruments.switches(), instruments.faults()
    took = tally.contender.run(tally.number)
    switches = instruments.switches() - switches
    tally.faults += instruments.faults() - faults
    tally.samples.append(took / tally.number)
    tally.disturbed.append(False)
    tally.spent += took
    tally.clean += took
    # One switch in a short block is already a rate above the limit: that block did lose the processor.
    if switches > SWITCHES_PER_SECOND * took:
        _mark(tally, -1)
    return took


def _mark(tally: _Tally, at: int) -> None:
    """Mark a block as disturbed."""
    if not tally.disturbed[at]:
        tally.disturbed[at] = True
        tally.clean -= tally.samples[at] * tally.number
