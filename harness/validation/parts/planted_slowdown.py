"""A slow-down of known size, which the harness must find."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from harness.backends.table import backend_named
from harness.model import Op, Span, Verdict
from harness.validation.check import Check, least_by_chance
from harness.validation.trials import (
    Arrangement,
    Pair,
    Sitting,
    Trial,
    compared,
    doubt_of,
    is_clean,
    measured_pairs,
)
from harness.workers.task import Group, Lane

PART = "planted"
CALLS = 100
"""Calls in the statement that is slowed down by adding some more."""
PLANTED = {2: 0.0, 5: 0.8, 10: 0.99}
"""Per cent more calls, and the share of these slow-downs that has to be found, but for chance."""
BACKENDS = ("numpy", "torch-cpu-1t")


def planted(sitting: Sitting) -> list[Check]:
    """Compare a statement of 100 calls with those of 102, 105 and 110, and count what is called slower."""
    names = ("sin",) if sitting.quick else ("abs", "sin", "mean")
    sizes, repeats = ((256, 1024), 2) if sitting.quick else ((16, 256, 1024), 6)
    pairs: list[Pair] = []
    for name in names:
        op = sitting.ops[name]
        arrangements = [Arrangement(groups=(slowed(op, n),), pair_up=_with_plain) for n in sizes] * repeats
        sitting.say(f"{PART}: {name}, {len(arrangements)} groups, {sitting.looks[-1]} rounds")
        pairs += measured_pairs(op, arrangements, sitting.workers())
    detail = f"{', '.join(names)} on {' and '.join(BACKENDS)}, {sitting.looks[-1]} rounds"
    return found(pairs, looks=len(sitting.looks), chance=sitting.chance, detail=detail)


def slowed(op: Op, n: int) -> Group:
    """Return a group with, per backend, the plain statement and the slowed ones, of an op in one line."""
    lanes = []
    for backend in map(backend_named, BACKENDS):
        call = backend.statement(op, Span.CALL)
        for more in (0, *PLANTED):
            calls = CALLS + CALLS * more // 100
            lanes.append(
                Lane(
                    backend=backend.name,
                    spans=(Span.CALL,),
                    statement="\n".join([call] * calls),
                    twin=_twin(more),
                )
            )
    return Group(n=n, dtype="float32", lanes=tuple(lanes))


def _twin(more: int) -> str:
    """Return what the lane with so many per cent more calls is called beside the plain one."""
    return f"+{more}" if more else ""


def _with_plain(groups: Sequence[list[Trial]]) -> Iterator[Pair]:
    """Compare every slowed lane with the plain one of its backend, which goes before it."""
    (trials,) = groups
    step = 1 + len(PLANTED)
    for start in range(0, len(trials), step):
        plain, *slower = trials[start : start + step]
        yield from (Pair(plain, trial) for trial in slower)


def found(pairs: Sequence[Pair], *, looks: int, chance: float, detail: str) -> list[Check]:
    """Return the share of the slow-downs of each size that were found."""
    table = compared(pairs, looks=looks)
    twins = np.array([pair.other.lane.twin for pair in pairs])
    doubt = doubt_of(is_clean(table))
    checks = []
    for more, share in PLANTED.items():
        of_size = table[twins == _twin(more)]
        slower = int((of_size["verdict"] == Verdict.SLOWER).sum())
        half = math.expm1(np.log(of_size["high"] / of_size["low"]).median() / 2)
        # It is found where its interval stays clear of 1: a host that scatters by half of it hides it.
        wide = f"half of the intervals are ± {half:.1%} and wider" if half > more / 200 else ""
        checks.append(
            Check(
                part=PART,
                name=f"slow-downs of {more} % found",
                measured=slower / len(of_size),
                unit="share",
                low=least_by_chance(share, len(of_size), chance) if share else -math.inf,
                doubt=doubt or wide,
                detail=f"{slower} of {len(of_size)}, intervals of ± {half:.1%}; real calls added: {detail}",
            )
        )
    return checks
