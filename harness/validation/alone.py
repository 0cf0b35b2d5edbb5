"""Part 5: whether a backend with all its threads runs beside another as it runs alone."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.stats import t

from harness.backends import backend_named
from harness.model import Op, Span
from harness.plan import PUBLISHING_ROUNDS, Group, Lane, Settings
from harness.units import ratio, size
from harness.validation.check import Check
from harness.validation.trials import Say, Trial, compared, measured

PART = "alone"
BACKENDS = ("numpy", "torch-cpu")
SIZES = (16384, 262144, 1048576)
BAND = 0.01
"""Relative difference that no interval has to tell."""
MEAN_BAND = 0.02
"""Relative difference that all cells together may have."""
LEVEL = 0.05


def interleaved_and_alone(ops: Mapping[str, Op], say: Say, *, quick: bool) -> list[Check]:
    """
    Compare backends that take turns with the same backends by themselves, in the same processes.

    Parameters
    ----------
    ops : mapping of str to Op
        The project's ops.
    say : callable
        Told what is being done.
    quick : bool
        Whether to take one op and three rounds only.

    Returns
    -------
    list of Check

    Raises
    ------
    MeasureError
        If a process or a lane fails.
    """
    names = ("mm",) if quick else ("mm", "sin", "mean")
    settings = Settings(rounds=3 if quick else PUBLISHING_ROUNDS)
    pairs: list[tuple[Trial, Trial]] = []
    cells: list[str] = []
    for name in names:
        say(f"{PART}: {name}, {settings.rounds} rounds")
        sizes = SIZES[: 2 if quick else None]
        groups = [group for n in sizes for group in arrangements(ops[name], n)]
        trials = measured(ops[name], groups, rules=settings.rules(), rounds=settings.rounds)
        step = 1 + len(BACKENDS)
        for at in range(0, len(trials), step):
            together, *single = trials[at : at + step]
            pairs += [(own[0], shared) for shared, own in zip(together, single, strict=True)]
            cells += [f"{name} at {size(trial.n)} on {trial.lane.backend}" for trial in together]
    return agreement(pairs, cells)


def arrangements(op: Op, n: int) -> list[Group]:
    """
    Return a group of all backends, and one of each by itself.

    Parameters
    ----------
    op : Op
        What is measured.
    n : int
        Elements of the operand.

    Returns
    -------
    list of Group
    """
    lanes = tuple(
        Lane(backend=name, spans=(Span.CALL,), statement=backend_named(name).statement(op, Span.CALL))
        for name in BACKENDS
    )
    return [Group(n=n, dtype="float32", lanes=chosen) for chosen in (lanes, *((lane,) for lane in lanes))]


def agreement(pairs: Sequence[tuple[Trial, Trial]], cells: Sequence[str]) -> list[Check]:
    """
    Return whether interleaved times agree with those of the same backend alone.

    Parameters
    ----------
    pairs : sequence of (Trial, Trial)
        Alone, and interleaved.
    cells : sequence of str
        What to call each pair.

    Returns
    -------
    list of Check

    Notes
    -----
    A t-test per cell of the log ratio of the two medians of a process against a band of 1 %, with Holm's
    correction: one of twenty 95 % intervals misses by chance.

    References
    ----------
    S. Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6, 1979.
    """
    table = compared(pairs)
    logs = -table["log"].to_numpy(float)
    excess = np.maximum(np.abs(logs) - BAND, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        distance = np.where(excess > 0, excess / table["error"].to_numpy(float), 0.0)
    p = np.sort(2 * t.sf(distance, table["freedom"].to_numpy(float)))
    rejected = p * np.arange(len(p), 0, -1) <= LEVEL
    differing = len(p) if rejected.all() else int(np.argmin(rejected))
    worst = int(np.argmax(np.abs(logs)))
    noisy = sum(one.noisy or other.noisy for one, other in pairs)
    detail = f"furthest off: {cells[worst]}, {ratio(math.exp(logs[worst]))}; {noisy} of {len(pairs)} noisy"
    return [
        Check(
            part=PART,
            name="cells whose interleaved time agrees with the one alone",
            measured=1 - differing / len(pairs),
            unit="share",
            low=1.0,
            detail=detail,
        ),
        Check(
            part=PART,
            name="interleaved time over the one alone, geometric mean",
            measured=math.exp(np.mean(logs)),
            unit="ratio",
            low=1 - MEAN_BAND,
            high=1 + MEAN_BAND,
            detail=f"{len(pairs)} cells",
        ),
    ]
