"""How contenders are sampled: warmed up, then in mirrored passes of turns, each turn some blocks in a row.

It is given the calls and the instruments, has no clock of its own, and knows no library.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from statistics import median

from harness.model import THREADED, DeviceState, Round
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
from harness.timing.warm_up import Warm, lead_in, raise_clock, warm_up

LONG = 5e-3
"""Seconds; a call of one thread that is longer than this needs no untimed one before it."""
LEAD_IN_BLOCKS = 2
"""A lead-in's block has this many times fewer calls than a timed one."""
WORKS = 0.1
"""CPU seconds of a thread, relative to those of the busiest, above which it takes part in the work."""
MOST_SPENT = 3.0
"""Seconds of a group, relative to what its passes should take, after which no further one begins."""


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
    cores: float
    boost: float | None
    """Hertz of its device after the warm-up."""
    blocks: Blocks
    faults: int = 0
    throttled: int = 0
    states: list[DeviceState] = field(default_factory=list)

    @property
    def threaded(self) -> bool:
        """Whether it runs on more threads than the caller's."""
        return self.cores > THREADED

    @property
    def in_a_pass(self) -> float:
        """Timed seconds of a pass, if nothing disturbs it."""
        return 2 * max(self.rules.turn, self.warm.best * self.blocks.number)

    def round(self) -> Round:
        """Return the tally as a value."""
        floor = self.contender.floor if self.contender.subtract else 0.0
        blocks = self.blocks
        return Round(
            number=blocks.number,
            samples=tuple(sample - floor for sample in blocks.samples),
            disturbed=tuple(blocks.disturbed),
            passes=tuple(blocks.passes),
            cores=self.cores,
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
    instruments.wait_for_idle()  # what a first call started may spin on, and would count as the next one's
    tallies: list[_Tally] = []
    for index, contender in enumerate(contenders):
        announce(index)
        tallies.append(_warm_tally(contender, rules, instruments))
    _sample(tallies, rules, instruments, Random(seed), announce)  # noqa: S311 - an order, not a secret
    return Measurement(
        rounds=tuple(tally.round() for tally in tallies),
        timed=sum(tally.blocks.spent for tally in tallies),
        warm_up=sum(tally.warm.seconds for tally in tallies),
    )


def _warm_tally(contender: Contender, rules: Rules, instruments: Instruments) -> _Tally:
    """Warm a contender up, and begin its tally."""
    contender.enter()
    used = instruments.thread_seconds()
    if contender.ramps:
        rules = replace(rules, turn=rules.ramp_turn, warm_least=rules.ramp_least, warm_most=rules.ramp_most)
    warm = warm_up(contender.untimed, rules)
    state = contender.gauge()
    # What other threads used is known once they sleep: the kernel counts a running one in ticks.
    instruments.wait_for_idle()
    cores = _cores(used, instruments.thread_seconds(), warm.seconds)
    return _Tally(
        contender=contender,
        rules=rules,
        warm=warm,
        cores=cores,
        boost=state.sm_clock if state else None,
        blocks=Blocks(number=warm.number),
    )


def _cores(before: Mapping[int, float], after: Mapping[int, float], seconds: float) -> float:
    """Return how many threads worked, given the CPU seconds of each; of a sum only, how many at a time."""
    used = [total - before.get(thread, 0.0) for thread, total in after.items()]
    if len(used) == 1:
        return used[0] / seconds
    # Not their sum: beside a busy processor two threads that wait for one another use less than one.
    return float(sum(share > WORKS * max(used) for share in used))


def _sample(
    tallies: Sequence[_Tally],
    rules: Rules,
    instruments: Instruments,
    random: Random,
    announce: Callable[[int], None],
) -> None:
    """
    Let the contenders take turns in mirrored passes.

    Each pass over the backends has a random order and is followed by its mirror image, so that a drift of the
    host adds the same to all of them (an ABBA design). The contenders of one backend follow one another: a
    device then idles once per pass, and where the pass turns round not at all.
    """
    passes = _passes(tallies, rules)
    expected = passes * sum(tally.in_a_pass for tally in tallies)
    steal, pace = StealWatch(instruments), PaceWatch(instruments)
    last: _Tally | None = None
    for in_pass in range(passes):
        order = _order([tally.contender.backend for tally in tallies], random)
        taken: dict[int, int] = {}  # blocks in the first turn
        for index in (*order, *reversed(order)):
            tally = tallies[index]
            announce(index)
            if last is None or last.contender.backend != tally.contender.backend:
                _look(pace, last)
                _lead_in(tally)
            turn = _take_turn(tally, instruments, in_pass, taken.get(index))
            taken[index] = turn.end - turn.first
            pace.note(turn)
            steal.note(turn)
            last = tally
        _look(pace, last)
        if last is not None and (last.threaded or last.contender.ramps):
            last = None  # it may have fallen asleep meanwhile
        if steal.is_due():
            steal.look()
        spent = sum(tally.blocks.spent for tally in tallies)
        if spent > MOST_SPENT * expected and in_pass + 1 >= rules.fewest_passes:
            break
    steal.look()


def _passes(tallies: Sequence[_Tally], rules: Rules) -> int:
    """Return how many passes fit into the budget, or the fewest."""
    in_a_pass = sum(tally.in_a_pass for tally in tallies)
    fewest = rules.fewest_passes if in_a_pass < rules.long_pass else 1
    return max(fewest, min(rules.passes, int(rules.budget / in_a_pass)))


def _order(backends: Sequence[str], random: Random) -> list[int]:
    """Return the contenders, given the backend of each, in random order; those of a backend in a row."""
    first = {backend: random.random() for backend in dict.fromkeys(backends)}
    shuffled = random.sample(list(enumerate(backends)), len(backends))
    return [index for index, _backend in sorted(shuffled, key=lambda pair: first[pair[1]])]


def _look(watch: PaceWatch, last: _Tally | None) -> None:
    """Look at the processor after the last contender's turn."""
    if last is None:
        watch.look(threaded=False, ramps=False)
    else:
        watch.look(threaded=last.threaded, ramps=last.contender.ramps)


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


def _take_turn(tally: _Tally, instruments: Instruments, in_pass: int, count: int | None) -> Turn:
    """
    Take blocks in a row; what made any thread wait for a processor meanwhile disturbed them all.

    In its second turn a contender takes as many as in its first, `count`, unless they take far longer: the
    median of a pass is else that of the turn with more of them, and a drift between the two does not cancel.
    """
    blocks, first, spent = tally.blocks, len(tally.blocks.samples), 0.0
    least, most = (tally.rules.turn, math.inf) if count is None else (MOST_SPENT * tally.rules.turn, count)
    states = [tally.contender.gauge()]
    delay = instruments.delay()
    while spent < least and len(blocks.samples) - first < most:
        spent += _take_block(tally, instruments, in_pass)
    delay = instruments.delay() - delay
    states.append(tally.contender.gauge())
    turn = Turn(blocks=blocks, first=first, end=len(blocks.samples))
    readings = [replace(state, sample=first) for state in states if state]
    tally.states += readings
    throttled = is_throttled(readings, tally.boost)
    if throttled:
        tally.throttled += turn.end - turn.first
    if throttled or takes_much(delay, spent):
        turn.mark()
    return turn


def _take_block(tally: _Tally, instruments: Instruments, in_pass: int) -> float:
    """Take one sample; return the seconds of its block."""
    switches, faults = instruments.switches(), instruments.faults()
    seconds = tally.contender.run(tally.blocks.number)
    switches = instruments.switches() - switches
    tally.faults += instruments.faults() - faults
    tally.blocks.add(seconds, in_pass)
    if loses_processor(switches, seconds):
        tally.blocks.disturbed[-1] = True
    return seconds
