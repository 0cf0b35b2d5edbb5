"""Whether a backend with all its threads runs beside another as it runs alone."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from harness.backends.table import backend_named
from harness.model import Op, Span
from harness.runs.settings import PUBLISHING_ROUNDS, Settings
from harness.statistics.multiple_comparisons import agreeing_share
from harness.units import ratio
from harness.validation.check import Check
from harness.validation.trials import (
    Arrangement,
    Pair,
    Sitting,
    Trial,
    clean_pairs,
    compared,
    enough,
    measured_pairs,
)
from harness.workers.task import Group, Lane

PART = "alone"
BACKENDS = ("numpy", "torch-cpu")
SIZES = (16384, 262144, 1048576)
BAND = 0.01
"""Relative difference that no interval has to tell."""
MEAN_BAND = 0.02
"""Relative difference that all cells together may have."""


def interleaved_and_alone(sitting: Sitting) -> list[Check]:
    """Compare backends that take turns with the same backends by themselves, in the same processes."""
    names = ("mm",) if sitting.quick else ("mm", "sin", "mean")
    sizes = SIZES[: 2 if sitting.quick else None]
    rounds = 3 if sitting.quick else PUBLISHING_ROUNDS
    settings = Settings(rounds=rounds, patience=sitting.patience)
    pairs: list[Pair] = []
    for name in names:
        sitting.say(f"{PART}: {name}, {rounds} rounds")
        op = sitting.ops[name]
        pairs += measured_pairs(op, [together_and_alone(op, n) for n in sizes], settings)
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
        yield Pair(alone, shared)


def agreement(pairs: Sequence[Pair]) -> list[Check]:
    """
    Return whether interleaved times agree with those of the same backend alone.

    Pairs that other work on the host disturbed say nothing about the order of the blocks and are left out;
    where they are the most, nothing is known.
    """
    table = compared(pairs)
    clean = clean_pairs(table)
    detail = f"{clean.sum()} of {len(pairs)} cells free of other work"
    share = mean = math.nan
    if enough(clean):
        table, cells = table[clean], np.array([pair.base.cell for pair in pairs])[clean]
        logs = -table["log"].to_numpy(float)
        share, mean = agreeing_share(logs, table["error"], table["freedom"], BAND), math.exp(logs.mean())
        worst = int(np.argmax(np.abs(logs)))
        detail = f"furthest off: {cells[worst]}, {ratio(math.exp(logs[worst]))}; {detail}"
    return [
        Check(
            part=PART,
            name="cells whose interleaved time agrees with the one alone",
            measured=share,
            unit="share",
            low=1.0,
            detail=detail,
        ),
        Check(
            part=PART,
            name="interleaved time over the one alone, geometric mean",
            measured=mean,
            unit="ratio",
            low=1 - MEAN_BAND,
            high=1 + MEAN_BAND,
        ),
    ]
