"""One round of one op, in a process of its own: takes a task on its input, gives values on its output.

Run as ``python -m harness.worker HEARTBEAT``. It knows nothing of rounds, files or other processes.
"""

import gc
import mmap
import os
import pickle
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from harness.agree import accepted_error, disagreement, evaluate, operands, reference
from harness.backends import Backend, backend_named, prepared
from harness.host import Host, ThreadPools
from harness.libraries import observed
from harness.loop import floor, timed_loop
from harness.measure import Contender, measure
from harness.model import Status
from harness.names import one_line
from harness.plan import Group, Lane
from harness.probe import probe
from harness.task import HEARTBEAT, CeilingTask, DeviceCeilings, Finding, GroupFindings, Task


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
    """Say what is here, take the task, and answer group by group."""
    _offer_to_the_oom_killer()
    # Whatever a library prints must not get between the values.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    pulse, pools = Pulse(Path(sys.argv[1])), ThreadPools()

    def answer(value: object) -> None:
        pickle.dump(value, answers)
        answers.flush()

    answer(observed(pools))
    try:
        task: Task | CeilingTask = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that started this one
    except EOFError:
        return  # the sweep was over before this round's turn
    gc.disable()
    if isinstance(task, CeilingTask):
        for device in task.devices:
            answer(_ceilings(device, task, pools, pulse))
        return
    bench = _Bench(task, pools, pulse)
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

    def __init__(self, task: Task, pools: ThreadPools, pulse: Pulse) -> None:
        self._task, self._pools, self._pulse, self._host = task, pools, pulse, Host()
        self._floors: dict[str, float] = {}

    def findings(self, group: Group) -> GroupFindings:
        """Check the lanes of a group, then measure those that agree."""
        self._pulse.at(None)
        op = self._task.op
        host = operands(op, group.n, group.dtype, self._task.seed)
        try:
            expected, scale = reference(op, host)
        except Exception as error:  # noqa: BLE001 - a misspelled op costs its own cells, whatever it raises
            failed = _failed(error, "the reference failed: ")
            return GroupFindings(findings=(failed,) * len(group.lanes), timed=0.0, warm_up=0.0)
        found: list[Finding] = []
        runs: dict[int, Contender] = {}
        namespaces: dict[str, dict[str, Any]] = {}
        for index, lane in enumerate(group.lanes):
            self._pulse.at(index)
            backend = backend_named(lane.backend)
            self._pools.use(backend.threads)
            try:
                if lane.contender not in namespaces:
                    own = {x: array.copy() for x, array in host.items()} if lane.twin else host
                    namespaces[lane.contender] = prepared(backend, op, own)
                result = backend.to_host(evaluate(lane.statement, namespaces[lane.contender]))
            except Exception as error:  # noqa: BLE001 - whatever an op raises costs its own cell only
                found.append(_failed(error))
                continue
            distance, fault = disagreement(result, expected, scale, group.dtype)
            tolerance = accepted_error(op, group.dtype)
            if distance <= tolerance:
                runs[index] = self._contender(backend, lane, namespaces[lane.contender])
                found.append(Finding(error=distance, tolerance=tolerance))
            else:
                reason = fault or f"error {distance:.2g} against float64 NumPy, accepted {tolerance:.2g}"
                found.append(Finding(status=Status.WRONG, reason=reason, error=distance, tolerance=tolerance))
        del expected, namespaces
        return self._measured(group, found, runs)

    def _measured(self, group: Group, found: list[Finding], runs: dict[int, Contender]) -> GroupFindings:
        """Measure the contenders; one that raises costs its own cell, and the others start again."""
        timed = warm_up = 0.0
        while runs:
            lanes, at = list(runs), [0]

            def announce(index: int, lanes: Sequence[int] = lanes, at: list[int] = at) -> None:
                at[0] = lanes[index]
                self._pulse.at(at[0])

            try:
                measured = measure(
                    list(runs.values()),
                    self._task.rules,
                    self._host,
                    hash((self._task.seed, self._task.order, group.n)),
                    announce,
                )
            except Exception as error:  # noqa: BLE001 - as above
                found[at[0]] = _failed(error)
                del runs[at[0]]
                continue
            timed, warm_up = measured.timed, measured.warm_up
            for index, round_ in zip(lanes, measured.rounds, strict=True):
                found[index] = Finding(
                    round=round_, error=found[index].error, tolerance=found[index].tolerance
                )
            break
        return GroupFindings(findings=tuple(found), timed=timed, warm_up=warm_up)

    def _contender(self, backend: Backend, lane: Lane, namespace: dict[str, Any]) -> Contender:
        """Return the lane as what is measured."""
        wait = backend.wait
        if wait not in self._floors:
            self._floors[wait] = floor(wait, namespace)
        return Contender(
            backend=lane.contender,
            run=timed_loop(lane.statement, wait, namespace),
            enter=partial(self._pools.use, backend.threads),
            floor=self._floors[wait],
            # A user waits for an asynchronous device as well: its floor is told, not taken off.
            subtract=not wait,
        )


def _offer_to_the_oom_killer() -> None:
    """Have the kernel end this process first when memory runs out: it costs a cell, any other one a run."""
    with suppress(FileNotFoundError):  # not on Linux
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _failed(error: Exception, where: str = "") -> Finding:
    """Return what an exception out of an op means for its cell."""
    # Torch raises a plain RuntimeError on the CPU and an own type on a device.
    memory = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    memory = memory or "can't allocate memory" in str(error)
    return Finding(
        status=Status.OOM if memory else Status.CRASHED,
        reason=one_line(f"{where}{type(error).__name__}: {str(error).strip()}"),
    )


if __name__ == "__main__":
    main()
