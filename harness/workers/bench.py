"""One group of contenders in a worker: the check against float64, then the times."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from harness.backends.backend import Backend, prepare
from harness.backends.table import backend_named
from harness.machine.gpus import gauge
from harness.machine.instruments import Host
from harness.machine.thread_pools import ThreadPools
from harness.model import Span, Status
from harness.ops.agreement import accepted_error, disagreement, out_of_range, reference
from harness.ops.operands import operands
from harness.ops.statement import evaluate
from harness.timing.contender import Contender
from harness.timing.loop import Timed
from harness.timing.sampling import measure
from harness.workers.failure import failed
from harness.workers.heartbeat import Pulse
from harness.workers.task import Finding, Group, GroupFindings, Lane, Task


class Bench:
    """What stays the same over a task's groups."""

    def __init__(self, task: Task, pools: ThreadPools, pulse: Pulse, host: Host) -> None:
        self._task, self._pools, self._pulse, self._host = task, pools, pulse, host

    def findings(self, group: Group) -> GroupFindings:
        """Check the lanes of a group, then measure those that agree."""
        self._pulse.at(None)
        op = self._task.op
        host = operands(op, group.n, group.dtype, self._task.seed)
        try:
            expected, scale = reference(op, host)
        except Exception as error:  # noqa: BLE001 - a misspelled op costs its own cells, whatever it raises
            return _all_alike(failed(error), group)
        if reason := out_of_range(scale, group.dtype):
            return _all_alike(Finding(status=Status.SKIPPED, reason=reason), group)
        found: list[Finding] = []
        runs: dict[int, tuple[Lane, Timed]] = {}
        firsts: dict[tuple[str, str], float] = {}
        namespaces: dict[str, dict[str, Any]] = {}
        for index, lane in enumerate(group.lanes):
            self._pulse.at(index)
            backend = self._backend(lane)
            self._pools.use(backend.threads)
            try:
                if lane.contender not in namespaces:
                    own = {x: array.copy() for x, array in host.items()} if lane.twin else host
                    namespaces[lane.contender] = prepare(backend, op, own)
                names, key = namespaces[lane.contender], (lane.contender, lane.statement)
                if key not in firsts:
                    firsts[key] = backend.timed(lane.statement, Span.CALL, names).run(1)
                result = backend.to_host(evaluate(lane.statement, names))
                timed = backend.timed(lane.statement, lane.spans[0], names)
            except Exception as error:  # noqa: BLE001 - whatever an op raises costs its own cell only
                found.append(failed(error, backend))
                continue
            distance, fault = disagreement(result, expected, scale, group.dtype)
            tolerance = accepted_error(op, group.dtype)
            if distance <= tolerance:
                runs[index] = (lane, timed)
                found.append(Finding(error=distance, tolerance=tolerance))
            else:
                reason = fault or f"error {distance:.2g} against float64 NumPy, accepted {tolerance:.2g}"
                found.append(Finding(status=Status.WRONG, reason=reason, error=distance, tolerance=tolerance))
        del expected, namespaces
        return self._measured(group, found, runs, firsts)

    def _measured(
        self,
        group: Group,
        found: list[Finding],
        runs: dict[int, tuple[Lane, Timed]],
        firsts: dict[tuple[str, str], float],
    ) -> GroupFindings:
        """Measure the contenders; one that raises costs its own cell, and the others start again."""
        timed = warm_up = 0.0
        while runs:
            lanes, at, enqueues = list(runs), [0], dict[int, float | None]()

            def announce(index: int, lanes: Sequence[int] = lanes, at: list[int] = at) -> None:
                at[0] = lanes[index]
                self._pulse.at(at[0])

            try:
                measured = measure(
                    [self._contender(*run) for run in runs.values()],
                    self._task.rules,
                    self._host,
                    hash((self._task.seed, self._task.order, group.n)),
                    announce,
                )
                for index in lanes:
                    announce(lanes.index(index))
                    enqueue = runs[index][1].enqueue
                    enqueues[index] = enqueue() if enqueue else None
            except Exception as error:  # noqa: BLE001 - as above
                found[at[0]] = failed(error, self._backend(runs[at[0]][0]))
                del runs[at[0]]
                continue
            timed, warm_up = measured.timed, measured.warm_up
            for index, sampled in zip(lanes, measured.rounds, strict=True):
                lane = group.lanes[index]
                first = firsts[lane.contender, lane.statement]
                whole = replace(sampled, first=first, enqueue=enqueues[index])
                found[index] = replace(found[index], round=whole)
            break
        return GroupFindings(findings=tuple(found), timed=timed, warm_up=warm_up)

    def _backend(self, lane: Lane) -> Backend:
        """Return the backend of a lane as the task wants it."""
        return backend_named(lane.backend, cold=self._task.cold, pinned=self._task.pinned)

    def _contender(self, lane: Lane, timed: Timed) -> Contender:
        """Return the lane as what is measured."""
        backend = self._backend(lane)
        return Contender(
            backend=lane.contender,
            run=timed.run,
            enter=partial(self._pools.use, backend.threads),
            floor=timed.floor,
            subtract=timed.subtract,
            row=timed.row,
            ramps=timed.ramps,
            gauge=gauge(backend.uuid()),
        )


def _all_alike(finding: Finding, group: Group) -> GroupFindings:
    """Return a group in which every lane has the same finding and none was timed."""
    return GroupFindings(findings=(finding,) * len(group.lanes), timed=0.0, warm_up=0.0)
