"""Part 3: a backend under two names, which the harness must not call different."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from harness.backends import BACKENDS, backend_named
from harness.machine import free_memory
from harness.model import Op, Span, Status, Verdict
from harness.plan import DEFAULT, QUICK, Group, Means, Settings, plan
from harness.units import ratio, size
from harness.validation.check import Check
from harness.validation.trials import LEAST_CLEAN, Say, Trial, compared, measured

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
        RMS of the log speedup over the pairs that were not noisy; NaN where those are too few.
    one_thread : float
        The same over the pairs that ran on one thread.
    false : float
        Share of the clean pairs that got the verdict faster or slower, under a band of that error; NaN
        where that is unknown. A noisy pair gets no verdict.
    false_plain : int
        Pairs that got one under the smallest band.
    pairs, clean : int
        Pairs in all, and those that were not noisy.
    by_backend : mapping of str to float
        The error of each backend's pairs.
    furthest : str
        Which clean pair was furthest from 1, and its ratio; empty where none was clean.
    """

    error: float
    one_thread: float
    false: float
    false_plain: int
    pairs: int
    clean: int
    by_backend: Mapping[str, float]
    furthest: str = ""


def self_comparison(
    ops: Mapping[str, Op], missing: Mapping[str, str], say: Say, *, quick: bool
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

    Returns
    -------
    SelfComparison

    Raises
    ------
    MeasureError
        If a process or a lane fails.
    """
    settings = _QUICK if quick else DEFAULT
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
    error = _rms(logs, clean, np.full(len(pairs), fill_value=True))
    decided = math.nan if math.isnan(error) else _decided(compared(pairs, aa_error=error))
    return SelfComparison(
        error=error,
        one_thread=_rms(logs, clean, alone),
        false=decided / max(1, clean.sum()),
        false_plain=_decided(plain),
        pairs=len(pairs),
        clean=int(clean.sum()),
        by_backend={b: _rms(logs, clean, backends == b) for b in BACKENDS if b in backends},
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
            name="RMS error of the speedup of a backend over itself, one thread",
            measured=found.one_thread,
            unit="share",
            high=ERROR_LIMIT,
            detail=clean,
        ),
        Check(
            part=PART,
            name="RMS error of the speedup of a backend over itself, all backends",
            measured=found.error,
            unit="share",
            detail=f"this machine's own A/A error; {by_backend}; furthest off: {found.furthest or 'unknown'}",
        ),
        Check(
            part=PART,
            name="pairs with a verdict other than same or unsure",
            measured=found.false,
            unit="share",
            high=FALSE_LIMIT,
            detail=f"{found.false_plain} pairs with the smallest band of 1 %; {clean}",
        ),
    ]


def _rms(logs: "np.ndarray[tuple[int], np.dtype[np.float64]]", clean: object, chosen: object) -> float:
    """Return the RMS of the clean ones among the chosen; NaN where they are too few."""
    few = np.asarray(chosen).sum() * LEAST_CLEAN
    kept = logs[np.asarray(clean) & np.asarray(chosen)]
    return math.sqrt(np.mean(kept**2)) if len(kept) and len(kept) >= few else math.nan


def _decided(table: pd.DataFrame) -> int:
    """Return how many rows are called faster or slower."""
    return int(table["verdict"].isin([Verdict.FASTER, Verdict.SLOWER]).sum())


def _one_thread(op: Op, backend: str) -> bool:
    """Whether a backend runs an op on one thread."""
    found = backend_named(backend)
    return found.threads == 1 or (found.library == "numpy" and not op.threaded)
