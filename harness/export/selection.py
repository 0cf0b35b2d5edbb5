"""Which cells other tools are given, and what each is called there."""

from collections.abc import Iterable

from harness.model import Cell, Round, Span, Status


def exported(cells: Iterable[Cell]) -> list[Cell]:
    """Return the cells of a run that are `ok`, without its controls: the formats have no word for others."""
    return [cell for cell in cells if cell.status is Status.OK and cell.case.span is not Span.CONTROL]


def cell_name(cell: Cell) -> str:
    """Return a name that tells a cell from all others of its run."""
    case = cell.case
    return f"{case.op}/{case.backend}/{case.span}/{case.dtype}/{case.n}"


def timed_rounds(cell: Cell) -> list[Round]:
    """Return the rounds of a cell that have a timing."""
    return [round_ for round_ in cell.rounds if round_ is not None]
