"""Options that several commands share, and the cells that they choose."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.errors import UnknownNameError
from harness.model import Span
from harness.terminal.console import CellFormat, Format

if TYPE_CHECKING:
    import pandas as pd

    from harness.store.runs import Run
    from harness.validation.record import KnownError

Results = Annotated[Path, typer.Option(help="The results folder.")]
Machine = Annotated[str | None, typer.Option(help="Name of a machine in the store; default this one.")]
OwnName = Annotated[
    str | None,
    typer.Option("--machine", help="What to call this computer in the store; default asv's name of it."),
]
RunId = Annotated[str | None, typer.Option("--run", help="A run; default the machine's latest complete one.")]
Patience = Annotated[
    float | None,
    typer.Option(
        help="Seconds that each round of an op may wait for a processor that a neighbour slows, and as many "
        "to measure again what it disturbed; default 5, and 0.5 with --quick."
    ),
]
OpName = Annotated[list[str] | None, typer.Option("--op", help="Only this op; may be given several times.")]
BackendName = Annotated[
    list[str] | None, typer.Option("--backend", help="Only this backend; may be given several times.")
]
SpanName = Annotated[Span | None, typer.Option("--span", help="Only this span.")]
Baseline = Annotated[str, typer.Option(help="The backend that the others are compared with.")]
Form = Annotated[Format, typer.Option("--format", help="How to print it.")]
CellForm = Annotated[CellFormat, typer.Option("--format", help="How to print it; parquet needs --output.")]


def chosen_run(results: Path, machine: str | None, run: str | None) -> "Run":
    """Return the run that is meant: the named one, or the machine's latest complete one."""
    from harness.asv.machine_name import known_machine
    from harness.store.frame import latest, select
    from harness.store.runs import read_runs

    found = select(list(read_runs(results)), results, machine=machine, run=run)
    return found[-1] if run is not None else latest(found, machine or known_machine())


def chosen_cells(results: Path, machine: str | None, run: str | None, op: list[str] | None) -> "pd.DataFrame":
    """Return the cells that are asked for; of all backends and spans, since some are others' baseline."""
    from harness.store.frame import frame

    return only("op", op, frame([chosen_run(results, machine, run)]))


def of_span(span: Span | None, table: "pd.DataFrame") -> "pd.DataFrame":
    """Return the rows of a span; none means all rows."""
    return only("span", None if span is None else [str(span)], table)


def error_of(results: Path, cells: "pd.DataFrame") -> "KnownError | None":
    """Return the A/A error of the machine that the cells, of one run, were measured on; None if unknown."""
    from harness.validation.record import known_error

    machines = set(cells["machine"])
    return known_error(results, machines.pop()) if machines else None


def only(column: str, names: list[str] | None, table: "pd.DataFrame") -> "pd.DataFrame":
    """Return the rows with one of these names; no names mean all rows."""
    known = dict.fromkeys(table[column])
    for name in names or ():
        if name not in known:
            raise UnknownNameError.of(column, name, known)
    return table[table[column].isin(names)] if names else table
