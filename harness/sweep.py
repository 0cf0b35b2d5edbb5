"""One op: its rounds in fresh processes, gathered into one record and stored."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace

from harness.backends import backend_named
from harness.beginning import begin, refuse_other_versions
from harness.ceilings import work
from harness.errors import MeasureError
from harness.estimate import round_median
from harness.gpus import others
from harness.half import remark, undefined
from harness.job import Job
from harness.machine import free_memory
from harness.model import TIMED, Cache, Case, Cell, Op, Status
from harness.names import is_plain
from harness.plan import Group, Means, Plan, plan
from harness.plausible import plausible
from harness.process import Death, WorkerProcess
from harness.store import write_op
from harness.task import Finding, GroupFindings, Task
from harness.units import seconds, size

NOISY_SHARE = 0.5
"""Share of disturbed samples in any round from which on a cell is called noisy."""
MOST_AGAIN = 0.5
"""Share of disturbed groups in a round above which none is measured again: the host does not get quieter."""


@dataclass(slots=True, kw_only=True)
class _Gathered:
    """What the rounds of a sweep have found so far; the keys are a group's and a lane's index."""

    findings: dict[tuple[int, int], list[Finding | None]] = field(default_factory=dict)
    timed: float = 0.0
    warm_up: float = 0.0


def sweep(op: Op, job: Job) -> list[Cell]:
    """
    Measure an op in all its cells and store them.

    Parameters
    ----------
    op : Op
        What is measured.
    job : Job
        The run that it is part of.

    Returns
    -------
    list of Cell

    Raises
    ------
    MeasureError
        If the op's name cannot be a file's, no worker can start, one loads other libraries than are
        installed, or no cell has a time.
    """
    if not is_plain(op.name):
        raise MeasureError(f"an op is called {op.name[:40]!r}, which cannot be a file's name; rename it")
    began, settings = time.perf_counter(), job.settings
    with ExitStack() as stack:
        # All are started at once, so that their imports overlap; they take turns in measuring.
        at_work = others()
        first = not (job.folder / "run.json").exists()
        count = settings.rounds + first
        workers = [
            stack.enter_context(WorkerProcess(settings.hang_limit, settings.backends)) for _ in range(count)
        ]
        libraries, *_others = [worker.hello() for worker in workers]
        starts = time.perf_counter() - began
        refuse_other_versions(libraries)
        if first:
            begin(job, libraries, workers.pop(), at_work)
        planned = plan(
            op,
            settings,
            Means(
                missing=libraries["missing"],
                memory=free_memory(),
                device_memory=libraries["device_memory"],
            ),
        )
        gathered = _Gathered()
        steps = _Progress(op, job, len(planned.groups))
        for order, worker in enumerate(workers):
            starts += _round(op, job, planned, worker, order, gathered, steps)
        measured = list(_cells(op, planned, gathered, settings.rounds))
        cells = [*plausible(measured, job, libraries), *planned.skipped]
    cells.sort(key=lambda cell: (cell.case.dtype, cell.case.n))
    cost = {"timed": gathered.timed, "warm_up": gathered.warm_up, "starts": starts}
    write_op(job.folder, op.name, cells, cost | {"wall": time.perf_counter() - began})
    meant = [cell for cell in cells if not _undefined(op, cell.case)]
    if meant and not any(cell.status in TIMED for cell in meant):
        raise MeasureError(f"no cell of {op.name} could be measured: {meant[0].reason}")
    return cells


def _round(
    op: Op,
    job: Job,
    planned: Plan,
    worker: WorkerProcess,
    order: int,
    gathered: _Gathered,
    steps: "_Progress",
) -> float:
    """Measure all groups once; a process that dies is replaced, without the lane that it died in."""
    restarts = 0.0
    waiting = list(range(len(planned.groups)))
    while waiting := [at for at in waiting if _alive(planned.groups[at], at, gathered)]:
        alive = {at: _alive(planned.groups[at], at, gathered) for at in waiting}
        worker.give(_task(op, job, planned, alive, order))
        while waiting:
            at = waiting[0]
            found = worker.answer()
            if isinstance(found, Death):
                for lane in alive[at] if found.lane is None else [alive[at][found.lane]]:
                    _keep(gathered, (at, lane), order, Finding(status=found.status, reason=found.reason))
                restarts += worker.restart()
                break
            _gather(gathered, at, alive[at], order, found)
            waiting.pop(0)
            said = _said(planned.groups[at], alive[at], found)
            steps.write(order, len(waiting), said, _noisy(planned, gathered))
    _look_again(op, job, planned, worker, order, gathered, steps)
    worker.stop()
    return restarts


def _look_again(
    op: Op,
    job: Job,
    planned: Plan,
    worker: WorkerProcess,
    order: int,
    gathered: _Gathered,
    steps: "_Progress",
) -> None:
    """
    Measure groups that were disturbed once more, and keep the quieter findings.

    Not where most were disturbed, and of many only as many of the smallest as there is patience for.
    """
    alive = {at: _alive(group, at, gathered) for at, group in enumerate(planned.groups)}
    worst = {
        at: max(_share(gathered.findings[at, lane][order]) for lane in lanes)
        for at, lanes in alive.items()
        if lanes
    }
    noisy = [at for at, share in worst.items() if share >= NOISY_SHARE]
    if not noisy or len(noisy) > MOST_AGAIN * len(planned.groups):
        return
    until = time.perf_counter() + job.settings.rules().patience
    for at in noisy:
        if time.perf_counter() > until:
            return
        worker.give(_task(op, job, planned, {at: alive[at]}, order))
        found = worker.answer()
        if isinstance(found, Death):
            return  # what was found before stands
        if max(map(_share, found.findings)) < worst[at]:
            _gather(gathered, at, alive[at], order, found)
        said = _said(planned.groups[at], alive[at], found)
        steps.write(order, 0, f"{said} (once more)", _noisy(planned, gathered))


def _task(op: Op, job: Job, planned: Plan, lanes: Mapping[int, Sequence[int]], order: int) -> Task:
    """Return what a worker is to do: those lanes of those groups."""
    groups = ((planned.groups[at], chosen) for at, chosen in lanes.items())
    settings = job.settings
    return Task(
        op=op,
        groups=tuple(
            replace(group, lanes=tuple(group.lanes[lane] for lane in chosen)) for group, chosen in groups
        ),
        rules=settings.rules(),
        seed=settings.seed,
        order=order,
        cold=settings.l2 == Cache.COLD,
        pinned=settings.pinned,
    )


def _share(finding: Finding | None) -> float:
    """Return the share of a finding's blocks that were disturbed; all of them where there are none."""
    return sum(finding.round.disturbed) / len(finding.round.disturbed) if finding and finding.round else 1.0


