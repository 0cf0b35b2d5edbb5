"""One op of a run by itself, as asv asks for it."""

from harness.model import Cell, Op
from harness.runs.job import Job
from harness.runs.measure import measure_run, refuse_no_time
from harness.workers.parents import Parents


def sweep(op: Op, job: Job) -> list[Cell]:
    """Measure an op in all its cells, and store and return them; the run begins with its first op."""
    with Parents(job.settings.hang_limit, job.settings.start) as parents:
        cells = measure_run(job, [op], parents).cells.get(op.name, [])
    refuse_no_time(op, cells)
    return cells
