"""What a look decides: which lanes are measured no more, and which sizes are added at a crossover."""

import math
from collections.abc import Sequence
from itertools import pairwise

import pandas as pd

from harness.answers.crossover import crossovers_of
from harness.answers.speedup import decided_at, log_ratios
from harness.model import Cell, Op, Span, State
from harness.runs.findings import OpFindings
from harness.runs.job import Job
from harness.runs.plan import Means, plan_size
from harness.store.frame import frame_of_cells

NARROW = 1.1
"""How many times its size the ends of a crossover's interval may be apart, to either side."""
_CLOSEST = 1.3
"""Ratio of two neighbouring sizes below which none is put between them."""


def ratios_of(findings: Sequence[OpFindings], job: Job, looks: int) -> pd.DataFrame:
    """Return the log ratios of what was measured so far, which has to hold a cell of the baseline."""
    cells = [cell for of_op in findings for cell in of_op.cells()]
    frame = frame_of_cells(cells, machine=job.machine, run=job.run, quick=job.settings.quick, looks=looks)
    return log_ratios(frame, job.settings.baseline)


def close_decided(findings: Sequence[OpFindings], job: Job, *, look: int, looks: int) -> None:
    """Close the lanes all of whose cells are decided, and whole groups where none is left to compare."""
    ratios = ratios_of(findings, job, looks)
    baseline = job.settings.baseline
    decided = ratios[decided_at(ratios, look, looks)]
    done = set(zip(*(decided[name] for name in ("op", "backend", "n", "dtype", "span")), strict=True))
    for of_op in findings:
        for index, group in enumerate(of_op.groups):
            others = [lane for lane in of_op.live_lanes(index) if group.lanes[lane].backend != baseline]
            still = [
                lane
                for lane in others
                if not all(
                    (of_op.op.name, group.lanes[lane].backend, group.n, group.dtype, str(span)) in done
                    for span in group.lanes[lane].spans
                )
            ]
            for lane in set(range(len(group.lanes))) - set(still):
                is_needed = still and group.lanes[lane].backend == baseline
                if not is_needed or Span.CONTROL in group.lanes[lane].spans:
                    of_op.close(index, lane)


def refine(findings: OpFindings, job: Job, means: Means) -> list[Cell]:
    """Add sizes where a curve crosses 1 and it is not known well where; return what is skipped there."""
    if findings.op.function and findings.op.function.fixed:
        return []
    ratios = ratios_of([findings], job, looks=1)
    wanted: dict[tuple[str, int], set[str]] = {}
    crossings = crossovers_of(ratios)
    known = crossings["high"] <= NARROW**2 * crossings["low"]
    for row in crossings[(crossings["state"] == State.CROSSES) & ~known].itertuples():
        of_curve = ratios[(ratios["backend"] == row.backend) & (ratios["dtype"] == row.dtype)]
        measured = sorted(set(of_curve[of_curve["speedup"].notna()]["n"]))
        for n in _between(findings.op, measured, row.n):
            wanted.setdefault((row.dtype, n), set()).add(row.backend)
    skipped: list[Cell] = []
    for (dtype, n), backends in sorted(wanted.items()):
        settings = job.settings.only(backends)
        planned = plan_size(findings.op, settings, means, n, dtype)
        findings.groups += planned.groups
        skipped += planned.skipped
    return skipped


def _between(op: Op, measured: Sequence[int], crossing: float) -> list[int]:
    """Return a size on either side of a crossing, half-way to its neighbour in logarithms."""
    for before, after in pairwise(measured):
        if before <= crossing <= after and after > _CLOSEST * before:
            sizes = {_possible(op, math.sqrt(crossing * end)) for end in (before, after)}
            return sorted(n for n in sizes if before < n < after)
    return []


def _possible(op: Op, n: float) -> int:
    """Return the nearest size that an op can have: a square matrix has a whole side."""
    return round(math.sqrt(n)) ** 2 if op.square else round(n)
