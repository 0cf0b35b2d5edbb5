"""Cells of a steady clock, of which one can be made slower."""

from harness.model import Cell, Status
from tests.support.runs import scripted_cell

STEADY = (0.999, 1.0, 1.001)
"""The times of three rounds, relative to the first of them all."""


def steady_cells(slow: float = 1.0, *, op: str = "abs", status: Status = Status.OK) -> list[Cell]:
    """Return six cells of which that of 64 elements on torch-cpu takes longer by a factor."""
    return [
        scripted_cell(
            backend,
            n,
            [n * 1e-8 * f * (slow if (backend, n) == ("torch-cpu", 64) else 1) for f in STEADY],
            op=op,
            status=status,
        )
        for backend in ("numpy", "torch-cpu")
        for n in (16, 64, 256)
    ]
