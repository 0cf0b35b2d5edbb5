"""Commands that answer from the store: speedups, crossovers, cells and plots."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.options import (
    BackendName,
    Baseline,
    CellForm,
    Form,
    Machine,
    OpName,
    Results,
    RunId,
    SpanName,
    chosen_cells,
    chosen_run,
    error_of,
    of_span,
    only,
)
from harness.errors import UsageError
from harness.terminal.console import (
    CellFormat,
    Format,
    out,
    print_rows,
    show,
    write_file,
)

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

    from harness.store.runs import Run
    from harness.validation.record import KnownError


def speedup(
    *,
    results: Results = Path("results"),
    machine: Machine = None,
    run: RunId = None,
    op: OpName = None,
    backend: BackendName = None,
    span: SpanName = None,
    baseline: Baseline = "numpy",
    form: Form = Format.TABLE,
) -> None:
    """
    Print how many times faster each backend is than the baseline, per size.

    Example: harness speedup --op mm --backend torch-cpu --span call
    """
    import harness
    from harness.terminal.conditions import warn_of_threads
    from harness.terminal.tables import speedup_tables

    chosen = chosen_run(results, machine, run)
    cells = chosen_cells(results, machine, chosen.id, op)
    known = error_of(results, cells)
    table = harness.speedup(cells, baseline, aa_error=known.error if known else 0.0)
    table = only("backend", backend, of_span(span, table))
    if form is Format.TABLE:
        show(*speedup_tables(table, cells), *_told(chosen, cells, known, baseline))
    else:
        warn_of_threads(chosen)
        print_rows(table, form)


def crossover(
    *,
    results: Results = Path("results"),
    machine: Machine = None,
    run: RunId = None,
    op: OpName = None,
    backend: BackendName = None,
    span: SpanName = None,
    baseline: Baseline = "numpy",
    form: Form = Format.TABLE,
) -> None:
    """
    Print from what size on each backend is faster than the baseline.

    Example: harness crossover --span round_trip --format json
    """
    import harness
    from harness.terminal.conditions import warn_of_threads
    from harness.terminal.tables import crossover_table

    chosen = chosen_run(results, machine, run)
    cells = chosen_cells(results, machine, chosen.id, op)
    known = error_of(results, cells)
    error = known.error if known else 0.0
    table = only("backend", backend, of_span(span, harness.crossover(cells, baseline, aa_error=error)))
    if form is Format.TABLE:
        speedups = harness.speedup(cells, baseline, aa_error=error)
        show(crossover_table(table, speedups, cells), *_told(chosen, cells, known, baseline))
    else:
        warn_of_threads(chosen)
        print_rows(table, form)


def cells(
    *,
    results: Results = Path("results"),
    machine: Machine = None,
    run: RunId = None,
    op: OpName = None,
    backend: BackendName = None,
    span: SpanName = None,
    form: CellForm = CellFormat.TABLE,
    output: Annotated[
        Path | None, typer.Option(help="Write to this file instead; parquet needs one.")
    ] = None,
) -> None:
    """
    Print every cell with its time, interval, status and reason.

    Example: harness cells --op abs --format parquet --output abs.parquet
    """
    from harness.export.cells_parquet import write_cells
    from harness.store.frame import COLUMNS
    from harness.terminal.tables import cell_table

    whole = only("backend", backend, of_span(span, chosen_cells(results, machine, run, op)))
    table = whole[list(COLUMNS)]
    if form is CellFormat.PARQUET:
        if output is None:
            raise UsageError("parquet is no text for a terminal; add --output FILE")
        facts = chosen_run(results, machine, run).facts
        write_file(output, lambda path: write_cells(path, whole, facts))
    elif form is CellFormat.TABLE and output is None:
        show(cell_table(table))
    elif form is CellFormat.TABLE:
        raise UsageError("a table is for the terminal; add --format csv, json or parquet to write a file")
    else:
        print_rows(table, Format(form), output)


def plot(
    *,
    results: Results = Path("results"),
    machine: Machine = None,
    run: RunId = None,
    baseline: Baseline = "numpy",
) -> None:
    """
    Draw the speedup curves as SVG and PNG into the results folder.

    Example: harness plot --baseline torch-cpu
    """
    out.print(
        f"plots: {draw_figures(chosen_run(results, machine, run), results, baseline)}",
        markup=False,
        soft_wrap=True,
    )


def draw_figures(run: "Run", results: Path, baseline: str = "numpy") -> Path:
    """Draw a run's curves; return their folder."""
    from harness.figures.draw import draw
    from harness.validation.record import known_error

    folder, known = results / "plots" / run.machine, known_error(results, run.machine)
    for name, content in draw(run, baseline, aa_error=known.error if known else 0.0):
        write_file(folder / name, partial(_put, content))
    return folder


def _put(content: bytes, path: Path) -> None:
    """Write bytes to a file."""
    path.write_bytes(content)


def _told(
    chosen: "Run", cells: "pd.DataFrame", known: "KnownError | None", baseline: str
) -> list["RenderableType"]:
    """Return what must be known to read the table of an answer."""
    from harness.terminal.conditions import span_lines, thread_lines
    from harness.terminal.tables import notes

    return [*notes(cells, known, baseline), *span_lines(chosen), *thread_lines(chosen)]
