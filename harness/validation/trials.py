"""Trials: chosen lanes of an op, measured in real worker processes as by a sweep and compared two by two."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np
import pandas as pd

from harness.answers.speedup import log_ratios
from harness.errors import MeasureError
from harness.model import Op, Round, Status
from harness.runs.findings import OpFindings
from harness.runs.rounds import measure_round
from harness.runs.settings import Settings
from harness.statistics.arrays import Marks
from harness.timing.noise import round_median, timed_status
from harness.timing.rules import Rules
from harness.units import size
from harness.workers.process import WorkerProcess
from harness.workers.task import Finding, Group, Lane, Task

HANG_LIMIT = 60.0
"""Seconds without a sign of life after which a worker is killed."""
_LEAST_CLEAN = 0.5
_BASE, _OTHER = "base", "other"
Say = Callable[[str], None]
"""Told in a line what is being done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """What the parts of one battery have in common."""

    ops: Mapping[str, Op]
    say: Say
    quick: bool = False
    """Whether to take a sample of everything."""
    patience: float | None = None
    """Seconds; see `harness.runs.settings.Settings`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What the rounds found out about one lane of a group."""

    op: Op
    lane: Lane
    n: int
    """Elements of the operand."""
    rounds: tuple[Round, ...]
    """One per worker process."""

    @property
    def noisy(self) -> bool:
        """Whether other work on the host disturbed it, by the rule of a run's cells."""
        return timed_status(self.rounds)[0] is Status.NOISY

    @property
    def medians(self) -> list[float]:
        """Seconds per call, one per round."""
        return [round_median(round_) for round_ in self.rounds]

    @property
    def cell(self) -> str:
        """What to call it in a sentence."""
        return f"{self.op.name} at {size(self.n)} on {self.lane.backend}"


class Pair(NamedTuple):
    """Two trials: what is compared with, and what is compared."""

    base: Trial
    other: Trial

    @property
    def noisy(self) -> bool:
        """Whether either was disturbed."""
        return self.base.noisy or self.other.noisy


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """Groups whose lanes are interleaved, and which of their trials are compared."""

    groups: tuple[Group, ...]
    pair_up: Callable[[Sequence[list[Trial]]], Iterable[Pair]]
    """Takes the trials of each group, in the order of its lanes."""


def measured_pairs(op: Op, arrangements: Sequence[Arrangement], settings: Settings) -> list[Pair]:
    """Measure arrangements by the rounds and rules of the settings, all in the same worker processes."""
    groups = [group for arrangement in arrangements for group in arrangement.groups]
    trials = iter(measured(op, groups, rules=settings.rules(), rounds=settings.rounds))
    return [
        pair
        for arrangement in arrangements
        for pair in arrangement.pair_up(list(islice(trials, len(arrangement.groups))))
    ]


def measured(op: Op, groups: Sequence[Group], *, rules: Rules, rounds: int) -> list[list[Trial]]:
    """Measure groups in fresh worker processes, one per round; return the trials of each by lane."""
    findings = OpFindings(op, groups)
    with ExitStack() as stack:
        # All are started at once, so that their imports overlap; they take turns in measuring.
        workers = [stack.enter_context(WorkerProcess(HANG_LIMIT)) for _ in range(rounds)]
        for worker in workers:
            worker.hello()
        for order, worker in enumerate(workers):
            task = Task(op=op, groups=tuple(groups), rules=rules, seed=0, order=order)
            measure_round(task, worker, findings, lambda _waiting, _remark: None)
    return [
        [
            Trial(op=op, lane=lane, n=group.n, rounds=_rounds(op, group, lane, findings.of_lane(at, index)))
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


def enough(clean: Marks) -> bool:
    """Whether what pairs say means something: half of them and more are free of other work on the host."""
    return bool(clean.sum() >= max(1, _LEAST_CLEAN * len(clean)))


def compared(pairs: Sequence[Pair], *, aa_error: float = 0.0) -> pd.DataFrame:
    """
    Compare pairs as `harness.speedup` compares a run's cells; return a row per pair, in their order.

    The columns are those of `log_ratios`; a speedup below 1 says that `other` is slower.
    """
    key = {"machine": "", "run": "", "op": "", "dtype": "", "span": ""}
    rows = [
        key
        | {
            "n": index,
            "backend": name,
            "status": str(Status.NOISY if trial.noisy else Status.OK),
            "round_seconds": trial.medians,
        }
        for index, pair in enumerate(pairs)
        for name, trial in zip((_BASE, _OTHER), pair, strict=True)
    ]
    return log_ratios(pd.DataFrame(rows), _BASE, aa_error=aa_error)


def clean_pairs(table: pd.DataFrame) -> Marks:
    """Return which pairs of a table of `compared` no other work on the host disturbed."""
    return np.asarray(table["status"] == Status.OK)
