"""How a time is taken: warm up, calibrate, then sample in interleaved blocks until it is known.

It is given the calls and the instruments, has no clock of its own, and knows no library.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random
from statistics import median

from harness.model import DeviceState, Round
from harness.statistics.medians import median_interval
from harness.timing.contender import Contender, Instruments
from harness.timing.rules import Rules
from harness.timing.warm_up import LED_IN, Warm, raise_clock, warm_up
from harness.timing.yardstick import SLOWED

SWITCHES_PER_SECOND = 250.0
"""Involuntary context switches above this rate mark a block as disturbed: fresh pages alone cost 130."""
TAKEN_SHARE = 0.1
"""Blocks during which others took this share of the time are disturbed."""
STRETCH = 0.05
"""Seconds between two readings of what the hypervisor stole: the kernel counts it in ticks of 10 ms."""
THREADS_SHOW = 1.02
"""CPU seconds per second above which a block has used more than the calling thread."""
LEAD_IN_LIMIT = 0.02
"""Seconds after which a contender is timed though it does not: the cell shows what that was."""
LONG = 5e-3
"""Seconds; a call of one thread that is longer than this needs no untimed one before it."""
THROTTLED = 0.75
"""Share of the clock seen in the warm-up below which a device is held down, and its blocks are disturbed."""
FEWEST_SAMPLES = 10
"""Samples from which on the interval of the median may end the sampling."""


@dataclass(slots=True, kw_only=True)
class _Tally:
    """What has been sampled of one contender so far."""

    contender: Contender
    rules: Rules
    warm: Warm
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
            own = replace(rules, turn=rules.ramp_turn, warm_least=rules.ramp_least, warm_most=rules.ramp_most)
        warm = warm_up(contender.untimed, own)
        state = contender.gauge()
        threaded = instruments.cpu() - cpu > THREADS_SHOW * warm.seconds
        instruments.wait_for_idle()
        boost = state.sm_clock if state else None
        tallies.append(_Tally(contender=contender, rules=own, warm=warm, threaded=threaded, boost=boost))
    _sample(tallies, rules, instruments, Random(seed), announce)  # noqa: S311 - an order, not a secret
    return Measured(
        rounds=tuple(tally.round() for tally in tallies),
        timed=sum(tally.spent for tally in tallies),
        warm_up=sum(tally.warm.seconds for tally in tallies),
    )


class _Watch:
    """Looks at the pace of the processor between turns; a slowed one disturbed what lies next to the look."""

    def __init__(self, instruments: Instruments) -> None:
        self._instruments, self._slowed = instruments, False
        self._since: list[tuple[_Tally, int]] = []

    def note(self, blocks: Sequence[tuple[_Tally, int]]) -> None:
        """Remember what has been timed since the last look."""
        self._since += blocks

    def look(self, last: _Tally | None, live: Callable[[], None]) -> bool:
        """
        Judge what has been timed since the last look, and rest where the processor is slowed.

        `live` is called after each rest, since whoever rests for long would pass for hung.
        Return whether the last contender's threads, or its device, may have fallen asleep meanwhile.
        """
        asleep = last is not None and last.threaded
        if asleep:
            self._instruments.wait_for_idle()  # threads that spin would share the core, too
        idle = asleep or (last is not None and last.contender.ramps)
        slowed = self._instruments.pace(idle=idle) > SLOWED
        if slowed or self._slowed:
            for tally, at in self._since:
                _mark(tally, at)
        self._since.clear()
        # One fast moment ends no rest: the neighbour has to be gone for most of one.
        while slowed and (pace := self._instruments.rest()) is not None:
            live()
            slowed, asleep = pace > SLOWED, True
        self._slowed = slowed
        return asleep


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
    began, stolen = instruments.now(), instruments.steal()
    watch = _Watch(instruments)
    last: _Tally | None = None
    while waiting:
        order = _order([tallies[index].contender.backend for index in waiting], waiting, random)
        for index in (*order, *reversed(order)):
            tally = tallies[index]
            if tally.clean >= rules.budget:
                continue
            announce(index)
            if last is None or last.contender.backend != tally.contender.backend:
                watch.look(last, partial(announce, index))
                _lead_in(tally)
            first = len(tally.samples)
            _take_turn(tally, tally.rules, instruments)
            blocks = [(tally, at) for at in range(first, len(tally.samples))]
            watch.note(blocks)
            stretch += blocks
            last = tally
        if watch.look(last, partial(announce, order[0])):
            last = None
        now = instruments.now()
        # Nobody stops before it is known what others took meanwhile.
        if now - began >= STRETCH or any(tallies[index].done(rules) for index in waiting):
            if instruments.steal() - stolen > TAKEN_SHARE * (now - began):
                for tally, at in stretch:
                    _mark(tally, at)
            stretch.clear()
            began, stolen = now, instruments.steal()
        waiting = [index for index in waiting if not tallies[index].done(rules)]


def _order(backends: Sequence[str], waiting: Sequence[int], random: Random) -> list[int]:
    """Return the waiting contenders, each of its backend, in random order; those of a backend in a row."""
    first = {backend: random.random() for backend in dict.fromkeys(backends)}
    shuffled = random.sample(list(zip(backends, waiting, strict=True)), len(waiting))
    return [index for _backend, index in sorted(shuffled, key=lambda pair: first[pair[0]])]


def _lead_in(tally: _Tally) -> None:
    """Run a contender untimed until it is as it was."""
    tally.contender.enter()
    if tally.contender.ramps:
        raise_clock(tally.contender.untimed, tally.rules, tally.warm.level)
        return
    level = median(tally.samples) if tally.samples and not tally.contender.row else tally.warm.level
    if level >= LONG and not tally.threaded:
        return
    number, spent = max(1, tally.number // 5), 0.0
    while True:
        took = tally.contender.untimed(number)
        spent += took
        if took <= LED_IN * level * number or spent > LEAD_IN_LIMIT:
            return


def _take_turn(tally: _Tally, rules: Rules, instruments: Instruments) -> None:
    """Take blocks in a row; what made any thread wait for a processor meanwhile disturbed them all."""
    first, spent = len(tally.samples), 0.0
    states = [tally.contender.gauge()]
    stalled = instruments.pressure()
    while spent < rules.turn and tally.clean < rules.budget:
        spent += _block(tally, instruments)
    if instruments.pressure() - stalled > TAKEN_SHARE * spent:
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
