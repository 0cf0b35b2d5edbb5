"""Whether a backend with all its threads runs beside another as it runs alone."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from harness.backends.table import backend_named
from harness.model import Op, Span
from harness.statistics.multiple_comparisons import agreeing_share
from harness.units import ratio
from harness.validation.check import Check, agreement_checks
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

PART = "alone"
BACKENDS = ("numpy", "torch-cpu")
SIZES = (16384, 262144, 1048576)
QUICK_ROUNDS = 3
BAND = 0.01
"""Relative difference that no interval has to tell."""


def interleaved_and_alone(sitting: Sitting) -> list[Check]:
    """Compare backends that take turns with the same backends by themselves, in the same processes."""
    names = ("mm",) if sitting.quick else ("mm", "sin", "mean")
    sizes = SIZES[: 2 if sitting.quick else None]
    workers = sitting.workers()[: QUICK_ROUNDS if sitting.quick else None]
    pairs: list[Pair] = []
    for name in names:
        sitting.say(f"{PART}: {name}, {len(workers)} rounds")
        op = sitting.ops[name]
        pairs += measured_pairs(op, [together_and_alone(op, n) for n in sizes], workers)
    return agreement(pairs)


def together_and_alone(op: Op, n: int) -> Arrangement:
    """Return a group of all backends, and one of each by itself."""
    lanes = tuple(
        Lane(backend=name, spans=(Span.CALL,), statement=backend_named(name).statement(op, Span.CALL))
        for name in BACKENDS
    )
    chosen = (lanes, *((lane,) for lane in lanes))
    groups = tuple(Group(n=n, dtype="float32", lanes=some) for some in chosen)
    return Arrangement(groups=groups, pair_up=_with_alone)


def _with_alone(groups: Sequence[list[Trial]]) -> Iterator[Pair]:
    """Compare every lane of the first group with the same one by itself."""
    together, *single = groups
    for shared, (alone,) in zip(together, single, strict=True):
        yield Pair(without_passes(alone), without_passes(shared))


def without_passes(trial: Trial) -> Trial:
    """Return a trial whose passes are no pairs: each group has its own, one after the other's."""
    return replace(trial, rounds=tuple(replace(round_, passes=()) for round_ in trial.rounds))


def agreement(pairs: Sequence[Pair]) -> list[Check]:
    """
    Return whether interleaved times agree with those of the same backend alone.

    Pairs that other work on the host disturbed say nothing about the order of the blocks and are left out;
    where they are the most, nothing can be told.
    """
    table = compared(pairs)
    clean = is_clean(table)
    detail = f"{clean.sum()} of {len(pairs)} cells free of other work"
    share = mean = scatter = math.nan
    if clean.any():
        table, cells = table[clean], np.array([pair.base.cell for pair in pairs])[clean]
        logs = -table["log"].to_numpy(float)
        share, mean = agreeing_share(logs, table["error"], table["freedom"], BAND), math.exp(logs.mean())
        scatter = 2 * math.sqrt(np.square(table["error"].to_numpy(float)).sum()) / len(logs)
        worst = int(np.argmax(np.abs(logs)))
        detail = f"furthest off: {cells[worst]}, {ratio(math.exp(logs[worst]))}; {detail}"
    return agreement_checks(
        PART,
        (
            "cells whose interleaved time agrees with the one alone",
            "interleaved time over the one alone, geometric mean",
        ),
        share=share,
        mean=mean,
        scatter=scatter,
        doubt=doubt_of(clean),
        details=(detail, f"known to {scatter:.1%}"),
    )
