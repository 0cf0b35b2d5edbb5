"""One round of an op: each of its groups once in a worker process, whatever dies of them."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from harness.runs.findings import Gathered, disturbed
from harness.timing.noise import round_median
from harness.units import seconds, size
from harness.workers.process import Death, WorkerProcess
from harness.workers.task import Finding, Group, GroupFindings, Task

Tell = Callable[[int, str], None]
"""Told after each group how many of the round still wait, and in words what was found."""


def measure_round(task: Task, worker: WorkerProcess, gathered: Gathered, tell: Tell) -> float:
    """
    Measure all groups of a task once, and those that were disturbed again.

    A process that dies is replaced, without the lane that it died in.

    Parameters
    ----------
    task : Task
        What is measured, of all groups; its order is that of the round.
    worker : WorkerProcess
        Where; it is stopped at the end.
    gathered : Gathered
        Takes what is found.
    tell : callable
        Told how far the round is.

    Returns
    -------
    float
        Seconds that new processes took to start.
    """
    restarts = 0.0
    waiting = list(range(len(task.groups)))
    while alive := {at: lanes for at in waiting if (lanes := gathered.alive(at))}:
        worker.give(_part(task, alive))
        waiting = list(alive)
        while waiting:
            at = waiting[0]
            found = worker.answer()
            if isinstance(found, Death):
                for lane in alive[at] if found.lane is None else [alive[at][found.lane]]:
                    gathered.put(at, lane, task.order, Finding(status=found.status, reason=found.reason))
                restarts += worker.restart()
                break
            gathered.add(at, alive[at], task.order, found)
            waiting.pop(0)
            tell(len(waiting), _said(task.groups[at], alive[at], found))
    _look_again(task, worker, gathered, tell)
    worker.stop()
    return restarts


def _look_again(task: Task, worker: WorkerProcess, gathered: Gathered, tell: Tell) -> None:
    """Measure disturbed groups again while there is patience, and keep the quieter findings."""
    until = time.perf_counter() + task.rules.patience
    while noisy := gathered.noisy_groups(task.order):
        for at, share in noisy.items():
            if time.perf_counter() > until:
                return
            lanes = gathered.alive(at)
            worker.give(_part(task, {at: lanes}))
            found = worker.answer()
            if isinstance(found, Death):
                return  # what was found before stands
            if disturbed(found.findings) < share:
                gathered.add(at, lanes, task.order, found)
            tell(0, f"{_said(task.groups[at], lanes, found)} (again)")


def _part(task: Task, lanes: Mapping[int, Sequence[int]]) -> Task:
    """Return the part of a task that is those lanes of those groups."""
    groups = ((task.groups[at], chosen) for at, chosen in lanes.items())
    return replace(
        task,
        groups=tuple(
            replace(group, lanes=tuple(group.lanes[lane] for lane in chosen)) for group, chosen in groups
        ),
    )


def _said(group: Group, lanes: Sequence[int], found: GroupFindings) -> str:
    """Return a group's size with its fastest backend for the span `call`."""
    times = [
        (round_median(finding.round), group.lanes[lane].backend)
        for lane, finding in zip(lanes, found.findings, strict=True)
        if finding.round and group.lanes[lane].spans[0] == "call"
    ]
    fastest = min(times, default=None)
    return f"n = {size(group.n)}" + (f": {fastest[1]} {seconds(fastest[0])}" if fastest else "")
