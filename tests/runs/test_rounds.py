"""Rounds: what was disturbed in them is measured again, while there is patience."""

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from harness.model import Span, Status
from harness.runs.findings import OpFindings
from harness.runs.rounds import measure_round
from harness.runs.sweep import sweep
from harness.timing.rules import Rules
from harness.workers.process import Death, WorkerProcess
from harness.workers.task import CeilingTask, Finding, Group, GroupFindings, Lane, Task
from tests.support.runs import scripted_round
from tests.support.sweeps import ABS, SMALL, begun_for
from tests.support.workers import SharedWorker


class Disturbed(SharedWorker):
    """A worker whose findings at some sizes are disturbed in its first tasks, and calm in all later ones."""

    noisy: ClassVar[tuple[int, ...]]
    tasks: ClassVar[list[list[int]]]
    lasts: ClassVar[int]

    def give(self, task: Task | CeilingTask) -> None:
        super().give(task)
        if isinstance(task, Task):
            self.waiting = [group.n for group in task.groups]
            self.tasks.append(list(self.waiting))

    def answer(self) -> GroupFindings | Death:
        measured = super().answer()
        assert isinstance(measured, GroupFindings)
        if not measured.findings:  # but ceilings
            return measured
        bad = self.waiting.pop(0) in self.noisy and len(self.tasks) <= self.lasts
        return replace(
            measured, findings=tuple(self.marked(finding, bad=bad) for finding in measured.findings)
        )

    def marked(self, finding: Finding, *, bad: bool) -> Finding:
        assert finding.round is not None
        marks = (bad,) * len(finding.round.samples)
        return replace(finding, round=replace(finding.round, disturbed=marks))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("noisy", "lasts", "patience", "again", "left"),
    [
        ((64,), 1, 60.0, [[64]], ()),
        ((64,), 2, 60.0, [[64], [64]], ()),
        ((64, 256), 1, 60.0, [[64], [256]], ()),
        ((64, 256), 3, 60.0, [[64], [256], [64], [256]], ()),
        ((64,), 1, 0.0, [], (64,)),
        ((), 1, 60.0, [], ()),
    ],
)
def test_what_was_disturbed_is_measured_again_until_it_is_calm(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    noisy: tuple[int, ...],
    lasts: int,
    patience: float,
    again: list[list[int]],
    left: tuple[int, ...],
) -> None:
    job = begun_for(tmp_path, replace(SMALL, max_size=256, rounds=1, patience=patience))
    Disturbed.noisy, Disturbed.tasks, Disturbed.lasts = noisy, [], lasts
    monkeypatch.setattr("harness.runs.sweep.WorkerProcess", Disturbed)
    cells = sweep(ABS, job)
    assert Disturbed.tasks == [[16, 64, 256], *again]
    assert {cell.case.n for cell in cells if cell.status is Status.NOISY} == set(left)


class Unquiet(WorkerProcess):
    """A worker that is given no process: all that it measures takes 0.25 s and is disturbed."""

    def __init__(self) -> None:
        self.tasks, self.seconds = 0, 0.0

    def give(self, task: Task | CeilingTask) -> None:
        del task
        self.tasks += 1

    def answer(self) -> GroupFindings | Death:
        self.seconds += 0.25
        timing = replace(scripted_round(1.0), disturbed=(True,) * 3)
        return GroupFindings(findings=(Finding(round=timing),), timed=0.0, warm_up=0.0)

    def stop(self) -> None:
        """There is nothing to stop."""


@pytest.mark.parametrize(("patience", "again"), [(0.9, 4), (1.0, 5)])
def test_measuring_again_ends_with_the_patience(patience: float, again: int) -> None:
    lane = Lane(backend="numpy", spans=(Span.CALL,), statement="np.abs(x)")
    group, worker = Group(n=16, dtype="float32", lanes=(lane,)), Unquiet()
    rules = replace(Rules(), patience=patience)
    task = Task(op=ABS, groups=(group,), rules=rules, seed=0, order=0)
    findings = OpFindings(ABS, task.groups)
    measure_round(task, worker, findings, lambda _waiting, _words: None, lambda: worker.seconds)
    (cell,) = findings.cells(1)
    assert cell.status is Status.NOISY
    assert worker.tasks == 1 + again
