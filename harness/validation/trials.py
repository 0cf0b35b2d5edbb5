"""Trials: chosen lanes of an op, measured in rounds as a run's are, and compared two by two as its cells."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np
import pandas as pd

from harness.answers.speedup import log_ratios
from harness.errors import MeasureError
from harness.model import Case, Cell, Op, Round, Span
from harness.runs.findings import OpFindings
from harness.runs.rounds import measure_round
from harness.runs.schedule import LOOKS, QUICK_LOOKS
from harness.statistics.arrays import Marks
from harness.store.frame import frame_of_cells
from harness.timing.noise import timed_status
from harness.timing.rules import Rules
from harness.units import size
from harness.workers.parents import Parents
from harness.workers.process import WorkerProcess
from harness.workers.task import Finding, Group, Lane, Task

HANG_LIMIT = 60.0
"""Seconds without a sign of life after which a worker is killed."""
CHANCE, QUICK_CHANCE = 0.02, 0.001
"""How often a sound timer on a quiet machine may fail one test, of which there are a dozen and more."""
_LEAST_CLEAN = 0.5
BASE = "base"
Say = Callable[[str], None]
"""Told in a line what is being done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """What the parts of one battery have in common."""

    ops: Mapping[str, Op]
    say: Say
    parents: Parents
    """The warm processes, one per round, that all parts share as the ops of a run do."""
    quick: bool = False
    """Whether to take a sample of everything."""

    @property
    def looks(self) -> tuple[int, ...]:
        """The rounds after which a run of the kind looks at its figures; the last is how many are made."""
        return QUICK_LOOKS if self.quick else LOOKS

    @property
    def chance(self) -> float:
        """How often one test may fail by chance."""
        return QUICK_CHANCE if self.quick else CHANCE

    def workers(self) -> list[WorkerProcess]:
        """Return the process of each round."""
        return [self.parents.of_round(order) for order in range(self.looks[-1])]


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
    def cell(self) -> str:
        """What to call it in a sentence."""
        return f"{self.op.name} at {size(self.n)} on {self.lane.backend}"


class Pair(NamedTuple):
    """Two trials: what is compared with, and what is compared."""

    base: Trial
    other: Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """Groups whose lanes are interleaved, and which of their trials are compared."""

    groups: tuple[Group, ...]
    pair_up: Callable[[Sequence[list[Trial]]], Iterable[Pair]]
    """Takes the trials of each group, in the order of its lanes."""


def measured_pairs(
    op: Op, arrangements: Sequence[Arrangement], workers: Sequence[WorkerProcess]
) -> list[Pair]:
    """Measure arrangements, a round in each process."""
    groups = [group for arrangement in arrangements for group in arrangement.groups]
    trials = iter(measured(op, groups, workers))
    return [
        pair
        for arrangement in arrangements
        for pair in arrangement.pair_up(list(islice(trials, len(arrangement.groups))))
    ]


def measured(
    op: Op, groups: Sequence[Group], workers: Sequence[WorkerProcess], *, rules: Rules | None = None
) -> list[list[Trial]]:
    """Measure groups, a round in each process, by a run's rules; return the trials of each group by lane."""
    findings = OpFindings(op, groups)
    for order, worker in enumerate(workers):
        add_round(findings, order, worker, rules=rules)
    return trials_of(findings)


def add_round(findings: OpFindings, order: int, worker: WorkerProcess, *, rules: Rules | None = None) -> None:
    """Measure one more round; results are held against float64 in the first."""
    groups = tuple(findings.groups)
    task = Task(op=findings.op, groups=groups, rules=rules or Rules(), seed=0, order=order, check=order == 0)
    measure_round(task, worker, findings)


def trials_of(findings: OpFindings) -> list[list[Trial]]:
    """Return the trials of each group by lane, every round of which must have been measured."""
    op = findings.op
    return [
        [
            Trial(op=op, lane=lane, n=group.n, rounds=_rounds(op, group, lane, findings.of_lane(at, index)))
            for index, lane in enumerate(group.lanes)
        ]
        for at, group in enumerate(findings.groups)
    ]


def _rounds(op: Op, group: Group, lane: Lane, findings: Sequence[Finding]) -> tuple[Round, ...]:
    """Return the rounds of a lane."""
    for finding in findings:
        if finding.round is None:
            name = f"{op.name} on {lane.backend} at n={group.n}"
            raise MeasureError(f"{name} could not be measured: {finding.reason}")
    return tuple(finding.round for finding in findings if finding.round)


def frame_of(pairs: Sequence[Pair], *, looks: int = 1) -> pd.DataFrame:
    """Return pairs as the cells of one run that planned so many looks, each pair at a size of its own."""
    cells = [
        Cell(
            case=Case(op=pair.base.op.name, backend=name, n=number, dtype="float32", span=Span.CALL),
            status=timed_status(trial.rounds)[0],
            rounds=trial.rounds,
        )
        for number, pair in enumerate(pairs, start=1)
        for name, trial in zip((BASE, pair.other.lane.backend), pair, strict=True)
    ]
    return frame_of_cells(cells, machine="", run="", quick=False, looks=looks)


def is_other(frame: pd.DataFrame) -> Marks:
    """Return which rows of a frame of `frame_of` are what is compared, and not what with."""
    marks: Marks = (frame["backend"] != BASE).to_numpy()
    return marks


def compared(pairs: Sequence[Pair] | pd.DataFrame, *, looks: int = 1) -> pd.DataFrame:
    """
    Compare pairs, or their frame, as `harness.speedup` compares cells; a row per pair, in their order.

    The columns are those of `log_ratios`; a speedup below 1 says that `other` is slower.
    """
    frame = pairs if isinstance(pairs, pd.DataFrame) else frame_of(pairs, looks=looks)
    return log_ratios(frame, BASE)


def is_clean(table: pd.DataFrame) -> Marks:
    """Return which pairs of a table of `compared` rest on passes that no other work on the host disturbed."""
    return np.asarray(table["log_every"].notna())


def enough(clean: Marks) -> bool:
    """Whether half of the pairs and more, and one at least, are free of other work on the host."""
    return bool(clean.sum() >= max(1, _LEAST_CLEAN * len(clean)))


def doubt_of(clean: Marks) -> str:
    """Return why a bad figure of these pairs is the host's, or an empty text."""
    return "" if enough(clean) else f"only {clean.sum()} of {len(clean)} pairs were free of other work"
