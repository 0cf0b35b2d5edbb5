"""One op: its rounds in fresh processes, gathered into one record and stored."""

import time
from contextlib import ExitStack
from functools import partial

from harness.backends.half_precision import undefined
from harness.backends.table import backend_named
from harness.errors import MeasureError
from harness.machine.card import free_memory
from harness.machine.gpus import others
from harness.model import TIMED, Cache, Case, Cell, Op
from harness.names import is_plain
from harness.runs.ceilings import plausible
from harness.runs.findings import Gathered
from harness.runs.job import Job
from harness.runs.lifecycle import begin, refuse_other_versions
from harness.runs.plan import Means, plan
from harness.runs.progress import Progress
from harness.runs.rounds import measure_round
from harness.store.runs import write_op
from harness.workers.process import WorkerProcess
from harness.workers.task import Task


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
        gathered = Gathered(op, planned.groups)
        steps = Progress(job, gathered)
        for order, worker in enumerate(workers):
            task = Task(
                op=op,
                groups=planned.groups,
                rules=settings.rules(),
                seed=settings.seed,
                order=order,
                cold=settings.l2 == Cache.COLD,
                pinned=settings.pinned,
            )
            starts += measure_round(task, worker, gathered, partial(steps.write, order))
        cells = [*plausible(list(gathered.cells(settings.rounds)), job, libraries), *planned.skipped]
    cells.sort(key=lambda cell: (cell.case.dtype, cell.case.n))
    cost = {"timed": gathered.timed, "warm_up": gathered.warm_up, "starts": starts}
    write_op(job.folder, op.name, cells, cost | {"wall": time.perf_counter() - began})
    meant = [cell for cell in cells if not _undefined(op, cell.case)]
    if meant and not any(cell.status in TIMED for cell in meant):
        raise MeasureError(f"no cell of {op.name} could be measured: {meant[0].reason}")
    return cells


def _undefined(op: Op, case: Case) -> str:
    """Return why a case has no meaning, or an empty text; an op without any other is no failure."""
    return undefined(op, backend_named(case.backend), case.dtype, case.span)