def _alive(group: Group, at: int, gathered: _Gathered) -> list[int]:
    """Return the lanes of a group that have not failed yet."""
    failed = {
        lane
        for lane in range(len(group.lanes))
        if any(f is not None and f.status is not Status.OK for f in gathered.findings.get((at, lane), []))
    }
    return [lane for lane in range(len(group.lanes)) if lane not in failed]


def _gather(gathered: _Gathered, at: int, lanes: Sequence[int], order: int, found: GroupFindings) -> None:
    """Keep the findings of a group."""
    gathered.timed += found.timed
    gathered.warm_up += found.warm_up
    for lane, finding in zip(lanes, found.findings, strict=True):
        _keep(gathered, (at, lane), order, finding)


def _keep(gathered: _Gathered, key: tuple[int, int], order: int, finding: Finding) -> None:
    """Keep a finding at the place of its round."""
    rounds = gathered.findings.setdefault(key, [])
    rounds += [None] * (order + 1 - len(rounds))
    rounds[order] = finding


def _cells(op: Op, planned: Plan, gathered: _Gathered, count: int) -> Iterator[Cell]:
    """Yield a cell per group, lane and span."""
    for at, group in enumerate(planned.groups):
        for index, lane in enumerate(group.lanes):
            findings = gathered.findings.get((at, index), [])
            known = [finding for finding in findings if finding is not None]
            rounds = [finding.round if finding else None for finding in findings]
            status, reason = _status(known)
            moved, flop = work(op, lane.backend, group.n, group.dtype)
            for span in lane.spans:
                yield Cell(
                    case=Case(op=op.name, backend=lane.backend, n=group.n, dtype=group.dtype, span=span),
                    status=status,
                    reason=reason or remark(op, lane.backend, group.dtype),
                    rounds=tuple(rounds + [None] * (count - len(rounds))),
                    max_error=max((f.error for f in known), default=float("nan")),
                    tolerance=max((f.tolerance for f in known), default=float("nan")),
                    moved=moved,
                    flop=flop,
                )


def _undefined(op: Op, case: Case) -> str:
    """Return why a case has no meaning, or an empty text; an op without any other is no failure."""
    return undefined(op, backend_named(case.backend), case.dtype, case.span)


def _status(findings: Sequence[Finding]) -> tuple[Status, str]:
    """Return the first failure among the rounds, or whether they were disturbed."""
    for finding in findings:
        if finding.status is not Status.OK:
            return finding.status, finding.reason
    # Every round weighs the same in an estimate, so the worst one decides.
    worst = max((finding for finding in findings if finding.round), key=_share)
    if worst.round is None or _share(worst) < NOISY_SHARE:
        return Status.OK, ""
    held_down = 2 * worst.round.throttled > sum(worst.round.disturbed)
    return Status.NOISY, "the device ran below its clock (throttled)" if held_down else ""


def _noisy(planned: Plan, gathered: _Gathered) -> int:
    """Return how many cells have been noisy so far."""
    return sum(
        len(planned.groups[at].lanes[lane].spans)
        for (at, lane), findings in gathered.findings.items()
        if _status([finding for finding in findings if finding])[0] is Status.NOISY
    )


class _Progress:
    """Appends to the job's progress file how far the sweep is."""

    def __init__(self, op: Op, job: Job, groups: int) -> None:
        self._op, self._path, self._groups, self._rounds = op.name, job.progress, groups, job.settings.rounds
        self.write(0, groups, "", 0)

    def write(self, order: int, waiting: int, said: str, noisy: int) -> None:
        """
        Say what was found last in a round of that order, in which so many groups still wait.

        Of the cells, so many have been noisy so far.
        """
        if self._path is None:
            return
        done, total = (order + 1) * self._groups - waiting, self._rounds * self._groups
        line = {"op": self._op, "done": done, "total": total, "said": said, "noisy": noisy}
        # Who looks on may have gone, or the disk for drafts be full: no measurement is given up for that.
        with suppress(OSError), self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def _said(group: Group, lanes: Sequence[int], found: GroupFindings) -> str:
    """Return a group's size with its fastest backend for the span `call`."""
    times = [
        (round_median(finding.round), group.lanes[lane].backend)
        for lane, finding in zip(lanes, found.findings, strict=True)
        if finding.round and group.lanes[lane].spans[0] == "call"
    ]
    fastest = min(times, default=None)
    return f"n = {size(group.n)}" + (f": {fastest[1]} {seconds(fastest[0])}" if fastest else "")
