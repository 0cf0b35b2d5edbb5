"""One op: its rounds in fresh processes, gathered into one record and stored."""

import json
import time
from contextlib import ExitStack, suppress
from functools import partial

from harness.backends import backend_named
from harness.beginning import begin, refuse_other_versions
from harness.errors import MeasureError
from harness.gathered import Gathered
from harness.gpus import others
from harness.half import undefined
from harness.job import Job
from harness.machine import free_memory
from harness.model import TIMED, Cache, Case, Cell, Op
from harness.names import is_plain
from harness.plan import Means, plan
from harness.plausible import plausible
from harness.process import WorkerProcess
from harness.rounds import measure_round
from harness.store import write_op
from harness.task import Task


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
        steps = _Progress(job, gathered)
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


class _Progress:
    """Appends to the job's progress file how far the sweep is."""

    def __init__(self, job: Job, gathered: Gathered) -> None:
        self._path, self._rounds, self._gathered = job.progress, job.settings.rounds, gathered
        self.write(0, len(gathered.groups), "")

    def write(self, order: int, waiting: int, said: str) -> None:
        """Say what was found last in a round of that order, in which so many groups still wait."""
        if self._path is None:
            return
        groups = len(self._gathered.groups)
        line = {
            "op": self._gathered.op.name,
            "done": (order + 1) * groups - waiting,
            "total": self._rounds * groups,
            "said": said,
            "noisy": self._gathered.noisy_cells(),
        }
        # Who looks on may have gone, or the disk for drafts be full: no measurement is given up for that.
        with suppress(OSError), self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
