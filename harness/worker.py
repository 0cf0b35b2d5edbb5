"""One round of one op, in a process of its own: takes tasks on its input, gives values on its output.

Run as ``python -m harness.worker HEARTBEAT BACKEND...``. It knows nothing of rounds, files or other
processes.
"""

import gc
import mmap
import os
import pickle
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from harness.agree import accepted_error, disagreement, evaluate, operands, out_of_range, reference
from harness.backends import Backend, backend_named, prepared
from harness.backends.torch_device import ran_out_of_memory
from harness.contender import Contender
from harness.gpus import gauge
from harness.host import Host, ThreadPools
from harness.libraries import observed
from harness.loop import Timed, UnmeasurableError
from harness.measure import measure
from harness.model import Span, Status
from harness.names import one_line
from harness.plan import Group, Lane
from harness.probe import probe
from harness.task import HEARTBEAT, CeilingTask, DeviceCeilings, Finding, GroupFindings, Task
from harness.yardstick import Yardstick

GIVEN_UP = 70
"""Exit code of a worker whose device is of no further use to it."""


class Pulse:
    """The heartbeat: says to whoever reads the file, at no cost, that the worker is alive and where."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), HEARTBEAT.size)
        self._steps = 0

    def at(self, lane: int | None) -> None:
        """Say that the lane of that index is about to run, or none."""
        self._steps += 1
        HEARTBEAT.pack_into(self._shared, 0, self._steps, 0 if lane is None else lane + 1)


def main() -> None:
    """Say what is here, take tasks until there are no more, and answer group by group."""
    _offer_to_the_oom_killer()
    # Whatever a library prints must not get between the values.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    pulse, pools = Pulse(Path(sys.argv[1])), ThreadPools()

    def answer(value: object) -> None:
        pickle.dump(value, answers)
        answers.flush()

    answer(observed(pools, sys.argv[2:]))
    gc.disable()
    yardstick = Yardstick()
    with suppress(EOFError):  # no more tasks
        while True:
            task: Task | CeilingTask = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that started this one
            if isinstance(task, CeilingTask):
                for device in task.devices:
                    answer(_ceilings(device, task, pools, pulse))
                continue
            bench = _Bench(task, pools, pulse, Host(task.rules.patience, yardstick))
            for group in task.groups:
                gc.collect()
                answer(bench.findings(group))


def _ceilings(device: str, task: CeilingTask, pools: ThreadPools, pulse: Pulse) -> DeviceCeilings:
    """Measure the ceilings of a device."""
    try:
        return DeviceCeilings(ceilings=tuple(probe(device, task, pools, partial(pulse.at, None))))
    except Exception as error:  # noqa: BLE001 - a device that fails here costs its own ceilings only
        return DeviceCeilings(reason=_failed(error).reason)


class _Bench:
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
            failed = _failed(error)
            return _all_alike(failed, group)
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
                    namespaces[lane.contender] = prepared(backend, op, own)
                names, key = namespaces[lane.contender], (lane.contender, lane.statement)
                if key not in firsts:
                    firsts[key] = backend.timed(lane.statement, Span.CALL, names).run(1)
                result = backend.to_host(evaluate(lane.statement, names))
                timed = backend.timed(lane.statement, lane.spans[0], names)
            except Exception as error:  # noqa: BLE001 - whatever an op raises costs its own cell only
                found.append(_failed(error, backend))
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
                found[at[0]] = _failed(error, self._backend(runs[at[0]][0]))
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
            pace=timed.pace,
            ramps=timed.ramps,
            gauge=gauge(backend.uuid()),
        )


def _all_alike(finding: Finding, group: Group) -> GroupFindings:
    """Return a group in which every lane has the same finding and none was timed."""
    return GroupFindings(findings=(finding,) * len(group.lanes), timed=0.0, warm_up=0.0)


def _offer_to_the_oom_killer() -> None:
    """Have the kernel end this process first when memory runs out: it costs a cell, any other one a run."""
    with suppress(FileNotFoundError):  # not on Linux
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _failed(error: Exception, backend: Backend | None = None) -> Finding:
    """Return what an exception means for its cell; none of a backend's comes from the reference."""
    if isinstance(error, UnmeasurableError):
        return Finding(status=Status.SKIPPED, reason=str(error))
    where = "the reference failed: " if backend is None else ""
    told = one_line(f"{where}{type(error).__name__}: {str(error).strip()}")
    if backend is not None and backend.is_lasting(error):
        _give_up(told)
    memory = isinstance(error, MemoryError) or ran_out_of_memory(error)
    return Finding(status=Status.OOM if memory else Status.CRASHED, reason=told)


def _give_up(told: str) -> NoReturn:
    """End the process: its device fails every further call, and only a fresh process gets a sound one."""
    sys.stderr.write(f"{told}\n")
    sys.stderr.flush()
    # No tidying up: it would call the device again, and say more than why.
    os._exit(GIVEN_UP)


if __name__ == "__main__":
    main()
