"""One op: its rounds in fresh processes, brought together as cells and stored."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial

from harness.backends.half_precision import undefined
from harness.backends.table import backend_named
from harness.errors import MeasureError
from harness.machine import gpus
from harness.machine.card import free_memory
from harness.model import TIMED, Cache, Cell, Op
from harness.names import is_plain
from harness.runs.ceilings import hold_against_ceilings
from harness.runs.findings import OpFindings
from harness.runs.job import Job
from harness.runs.lifecycle import begin, refuse_other_versions
from harness.runs.plan import Means, plan
from harness.runs.progress import Progress
from harness.runs.rounds import measure_round
from harness.runs.settings import Settings
from harness.store.op_files import write_op
from harness.workers.process import WorkerProcess
from harness.workers.task import Task


def sweep(op: Op, job: Job) -> list[Cell]:
    """Measure an op in all its cells, and store and return them; the run begins with its first op."""
    if not is_plain(op.name):
        raise MeasureError(f"an op is called {op.name[:40]!r}, which cannot be a file's name; rename it")
    began, settings = time.perf_counter(), job.settings
    gpu_processes = gpus.processes()
    first_of_run = not (job.folder / "run.json").exists()
    with ExitStack() as stack:
        # All are started at once, so that their imports overlap; they take turns in measuring.
        workers = [
            stack.enter_context(WorkerProcess(settings.hang_limit, settings.backends))
            for _ in range(settings.rounds + first_of_run)
        ]
        libraries, *_alike = [worker.hello() for worker in workers]
        starts = time.perf_counter() - began
        refuse_other_versions(libraries)
        if first_of_run:
            begin(job, libraries, workers.pop(), gpu_processes)
        means = Means(
            missing=libraries["missing"],
            memory=free_memory(),
            device_memory=libraries["device_memory"],
        )
        planned = plan(op, settings, means)
        findings = OpFindings(op, planned.groups)
        starts += _measure_rounds(findings, workers, job)
        measured = list(findings.cells(settings.rounds))
        cells = [*hold_against_ceilings(measured, job, libraries), *planned.skipped]
    cells.sort(key=lambda cell: (cell.case.dtype, cell.case.n))
    cost = {"timed": findings.timed, "warm_up": findings.warm_up, "starts": starts}
    write_op(job.folder, op.name, cells, cost | {"wall": time.perf_counter() - began})
    _refuse_no_time(op, cells)
    return cells


def _measure_rounds(findings: OpFindings, workers: Sequence[WorkerProcess], job: Job) -> float:
    """Measure a round in every worker; return the seconds that new processes took to start."""
    progress = Progress(job, findings)
    return sum(
        measure_round(_task(findings, job.settings, order), worker, findings, partial(progress.write, order))
        for order, worker in enumerate(workers)
    )


def _task(findings: OpFindings, settings: Settings, order: int) -> Task:
    """Return what the worker of a round is to do."""
    return Task(
        op=findings.op,
        groups=tuple(findings.groups),
        rules=settings.rules(),
        seed=settings.seed,
        order=order,
        cold=settings.l2 == Cache.COLD,
        pinned=settings.pinned,
    )


def _refuse_no_time(op: Op, cells: Sequence[Cell]) -> None:
    """Raise if no cell has a time; an op whose cases have no meaning on any backend here is no failure."""
    meant = [
        cell
        for cell in cells
        if not undefined(op, backend_named(cell.case.backend), cell.case.dtype, cell.case.span)
    ]
    if meant and not any(cell.status in TIMED for cell in meant):
        raise MeasureError(f"no cell of {op.name} could be measured: {meant[0].reason}")
