"""How contenders are sampled: each warmed up, then in passes of turns, each turn some blocks in a row.

It is given the calls and the instruments, has no clock of its own, and knows no library.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random
from statistics import median

from harness.model import DeviceState, Round
from harness.timing.contender import Contender, Instruments
from harness.timing.disturbance import (
    Blocks,
    PaceWatch,
    StealWatch,
    Turn,
    is_throttled,
    loses_processor,
    takes_much,
)
from harness.timing.rules import Rules
from harness.timing.stopping_rule import StoppingRule
from harness.timing.warm_up import Warm, lead_in, raise_clock, warm_up

THREADS_SHOW = 1.02
"""CPU seconds per second above which a block has used more than the calling thread."""
LONG = 5e-3
"""Seconds; a call of one thread that is longer than this needs no untimed one before it."""
LEAD_IN_BLOCKS = 5
"""A lead-in's block has this many times fewer calls than a timed one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What the sampling found: a round per contender, in their order, and the seconds that it cost."""

    rounds: tuple[Round, ...]
    timed: float
    warm_up: float


@dataclass(slots=True, kw_only=True)
class _Tally:
    """What has been sampled of one contender so far."""

    contender: Contender
    rules: Rules
    warm: Warm
    threaded: bool
    boost: float | None
    """Hertz of its device after the warm-up."""
    blocks: Blocks
    stop: StoppingRule
    faults: int = 0
    throttled: int = 0
    states: list[DeviceState] = field(default_factory=list)

    def is_done(self) -> bool:
        """Return whether nothing more has to be sampled."""
        return self.stop.is_met(self.blocks)

    def round(self) -> Round:
        """Return the tally as a value."""
        floor = self.contender.floor if self.contender.subtract else 0.0
        blocks = self.blocks
        return Round(
            number=blocks.number,
            samples=tuple(sample - floor for sample in blocks.samples),
            disturbed=tuple(blocks.disturbed),
            floor=self.contender.floor,
            faults_per_call=self.faults / (blocks.number * len(blocks.samples)),
            steady=self.warm.steady,
            throttled=self.throttled,
            states=tuple(self.states),
        )


def measure(
    contenders: Sequence[Contender],
    rules: Rules,
    instruments: Instruments,
    seed: int,
    announce: Callable[[int], None] = lambda _index: None,
) -> Measurement:
    """
    Sample all contenders in interleaved blocks, in an order that the seed decides.

    `announce` is told the index of a contender before it is run.
    """
    tallies: list[_Tally] = []
    for index, contender in enumerate(contenders):
        announce(index)
        tallies.append(_warm_tally(contender, rules, instruments))
    _sample(tallies, instruments, Random(seed), announce)  # noqa: S311 - an order, not a secret
    return Measurement(
        rounds=tuple(tally.round() for tally in tallies),
        timed=sum(tally.blocks.spent for tally in tallies),
        warm_up=sum(tally.warm.seconds for tally in tallies),
    )


def _warm_tally(contender: Contender, rules: Rules, instruments: Instruments) -> _Tally:
    """Warm a contender up, and begin its tally."""
    contender.enter()
    cpu = instruments.cpu()
    if contender.ramps:
        rules = replace(rules, turn=rules.ramp_turn, warm_least=rules.ramp_least, warm_most=rules.ramp_most)
    warm = warm_up(contender.untimed, rules)
    state = contender.gauge()
    threaded = instruments.cpu() - cpu > THREADS_SHOW * warm.seconds
    instruments.wait_for_idle()
    return _Tally(
        contender=contender,
        rules=rules,
        warm=warm,
        threaded=threaded,
        boost=state.sm_clock if state else None,
        blocks=Blocks(number=warm.number),
        stop=StoppingRule(rules=rules),
    )


