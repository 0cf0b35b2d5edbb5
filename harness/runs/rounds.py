"""One round of an op: each of its groups once in a worker process, whatever dies of them."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from harness.runs.findings import OpFindings, worst_share
from harness.timing.noise import round_median
from harness.units import seconds, size
from harness.workers.process import Death, WorkerProcess
from harness.workers.task import Finding, Group, GroupFindings, Task

Tell = Callable[[int, str], None]
"""Told after each group how many of the round still wait, and in words what was found."""


def measure_round(
    task: Task,
    worker: WorkerProcess,
    findings: OpFindings,
    tell: Tell,
    now: Callable[[], float] = time.perf_counter,
) -> float:
    """
    Measure all groups of a task once, and those that were disturbed again; stop the worker at the end.

    A process that dies is replaced, without the lane that it died in. Return the seconds that this took.
    """
    restarts = 0.0
    waiting = list(range(len(task.groups)))
    while lanes := {group: live for group in waiting if (live := findings.live_lanes(group))}:
        worker.give(_part(task, lanes))
        waiting = list(lanes)
        while waiting:
            group = waiting[0]
            answer = worker.answer()
            if isinstance(answer, Death):
                for lane in lanes[group] if answer.lane is None else [lanes[group][answer.lane]]:
                    findings.put(group, lane, task.order, Finding(status=answer.status, reason=answer.reason))
                restarts += worker.restart()
                break
            findings.add(group, lanes[group], task.order, answer)
            waiting.pop(0)
            tell(len(waiting), _fastest(task.groups[group], lanes[group], answer))
    _measure_again(task, worker, findings, tell, now)
    worker.stop()
    return restarts


def _measure_again(
    task: Task, worker: WorkerProcess, findings: OpFindings, tell: Tell, now: Callable[[], float]
) -> None:
    """Measure disturbed groups again while there is patience, and keep the quieter findings."""
    until = now() + task.rules.patience
    while noisy := findings.noisy_groups(task.order):
        for group, share in noisy.items():
            if now() > until:
                return
            lanes = findings.live_lanes(group)
            worker.give(_part(task, {group: lanes}))
            answer = worker.answer()
            if isinstance(answer, Death):
                return  # what was found before stands
            if worst_share(answer.findings) < share:
                findings.add(group, lanes, task.order, answer)
            tell(0, f"{_fastest(task.groups[group], lanes, answer)} (again)")


def _part(task: Task, lanes: Mapping[int, Sequence[int]]) -> Task:
    """Return the part of a task that is those lanes of those groups."""
    groups = (
        replace(task.groups[group], lanes=tuple(task.groups[group].lanes[lane] for lane in chosen))
        for group, chosen in lanes.items()
    )
    return replace(task, groups=tuple(groups))


def _fastest(group: Group, lanes: Sequence[int], measured: GroupFindings) -> str:
    """Return a group's size with its fastest backend for the span `call`, in words."""
    times = [
        (round_median(finding.round), group.lanes[lane].backend)
        for lane, finding in zip(lanes, measured.findings, strict=True)
        if finding.round and group.lanes[lane].spans[0] == "call"
    ]
    fastest = min(times, default=None)
    return f"n = {size(group.n)}" + (f": {fastest[1]} {seconds(fastest[0])}" if fastest else "")
