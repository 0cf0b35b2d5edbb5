"""One op of a run by itself, as asv asks for it."""

from contextlib import nullcontext

from harness.model import Cell, Op
from harness.runs.job import Job
from harness.runs.losses import refuse_no_time
from harness.runs.measure import measure_run
from harness.workers.parents import Parents, libraries_for


def sweep(op: Op, job: Job, parents: Parents | None = None) -> list[Cell]:
    """Measure an op in all its cells, and store and return them; the run begins with its first op."""
    way = job.settings.hang_limit_of(1), job.settings.start, libraries_for([op])
    own = Parents(*way) if parents is None else nullcontext(parents)
    with own as processes:
        cells = measure_run(job, [op], processes).cells.get(op.name, [])
    refuse_no_time(op, cells)
    return cells
