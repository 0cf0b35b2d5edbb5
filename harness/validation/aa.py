"""A backend under two names (A/A), which the harness must not call different."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from harness.backends.table import BACKENDS, backend_named
from harness.machine.card import free_memory
from harness.model import Op, Span, Verdict
from harness.runs.plan import Means, plan
from harness.runs.settings import DEFAULT, QUICK, Settings
from harness.statistics.arrays import Floats, Marks
from harness.statistics.confidence import CONFIDENCE
from harness.units import ratio
from harness.validation.check import Check, sampling_error
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
from harness.workers.task import Group

PART = "A/A"
ERROR_LIMIT, FALSE_LIMIT = 0.01, 0.01
ROUNDS = 3
_TWIN = "'"
_QUICK_OPS = ("abs", "mean")
_QUICK = replace(QUICK, min_size=256, max_size=4096)


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfComparison:
    """What comparing backends with themselves came to; NaN where too few pairs are clean."""

    error: float
    """Smallest band under which at most 1 % of the clean pairs are called faster or slower.

    It is what equal contenders differ by beyond their intervals."""
    rms: float
    """RMS of the log speedup over the clean pairs."""
    one_thread: float
    """The same over those of them that ran on one thread."""
    middle: float
    """Median of the absolute log speedup."""
    covered: float
    """Share of the pairs whose interval holds 1."""
    false: float
    """Share of those that get a verdict under a band of 1 %."""
    pairs: int
    clean: int
    """Pairs that were not noisy."""
    by_backend: Mapping[str, float]
    """The RMS of each backend's pairs."""
    furthest: str = ""
    """Which clean pair was furthest from 1, and its ratio; empty where none was clean."""


def self_comparison(sitting: Sitting) -> SelfComparison:
    """Measure every backend beside a twin that has operands of its own, over ops and sizes."""
    settings = replace(_QUICK if sitting.quick else DEFAULT, rounds=ROUNDS, patience=sitting.patience)
    missing = {name: backend.missing() for name, backend in BACKENDS.items()}
    pairs: list[Pair] = []
    for op in sitting.ops.values():
        if sitting.quick and op.name not in _QUICK_OPS:
            continue
        groups = doubled(op, settings, missing)
        count = sum(len(group.lanes) // 2 for group in groups)
        sitting.say(f"{PART}: {op.name}, {count} pairs, {ROUNDS} rounds")
        arrangements = [Arrangement(groups=(group,), pair_up=_with_twins) for group in groups]
        pairs += measured_pairs(op, arrangements, settings)
    return summary(pairs)


def doubled(op: Op, settings: Settings, missing: Mapping[str, str]) -> list[Group]:
    """Return the groups of a run, for the span `call`, with each lane followed by its twin."""
    # The twins' operands need as much memory again.
    groups = plan(op, settings, Means(missing=missing, memory=free_memory() // 2)).groups
    return [
        replace(
            group,
            lanes=tuple(
                twin
                for lane in group.lanes
                if Span.CALL in lane.spans
                for twin in (lane, replace(lane, twin=_TWIN))
            ),
        )
        for group in groups
    ]


def _with_twins(groups: Sequence[list[Trial]]) -> Iterator[Pair]:
    """Compare every lane with its twin, which follows it."""
    (trials,) = groups
    return map(Pair, trials[::2], trials[1::2])


def summary(pairs: Sequence[Pair]) -> SelfComparison:
    """Return what pairs of equal contenders come to."""
    table = compared(pairs)
    clean = clean_pairs(table)
    logs = table["log"].to_numpy(float)
    one_thread = np.array([_on_one_thread(pair.base) for pair in pairs])
    backends = np.array([pair.base.lane.backend for pair in pairs])
    furthest = int(np.argmax(np.where(clean, np.abs(logs), -1.0)))
    sufficient = enough(clean)
    apart = np.sort(_apart(table[clean]))[::-1]
    decided = table["verdict"].isin([Verdict.FASTER, Verdict.SLOWER])
    return SelfComparison(
        error=math.expm1(apart[int(FALSE_LIMIT * len(apart))]) if sufficient else math.nan,
        rms=_rms(logs, clean),
        one_thread=_rms(logs[one_thread], clean[one_thread]),
        middle=float(np.median(np.abs(logs[clean]))) if sufficient else math.nan,
        covered=float(np.mean(apart == 0)) if sufficient else math.nan,
        false=decided.sum() / clean.sum() if sufficient else math.nan,
        pairs=len(pairs),
        clean=int(clean.sum()),
        by_backend={b: _rms(logs[backends == b], clean[backends == b]) for b in BACKENDS if b in backends},
        furthest=f"{pairs[furthest].base.cell}, {ratio(math.exp(logs[furthest]))}" if clean.any() else "",
    )


def checks(aa: SelfComparison) -> list[Check]:
    """Return the checks of a self-comparison."""
    clean = f"{aa.clean} of {aa.pairs} pairs free of other work"
    by_backend = ", ".join(
        f"{name} {'unknown' if math.isnan(error) else format(error, '.2%')}"
        for name, error in aa.by_backend.items()
    )
    return [
        Check(
            part=PART,
            name="speedups of a backend over itself whose 95 % interval holds 1",
            measured=aa.covered,
            unit="share",
            low=0.93 - sampling_error(CONFIDENCE, max(1, aa.clean)),
            detail=clean,
        ),
        Check(
            part=PART,
            name="RMS error of the speedup of a backend over itself, one thread",
            measured=aa.one_thread,
            unit="share",
            high=ERROR_LIMIT,
            detail=f"furthest off: {aa.furthest or 'unknown'}",
        ),
        Check(
            part=PART,
            name="RMS error of the speedup of a backend over itself, all backends",
            measured=aa.rms,
            unit="share",
            detail=by_backend if math.isnan(aa.middle) else f"median {aa.middle:.2%}; {by_backend}",
        ),
        Check(
            part=PART,
            name="pairs with a verdict other than same or unsure, under a band of 1 %",
            measured=aa.false,
            unit="share",
            high=FALSE_LIMIT + sampling_error(FALSE_LIMIT, max(1, aa.clean)),
            detail="" if math.isnan(aa.error) else f"this machine's own A/A error: {aa.error:.2%}",
        ),
    ]


def _rms(logs: Floats, clean: Marks) -> float:
    """Return the RMS of the clean ones; NaN where they are too few."""
    return math.sqrt(np.mean(logs[clean] ** 2)) if enough(clean) else math.nan


def _apart(table: pd.DataFrame) -> Floats:
    """Return how far the intervals of the speedups stay clear of 1, in logarithms; 0 if they hold it."""
    low, high = (np.log(table[end].to_numpy(float)) for end in ("low", "high"))
    clear: Floats = np.maximum(0.0, np.maximum(low, -high))
    return clear


def _on_one_thread(trial: Trial) -> bool:
    """Whether the backend of a trial runs its op on one thread."""
    backend = backend_named(trial.lane.backend)
    return backend.threads == 1 or (backend.library == "numpy" and not trial.op.threaded)
