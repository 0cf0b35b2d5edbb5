"""One round of an op: each of its groups once in a worker process, whatever dies of them."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from harness.runs.findings import OpFindings
from harness.workers.process import Death, WorkerProcess
from harness.workers.task import Finding, Task


def measure_round(
    task: Task, worker: WorkerProcess, findings: OpFindings, left: Callable[[], float] = lambda: math.inf
) -> None:
    """
    Measure all groups of a task that are still live; a death costs the lane that it happened in.

    It ends when there are no seconds `left`, which costs no lane anything.
    """
    waiting = list(range(len(task.groups)))
    while lanes := {group: live for group in waiting if (live := findings.live_lanes(group))}:
        worker.give(_part(task, lanes))
        waiting = list(lanes)
        while waiting:
            group = waiting[0]
            answer = worker.answer(left())
            if isinstance(answer, Death):
                if answer.late:
                    return
                for lane in lanes[group] if answer.lane is None else [lanes[group][answer.lane]]:
                    findings.put(group, lane, task.order, Finding(status=answer.status, reason=answer.reason))
                break
            findings.add(group, lanes[group], task.order, answer)
            waiting.pop(0)


def _part(task: Task, lanes: Mapping[int, Sequence[int]]) -> Task:
    """Return the part of a task that is those lanes of those groups."""
    groups = (
        replace(task.groups[group], lanes=tuple(task.groups[group].lanes[lane] for lane in chosen))
        for group, chosen in lanes.items()
    )
    return replace(task, groups=tuple(groups))