def _sample(
    tallies: Sequence[_Tally], instruments: Instruments, random: Random, announce: Callable[[int], None]
) -> None:
    """
    Let the contenders take turns in passes until all are done.

    Each pass over the backends has a random order and is followed by its mirror image, so that a drift of the
    host adds the same to all of them (an ABBA design). The contenders of one backend follow one another: a
    device then idles once per pass, and where the pass turns round not at all.
    """
    waiting = list(range(len(tallies)))
    steal, pace = StealWatch(instruments), PaceWatch(instruments)
    last: _Tally | None = None
    while waiting:
        order = _order([tallies[index].contender.backend for index in waiting], waiting, random)
        for index in (*order, *reversed(order)):
            tally = tallies[index]
            if tally.stop.budget_is_spent(tally.blocks):
                continue
            announce(index)
            if last is None or last.contender.backend != tally.contender.backend:
                _look(pace, last, partial(announce, index))
                _lead_in(tally)
            turn = _take_turn(tally, instruments)
            pace.note(turn)
            steal.note(turn)
            last = tally
        if _look(pace, last, partial(announce, order[0])):
            last = None
        # Nobody stops before it is known what others took meanwhile.
        if steal.is_due() or any(tallies[index].is_done() for index in waiting):
            steal.look()
        waiting = [index for index in waiting if not tallies[index].is_done()]


def _order(backends: Sequence[str], waiting: Sequence[int], random: Random) -> list[int]:
    """Return the waiting contenders, each of its backend, in random order; those of a backend in a row."""
    first = {backend: random.random() for backend in dict.fromkeys(backends)}
    shuffled = random.sample(list(zip(backends, waiting, strict=True)), len(waiting))
    return [index for _backend, index in sorted(shuffled, key=lambda pair: first[pair[0]])]


def _look(watch: PaceWatch, last: _Tally | None, live: Callable[[], None]) -> bool:
    """Look at the processor after the last contender's turn; return whether what it uses may be asleep."""
    if last is None:
        return watch.look(threaded=False, ramps=False, live=live)
    return watch.look(threaded=last.threaded, ramps=last.contender.ramps, live=live)


def _lead_in(tally: _Tally) -> None:
    """
    Run a contender untimed after another's turn, until it is as it was.

    A pool's thread that was asleep is often woken on the processor that the caller occupies, and stays there
    until the scheduler moves it, 3 to 4 ms later: timed in single blocks without this, a 512 x 512 product of
    two threads read 3 times too slow beside another pool.
    """
    contender, samples = tally.contender, tally.blocks.samples
    contender.enter()
    if contender.ramps:
        raise_clock(contender.untimed, tally.rules, tally.warm.level)
        return
    level = median(samples) if samples and not contender.row else tally.warm.level
    if tally.threaded or level < LONG:
        lead_in(contender.untimed, max(1, tally.blocks.number // LEAD_IN_BLOCKS), level)


def _take_turn(tally: _Tally, instruments: Instruments) -> Turn:
    """Take blocks in a row; what made any thread wait for a processor meanwhile disturbed them all."""
    blocks, first, spent = tally.blocks, len(tally.blocks.samples), 0.0
    states = [tally.contender.gauge()]
    pressure = instruments.pressure()
    while spent < tally.rules.turn and not tally.stop.budget_is_spent(blocks):
        spent += _take_block(tally, instruments)
    pressure = instruments.pressure() - pressure
    states.append(tally.contender.gauge())
    turn = Turn(blocks=blocks, first=first, end=len(blocks.samples))
    readings = [replace(state, sample=first) for state in states if state]
    tally.states += readings
    throttled = is_throttled(readings, tally.boost)
    if throttled:
        tally.throttled += turn.end - turn.first
    if throttled or takes_much(pressure, spent):
        turn.mark()
    return turn


def _take_block(tally: _Tally, instruments: Instruments) -> float:
    """Take one sample; return the seconds of its block."""
    switches, faults = instruments.switches(), instruments.faults()
    seconds = tally.contender.run(tally.blocks.number)
    switches = instruments.switches() - switches
    tally.faults += instruments.faults() - faults
    tally.blocks.add(seconds)
    if loses_processor(switches, seconds):
        tally.blocks.mark(-1)
    return seconds
