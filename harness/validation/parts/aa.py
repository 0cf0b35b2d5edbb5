"""A backend under two names (A/A), which the harness must not call different."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from harness.answers.kinds import SEVERAL_THREADS
from harness.backends.table import BACKENDS, backend_named
from harness.machine.card import free_memory
from harness.model import Op, Span, Verdict
from harness.runs.plan import Means, plan
from harness.runs.settings import DEFAULT, QUICK, Settings
from harness.statistics.arrays import Floats, Marks
from harness.units import ratio
from harness.validation.check import Check, least_by_chance, most_by_chance
from harness.validation.trials import (
    Pair,
    Sitting,
    Trial,
    compared,
    doubt_of,
    enough,
    is_clean,
    measured,
)
from harness.workers.task import Group

PART = "A/A"
COVERED, ERROR_LIMIT, FALSE_LIMIT = 0.93, 0.01, 0.01
MOST_SCATTER = 3.0
"""How many times its own standard error a mean may be off: what is further off is not the rounds' scatter."""
_TWIN = "'"
_QUICK_OPS = ("abs", "sin")
_QUICK = replace(QUICK, min_size=256, max_size=65536)


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfComparison:
    """What comparing backends with themselves came to; NaN where too few pairs are clean."""

    error: float
    """What equal contenders differ by beyond their intervals, but for 1 % of the pairs."""
    rms: float
    """RMS of the log speedup over the clean pairs."""
    one_thread: float
    """The same over those of them that ran on one thread."""
    middle: float
    """Median of the absolute log speedup."""
    covered: float
    """Share of the pairs whose interval holds 1."""
    false: float
    """Share of the pairs that get a verdict of a difference under a band of 1 %."""
    pairs: int
    clean: int
    """Pairs with enough passes that no other work disturbed."""
    scatter: float = math.nan
    """RMS that the rounds of the clean pairs of one thread leave open by themselves."""
    by_backend: Mapping[str, float]
    """The RMS of each backend's pairs."""
    furthest: str = ""
    """Which clean pair was furthest from 1, and its ratio; empty where none was clean."""


def measure_twins(sitting: Sitting) -> list[list[Trial]]:
    """Measure every backend beside a twin that has operands of its own, over ops and sizes."""
    trials: list[list[Trial]] = []
    for op in sitting.ops.values():
        if sitting.quick and op.name not in _QUICK_OPS:
            continue
        groups = doubled(op, _QUICK if sitting.quick else DEFAULT)
        count = sum(len(group.lanes) // 2 for group in groups)
        sitting.say(f"{PART}: {op.name}, {count} pairs, {sitting.looks[-1]} rounds")
        trials += measured(op, groups, sitting.workers())
    return trials


def doubled(op: Op, settings: Settings) -> list[Group]:
    """Return the groups of a run, for the span `call`, with each lane followed by its twin."""
    missing = {name: backend_named(name).missing() for name in settings.backends}
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


def twins(trials: Iterable[Sequence[Trial]]) -> list[Pair]:
    """Pair the trials of doubled groups: every lane with its twin, which follows it."""
    return [Pair(*two) for lanes in trials for two in zip(lanes[::2], lanes[1::2], strict=True)]


def summary(pairs: Sequence[Pair], *, looks: int = 1) -> SelfComparison:
    """Return what pairs of equal contenders come to, in a run of so many looks."""
    table = compared(pairs, looks=looks)
    clean = is_clean(table)
    logs = table["log"].to_numpy(float)
    one_thread = (table["kind"] != SEVERAL_THREADS).to_numpy()
    backends = np.array([pair.base.lane.backend for pair in pairs])
    furthest = int(np.argmax(np.where(clean, np.abs(logs), -1.0)))
    # A pair of several threads without a clean pass claims nothing, whatever its interval is.
    claims = table[~table["spoiled"]]
    apart = np.sort(_apart(claims))[::-1]
    sufficient = enough(clean)
    return SelfComparison(
        error=math.expm1(apart[int(FALSE_LIMIT * len(apart))]) if sufficient else math.nan,
        rms=_rms(logs, clean),
        one_thread=_rms(logs[one_thread], clean[one_thread]),
        middle=float(np.median(np.abs(logs[clean]))) if sufficient else math.nan,
        covered=float(np.mean(apart == 0)) if len(apart) else math.nan,
        false=float(differs(table).mean()),
        pairs=len(pairs),
        clean=int(clean.sum()),
        by_backend={b: _rms(logs[backends == b], clean[backends == b]) for b in BACKENDS if b in backends},
        scatter=_rms(table["error"].to_numpy(float)[one_thread], clean[one_thread]),
        furthest=f"{pairs[furthest].base.cell}, {ratio(math.exp(logs[furthest]))}" if clean.any() else "",
    )


def differs(table: pd.DataFrame) -> Marks:
    """Return which pairs are called faster or slower."""
    marks: Marks = table["verdict"].isin([Verdict.FASTER, Verdict.SLOWER]).to_numpy()
    return marks


def checks(aa: SelfComparison, chance: float) -> list[Check]:
    """Return the checks of a self-comparison; a sound timer fails each no more often than by that chance."""
    doubt = doubt_of(np.arange(aa.pairs) < aa.clean)
    scattered = ""
    if aa.one_thread <= MOST_SCATTER * aa.scatter:
        scattered = f"the rounds' own scatter is {aa.scatter:.1%}, which explains as much"
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
            low=least_by_chance(COVERED, aa.pairs, chance),
            doubt=doubt,
            detail=f"{aa.clean} of {aa.pairs} pairs free of other work",
        ),
        Check(
            part=PART,
            name="RMS error of the speedup of a backend over itself, one thread",
            measured=aa.one_thread,
            unit="share",
            high=ERROR_LIMIT,
            doubt=doubt or scattered,
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
            high=most_by_chance(FALSE_LIMIT, aa.pairs, chance),
            doubt=doubt,
            detail=_own_error(aa.error),
        ),
    ]


def _own_error(error: float) -> str:
    """Return what equal contenders differ by, in words."""
    if math.isnan(error):
        return ""
    return f"this machine's own A/A error: {error:.2%}" if error else "no more pairs than 1 % miss 1"


def _rms(logs: Floats, clean: Marks) -> float:
    """Return the RMS of the clean ones; NaN where they are too few."""
    return math.sqrt(np.mean(logs[clean] ** 2)) if enough(clean) else math.nan


def _apart(table: pd.DataFrame) -> Floats:
    """Return how far the intervals of the speedups stay clear of 1, in logarithms; 0 if they hold it."""
    low, high = (np.log(table[end].to_numpy(float)) for end in ("low", "high"))
    clear: Floats = np.maximum(0.0, np.maximum(low, -high))
    return clear
