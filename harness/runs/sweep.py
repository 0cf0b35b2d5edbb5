"""One op of a run by itself, as asv asks for it."""

from harness.model import Cell, Op
from harness.runs.job import Job
from harness.runs.measure import measure_run, refuse_no_time


def sweep(op: Op, job: Job) -> list[Cell]:
    """Measure an op in all its cells, and store and return them; the run begins with its first op."""
    cells = measure_run(job, [op], lambda _step: None).cells.get(op.name, [])
    refuse_no_time(op, cells)
    return cells
