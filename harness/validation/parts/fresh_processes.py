"""Whether a round in the fork of a warm process says what one in a process of its own does."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from harness.backends.table import backend_named
from harness.model import Op, Span
from harness.runs.findings import OpFindings
from harness.statistics.means import Means, differences_of
from harness.statistics.multiple_comparisons import agreeing_share
from harness.units import ratio
from harness.validation.check import Check, agreement_checks
from harness.validation.trials import (
    HANG_LIMIT,
    Pair,
    Sitting,
    add_round,
    compared,
    doubt_of,
    is_clean,
    trials_of,
)
from harness.workers.process import USUAL_START, WorkerProcess
from harness.workers.task import Group, Lane

PART = "forks"
BACKENDS = ("numpy", "torch-cpu-1t", "torch-cpu")
OPS, QUICK_OPS = ("abs", "sin", "mean", "mm"), ("abs", "mm")
SIZES = (256, 16384, 262144)
ROUNDS, QUICK_ROUNDS = 8, 3
BAND = 0.02
"""Relative difference that no interval has to tell."""


def forks_and_fresh(sitting: Sitting) -> list[Check]:
    """Measure the same calls in forks of warm processes and in fresh ones, in turn."""
    if USUAL_START != "fork":
        return []  # a round is a process of its own here
    names, rounds = (QUICK_OPS, QUICK_ROUNDS) if sitting.quick else (OPS, ROUNDS)
    sizes = SIZES[: 2 if sitting.quick else None]
    sitting.say(f"{PART}: {', '.join(names)}, {rounds} rounds in forks and in fresh processes")
    ops = [sitting.ops[name] for name in names]
    both = [[OpFindings(op, groups_of(op, sizes)) for op in ops] for _way in range(2)]
    for order in range(rounds):
        with WorkerProcess(HANG_LIMIT, "spawn") as fresh:
            fresh.wait_until_ready()
            for fork, own in zip(*both, strict=True):
                add_round(fork, order, sitting.parents.of_round(order))
                add_round(own, order, fresh)
    return agreement(*([pair for found in way for pair in _pairs(found)] for way in both))


def groups_of(op: Op, sizes: Sequence[int]) -> list[Group]:
    """Return the groups of an op, one per size."""
    lanes = tuple(
        Lane(backend=name, spans=(Span.CALL,), statement=backend_named(name).statement(op, Span.CALL))
        for name in BACKENDS
    )
    return [Group(n=n, dtype="float32", lanes=lanes) for n in sizes]


def _pairs(findings: OpFindings) -> Iterator[Pair]:
    """Compare each backend with the first."""
    for base, *others in trials_of(findings):
        yield from (Pair(base, other) for other in others)


def agreement(forks: Sequence[Pair], fresh: Sequence[Pair]) -> list[Check]:
    """Return whether the speedups of the two ways agree, pair by pair and over all."""
    tables = [compared(way) for way in (forks, fresh)]
    clean = is_clean(tables[0]) & is_clean(tables[1])
    detail, share, mean, scatter = "", math.nan, math.nan, math.nan
    if clean.any():
        told = (
            Means(
                centre=table["log"].to_numpy(float)[clean],
                squared_error=table["error"].to_numpy(float)[clean] ** 2,
                freedom=table["freedom"].to_numpy(float)[clean],
            )
            for table in reversed(tables)
        )
        apart = differences_of(*told)
        share = agreeing_share(apart.centre, apart.error, apart.freedom, BAND)
        mean, scatter = math.exp(apart.centre.mean()), 2 * math.sqrt(apart.squared_error.sum()) / clean.sum()
        worst = int(np.argmax(np.abs(apart.centre)))
        cell = np.flatnonzero(clean)[worst]
        detail = f"furthest off: {forks[cell].other.cell}, {ratio(math.exp(apart.centre[worst]))}"
    return agreement_checks(
        PART,
        (
            "speedups in forks of warm processes that agree with those in fresh ones",
            "speedup in forks over the one in fresh processes, geometric mean",
        ),
        share=share,
        mean=mean,
        scatter=scatter,
        doubt=doubt_of(clean),
        details=(detail, f"known to {scatter:.1%}; {clean.sum()} of {len(clean)} pairs free of other work"),
    )
