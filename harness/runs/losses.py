"""Which ops of a run have no time, and which backends of an op that others measured."""

from collections.abc import Sequence

from harness.backends.half_precision import undefined
from harness.backends.table import backend_named
from harness.errors import MeasureError
from harness.model import TIMED, Cell, Op, Status


def refuse_no_time(op: Op, cells: Sequence[Cell]) -> None:
    """Raise if no cell has a time; an op whose cases have no meaning on any backend here is no failure."""
    meant = [
        cell
        for cell in cells
        if not undefined(op, backend_named(cell.case.backend), cell.case.dtype, cell.case.span)
    ]
    if meant and not any(cell.status in TIMED for cell in meant):
        raise MeasureError(f"no cell of {op.name} could be measured: {meant[0].reason}")


def lost_backends(op: Op, cells: Sequence[Cell]) -> dict[str, str]:
    """Return, by backend, a sentence on each that was tried and has no time at all, in some dtype."""
    tried: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        if cell.status is not Status.SKIPPED:
            tried.setdefault((cell.case.backend, cell.case.dtype), []).append(cell)
    several = len({dtype for _, dtype in tried}) > 1
    return {
        backend: (
            f"{backend} has no time of {op.name}{f' in {dtype}' if several else ''}: "
            f"{own[0].status}: {own[0].reason}; mend it, or measure without this backend"
        )
        for (backend, dtype), own in tried.items()
        if not any(cell.status in TIMED for cell in own)
    }
