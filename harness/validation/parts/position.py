"""A bias of position, planted: whoever comes first of two reads slower, which mirrored passes must cancel."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.machine.host_counters import Host
from harness.model import Round, Span
from harness.ops.operands import operands
from harness.timing.contender import Contender, Instruments
from harness.timing.loop import Loop, timed_loop
from harness.timing.rules import Rules
from harness.timing.sampling import measure
from harness.validation.check import Check
from harness.validation.trials import Pair, Sitting, Trial, compared, doubt_of, is_clean
from harness.workers.task import Lane

PART = "position"
BIAS = 0.03
"""How much longer the first of two reads, relatively."""
WITHIN = 0.01
"""Relative difference that may be left of it over all pairs."""
OPS, SIZES = ("abs", "sin"), (256, 4096, 65536)


@dataclass(slots=True)
class Turns:
    """Counts the turns of two contenders, of which every other one is the first of two."""

    count: int = -1

    def announce(self, _index: int) -> None:
        """Note that a turn begins; as many begin before the first pass, one each to warm up."""
        self.count += 1

    def slowed(self, run: Loop) -> Loop:
        """Return a loop that reads longer where its turn is the first of two."""
        return lambda number: run(number) * (1 + BIAS * (self.count % 2 == 0))


def biased(sitting: Sitting) -> list[Check]:
    """Time calls of NumPy beside themselves, in this process, while the first of two always reads slower."""
    rounds = sitting.looks[-1]
    sitting.say(f"{PART}: {len(OPS) * len(SIZES)} pairs, {rounds} rounds")
    host = Host()
    pairs: list[Pair] = []
    for op in (sitting.ops[name] for name in OPS):
        lane = Lane(backend="numpy", spans=(Span.CALL,), statement=op.spelling["numpy"])
        for n in SIZES:
            call = timed_loop(lane.statement, "", {"np": np, **operands(op, n, "float32", 0).arrays})
            two = zip(*(biased_round(call, host, order) for order in range(rounds)), strict=True)
            pairs.append(Pair(*(Trial(op=op, lane=lane, n=n, rounds=tuple(each)) for each in two)))
    return left_over(pairs)


def biased_round(call: Loop, instruments: Instruments, seed: int) -> tuple[Round, ...]:
    """Sample a call beside itself as a run does, while the first of two turns reads slower."""
    turns = Turns()
    contenders = [
        Contender(backend=name, run=turns.slowed(call), floor=0.0, subtract=False) for name in ("one", "two")
    ]
    return measure(contenders, Rules(), instruments, seed, turns.announce).rounds


def left_over(pairs: Sequence[Pair]) -> list[Check]:
    """Return what is left of the bias over all pairs."""
    table = compared(pairs)
    logs = table["log"].to_numpy(float)
    scatter = 2 * math.sqrt(np.square(table["error"].to_numpy(float)).sum()) / len(pairs)
    wide = f"the host's scatter alone leaves {scatter:.1%} open" if scatter > WITHIN / 2 else ""
    return [
        Check(
            part=PART,
            name=f"a call over itself where the first of two reads {BIAS:.0%} slower, geometric mean",
            measured=math.exp(logs.mean()),
            unit="ratio",
            low=1 / (1 + WITHIN),
            high=1 + WITHIN,
            doubt=doubt_of(is_clean(table)) or wide,
            detail=f"known to {scatter:.2%}; furthest of {len(pairs)} pairs {np.abs(logs).max():.2%}",
        )
    ]
