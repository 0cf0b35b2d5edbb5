"""Part 5: whether a backend with all its threads runs beside another as it runs alone."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from harness.backends.table import backend_named
from harness.model import Op, Span, Status
from harness.runs.settings import PUBLISHING_ROUNDS, Settings
from harness.statistics.multiple_comparisons import agreeing_share
from harness.units import ratio, size
from harness.validation.check import Check
from harness.validation.trials import Say, Trial, compared, enough, measured
from harness.workers.task import Group, Lane

PART = "alone"
BACKENDS = ("numpy", "torch-cpu")
SIZES = (16384, 262144, 1048576)
BAND = 0.01
"""Relative difference that no interval has to tell."""
MEAN_BAND = 0.02
"""Relative difference that all cells together may have."""


def interleaved_and_alone(
    ops: Mapping[str, Op], say: Say, *, quick: bool, patience: float | None = None
) -> list[Check]:
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
    patience : float, optional
        Seconds; see `harness.runs.settings.Settings`.

    Returns
    -------
    list of Check

    Raises
    ------
    MeasureError
        If a process or a lane fails.
    """
    names = ("mm",) if quick else ("mm", "sin", "mean")
    settings = Settings(rounds=3 if quick else PUBLISHING_ROUNDS, patience=patience)
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
    Pairs that other work on the host disturbed say nothing about the order of the blocks and are left out;
    where they are the most, nothing is known.
    """
    table = compared(pairs)
    clean = (table["status"] == Status.OK).to_numpy()
    detail = f"{clean.sum()} of {len(pairs)} cells free of other work"
    share = mean = math.nan
    if enough(clean):
        table, names = table[clean], np.array(cells)[clean]
        logs = -table["log"].to_numpy(float)
        share, mean = agreeing_share(logs, table["error"], table["freedom"], BAND), math.exp(logs.mean())
        worst = int(np.argmax(np.abs(logs)))
        detail = f"furthest off: {names[worst]}, {ratio(math.exp(logs[worst]))}; {detail}"
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
