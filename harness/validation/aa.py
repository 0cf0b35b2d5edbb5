"""Part 3: a backend under two names, which the harness must not call different."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from harness.backends.table import BACKENDS, backend_named
from harness.machine.card import free_memory
from harness.model import Op, Span, Status, Verdict
from harness.runs.plan import Means, plan
from harness.runs.settings import DEFAULT, QUICK, Settings
from harness.statistics.arrays import Floats, Marks
from harness.statistics.confidence import CONFIDENCE
from harness.units import ratio, size
from harness.validation.check import Check, sampling_error
from harness.validation.trials import Say, Trial, compared, enough, measured
from harness.workers.task import Group

PART = "A/A"
ERROR_LIMIT, FALSE_LIMIT = 0.01, 0.01
ROUNDS = 3
_TWIN = "'"
_QUICK_OPS = ("abs", "mean")
_QUICK = replace(QUICK, rounds=ROUNDS, min_size=256, max_size=4096)


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfComparison:
    """
    What comparing backends with themselves came to.

    Attributes
    ----------
    error : float
        The smallest band under which at most 1 % of the clean pairs are called faster or slower: what
        equal contenders differ by beyond their intervals. NaN where too few pairs are clean, here and
        below.
    rms, one_thread : float
        RMS of the log speedup over the clean pairs, and over those of them that ran on one thread.
    middle : float
        Median of the absolute log speedup.
    covered, false : float
        Share of the pairs whose interval holds 1, and of those that get a verdict under a band of 1 %.
    pairs, clean : int
        Pairs in all, and those that were not noisy.
    by_backend : mapping of str to float
        The RMS of each backend's pairs.
    furthest : str
        Which clean pair was furthest from 1, and its ratio; empty where none was clean.
    """

    error: float
    rms: float
    one_thread: float
    middle: float
    covered: float
    false: float
    pairs: int
    clean: int
    by_backend: Mapping[str, float]
    furthest: str = ""


def self_comparison(
    ops: Mapping[str, Op],
    missing: Mapping[str, str],
    say: Say,
    *,
    quick: bool,
    patience: float | None = None,
) -> SelfComparison:
    """
    Measure every backend beside a twin that has operands of its own, over ops and sizes.

    Parameters
    ----------
    ops : mapping of str to Op
        The project's ops.
    missing : mapping of str to str
        Why a backend cannot run, by backend.
    say : callable
        Told what is being done.
    quick : bool
        Whether to take two ops and two sizes only.
    patience : float, optional
        Seconds; see `harness.runs.settings.Settings`.

    Returns
    -------
    SelfComparison

    Raises
    ------
    MeasureError
        If a process or a lane fails.
    """
    settings = replace(_QUICK if quick else DEFAULT, patience=patience)
    pairs: list[tuple[Trial, Trial]] = []
    names: list[str] = []
    alone: list[bool] = []
    for op in ops.values():
        if quick and op.name not in _QUICK_OPS:
            continue
        groups = doubled(op, settings, missing)
        say(f"{PART}: {op.name}, {sum(len(group.lanes) // 2 for group in groups)} pairs, {ROUNDS} rounds")
        for trials in measured(op, groups, rules=settings.rules(), rounds=ROUNDS):
            pairs += zip(trials[::2], trials[1::2], strict=True)
            names += [f"{op.name} at {size(own.n)} on {own.lane.backend}" for own in trials[::2]]
            alone += [_one_thread(op, trial.lane.backend) for trial in trials[::2]]
    return summary(pairs, alone, names)


def doubled(op: Op, settings: Settings, missing: Mapping[str, str]) -> list[Group]:
    """
    Return the groups of a run, for the span `call`, with each lane followed by its twin.

    Parameters
    ----------
    op : Op
        What is measured.
    settings : Settings
        The sizes and backends.
    missing : mapping of str to str
        Why a backend cannot run, by backend.

    Returns
    -------
    list of Group
    """
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


def summary(
    pairs: Sequence[tuple[Trial, Trial]], one_thread: Sequence[bool], names: Sequence[str]
) -> SelfComparison:
    """
    Return what pairs of equal contenders come to.

    Parameters
    ----------
    pairs : sequence of (Trial, Trial)
        A lane and its twin.
    one_thread : sequence of bool
        Which of the pairs ran on one thread.
    names : sequence of str
        What to call each pair.

    Returns
    -------
    SelfComparison
    """
    plain = compared(pairs)
    clean = (plain["status"] == Status.OK).to_numpy()
    logs = plain["log"].to_numpy(float)
    alone, backends = np.array(one_thread), np.array([pair[0].lane.backend for pair in pairs])
    at = int(np.argmax(np.where(clean, np.abs(logs), -1.0)))
    known = enough(clean)
    apart = np.sort(_apart(plain[clean]))[::-1]
    decided = plain["verdict"].isin([Verdict.FASTER, Verdict.SLOWER])
    return SelfComparison(
        error=math.expm1(apart[int(FALSE_LIMIT * len(apart))]) if known else math.nan,
        rms=_rms(logs, clean),
        one_thread=_rms(logs[alone], clean[alone]),
        middle=float(np.median(np.abs(logs[clean]))) if known else math.nan,
        covered=float(np.mean(apart == 0)) if known else math.nan,
        false=decided.sum() / clean.sum() if known else math.nan,
        pairs=len(pairs),
        clean=int(clean.sum()),
        by_backend={b: _rms(logs[backends == b], clean[backends == b]) for b in BACKENDS if b in backends},
        furthest=f"{names[at]}, {ratio(math.exp(logs[at]))}" if clean.any() else "",
    )


def checks(found: SelfComparison) -> list[Check]:
    """Return the checks of a self-comparison."""
    clean = f"{found.clean} of {found.pairs} pairs free of other work"
    by_backend = ", ".join(
        f"{name} {'unknown' if math.isnan(error) else format(error, '.2%')}"
        for name, error in found.by_backend.items()
    )
    return [
        Check(
            part=PART,
            name="speedups of a backend over itself whose 95 % interval holds 1",
            measured=found.covered,
            unit="share",
            low=0.93 - sampling_error(CONFIDENCE, max(1, found.clean)),
            detail=clean,
        ),
        Check(
            part=PART,
            name="RMS error of the speedup of a backend over itself, one thread",
            measured=found.one_thread,
            unit="share",
            high=ERROR_LIMIT,
            detail=f"furthest off: {found.furthest or 'unknown'}",
        ),
        Check(
            part=PART,
            name="RMS error of the speedup of a backend over itself, all backends",
            measured=found.rms,
            unit="share",
            detail=by_backend if math.isnan(found.middle) else f"median {found.middle:.2%}; {by_backend}",
        ),
        Check(
            part=PART,
            name="pairs with a verdict other than same or unsure, under a band of 1 %",
            measured=found.false,
            unit="share",
            high=FALSE_LIMIT + sampling_error(FALSE_LIMIT, max(1, found.clean)),
            detail="" if math.isnan(found.error) else f"this machine's own A/A error: {found.error:.2%}",
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


def _one_thread(op: Op, backend: str) -> bool:
    """Whether a backend runs an op on one thread."""
    found = backend_named(backend)
    return found.threads == 1 or (found.library == "numpy" and not op.threaded)
