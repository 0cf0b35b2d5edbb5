"""Measure chosen lanes of an op in real worker processes, several rounds, as a sweep does."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from harness.answers.speedup import log_ratios
from harness.errors import MeasureError
from harness.model import Op, Round, Status
from harness.runs.findings import Gathered
from harness.runs.rounds import measure_round
from harness.timing.noise import NOISY_SHARE, disturbed_share, round_median
from harness.timing.rules import Rules
from harness.workers.process import WorkerProcess
from harness.workers.task import Finding, Group, Lane, Task

HANG_LIMIT = 60.0
_LEAST_CLEAN = 0.5
_OWN, _BASE = "own", "base"
Say = Callable[[str], None]
"""Told in a line what is being done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """
    What the rounds found out about one lane of a group.

    Attributes
    ----------
    lane : Lane
        What was timed.
    n : int
        Elements of the operand.
    rounds : tuple of Round
        One per worker process.
    """

    lane: Lane
    n: int
    rounds: tuple[Round, ...]

    @property
    def noisy(self) -> bool:
        """Whether other work on the host disturbed it, by the rule of a run's cells."""
        return any(disturbed_share(found) >= NOISY_SHARE for found in self.rounds)

    @property
    def medians(self) -> list[float]:
        """Seconds per call, one per round."""
        return [round_median(found) for found in self.rounds]


def measured(
    op: Op, groups: Sequence[Group], *, rules: Rules, rounds: int, seed: int = 0
) -> list[list[Trial]]:
    """
    Measure groups of lanes in fresh worker processes.

    Parameters
    ----------
    op : Op
        Whose operands and reference the lanes share.
    groups : sequence of Group
        Lanes of one group are interleaved.
    rules : Rules
        How long to warm up and to sample.
    rounds : int
        Worker processes, one after the other.
    seed : int
        Decides the operands and the order of the blocks.

    Returns
    -------
    list of list of Trial
        Per group its lanes, in their order.

    Raises
    ------
    MeasureError
        If a process or a lane fails.
    """
    gathered = Gathered(op, groups)
    with ExitStack() as stack:
        # All are started at once, so that their imports overlap; they take turns in measuring.
        workers = [stack.enter_context(WorkerProcess(HANG_LIMIT)) for _ in range(rounds)]
        for worker in workers:
            worker.hello()
        for order, worker in enumerate(workers):
            task = Task(op=op, groups=tuple(groups), rules=rules, seed=seed, order=order)
            measure_round(task, worker, gathered, lambda _waiting, _said: None)
    return [
        [
            Trial(lane=lane, n=group.n, rounds=_rounds(op, group, lane, gathered.found(at, index)))
            for index, lane in enumerate(group.lanes)
        ]
        for at, group in enumerate(groups)
    ]


def _rounds(op: Op, group: Group, lane: Lane, findings: Sequence[Finding]) -> tuple[Round, ...]:
    """Return the rounds of a lane, every one of which must have been measured."""
    for finding in findings:
        if finding.round is None:
            name = f"{op.name} on {lane.backend} at n={group.n}"
            raise MeasureError(f"{name} could not be measured: {finding.reason}")
    return tuple(finding.round for finding in findings if finding.round)


def enough(clean: npt.NDArray[np.bool_]) -> bool:
    """
    Whether what pairs say means something, by how many of them are free of other work on the host.

    Parameters
    ----------
    clean : array of bool
        Which of the pairs are.

    Returns
    -------
    bool
        True for half of them and more.
    """
    return bool(clean.sum() >= max(1, _LEAST_CLEAN * len(clean)))


def compared(pairs: Sequence[tuple[Trial, Trial]], *, aa_error: float = 0.0) -> pd.DataFrame:
    """
    Compare trials two by two, as `harness.speedup` compares a run's cells.

    Parameters
    ----------
    pairs : sequence of (Trial, Trial)
        What is compared with, and what is compared.
    aa_error : float
        See `harness.speedup`.

    Returns
    -------
    DataFrame
        From `harness.answers.speedup.log_ratios`, one row per pair in their order; a speedup below 1 says that the
        second of the pair is slower.
    """
    key = {"machine": "", "run": "", "op": "", "dtype": "", "span": ""}
    rows = [
        key
        | {
            "n": at,
            "backend": name,
            "status": str(Status.NOISY if trial.noisy else Status.OK),
            "round_seconds": trial.medians,
        }
        for at, pair in enumerate(pairs)
        for name, trial in zip((_BASE, _OWN), pair, strict=True)
    ]
    return log_ratios(pd.DataFrame(rows), _BASE, aa_error=aa_error)
