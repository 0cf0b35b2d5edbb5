"""Scripted runs: cells whose times are given, written into a real store."""

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings

import harness
from harness.model import Case, Cell, Round, Span, Status
from harness.store.op_files import write_op
from harness.store.runs import Run, read_run, write_facts
from harness.validation.parts.aa import SelfComparison

on_disk = settings(
    max_examples=settings().max_examples // 4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
"""For laws whose examples are each written to a disk and read back: a quarter of the profile's."""
SOAK = "HARNESS_SOAK" in os.environ
"""Whether this is `make soak`."""
MACHINE = "scripted"


Times = Mapping[tuple[str, int], Sequence[float]]
"""Seconds per round, by backend and size."""


OWN_ERROR = SelfComparison(
    error=0.004,
    rms=0.004,
    one_thread=0.003,
    middle=0.002,
    covered=1.0,
    false=0.0,
    pairs=4,
    clean=4,
    by_backend={"numpy": 0.004},
)


def count(few: int, soak: int) -> int:
    """Return how often a fault is tried: a few times with every change, often in `make soak`."""
    return soak if SOAK else few


def scripted_round(seconds: float) -> Round:
    """Return a round whose samples all took the same time."""
    return Round(
        number=1,
        samples=(seconds,) * 3,
        disturbed=(False,) * 3,
        floor=1e-8,
        faults_per_call=0.0,
        steady=True,
    )


def scripted_cell(
    backend: str,
    n: int,
    seconds: Sequence[float],
    *,
    op: str = "abs",
    span: Span = Span.CALL,
    status: Status = Status.OK,
    reason: str = "",
) -> Cell:
    """Return a cell with a round per time."""
    return Cell(
        case=Case(op=op, backend=backend, n=n, dtype="float32", span=span),
        status=status,
        reason=reason,
        rounds=tuple(map(scripted_round, seconds)),
        max_error=0.0,
        tolerance=1e-6,
    )


def scripted_facts(*, complete: bool) -> dict[str, Any]:
    """Return what is known of a run on the scripted machine; ceilings are not."""
    begin = datetime(2026, 1, 1, tzinfo=UTC).isoformat()
    return {
        "harness": harness.__version__,
        "machine": {"name": MACHINE, "cpu": "a scripted clock", "cores": 2, "gpus": []},
        "libraries": {"python": "3.11.0", "numpy": "2.0.0", "blas": "none 0", "torch": "2.6.0", "cuda": None},
        "settings": {"rounds": 3},
        "seed": 0,
        "quick": False,
        "commit": None,
        "dirty": None,
        "begin": begin,
        "end": begin if complete else None,
    }


def write_run(
    results: Path, cells: Sequence[Cell], *, run: str = "20260101T000000Z-000000", complete: bool = True
) -> Run:
    """Write a run with these cells into a store."""
    folder = results / "runs" / MACHINE / run
    write_facts(folder, scripted_facts(complete=complete))
    for op in dict.fromkeys(cell.case.op for cell in cells):
        own = [cell for cell in cells if cell.case.op == op]
        write_op(folder, op, own, {"timed": 1.0, "warm_up": 1.0, "starts": 1.0, "wall": 4.0})
    return read_run(folder)
