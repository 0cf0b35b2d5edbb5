"""Commands that answer from the store: speedups, crossovers, laws and cells."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.options import (
    DEFAULT_MARGIN,
    BackendName,
    Baseline,
    CellForm,
    Machine,
    Margin,
    OpName,
    Results,
    RunId,
    SpanName,
    TextForm,
    TextFormat,
)
from harness.cli.selection import Selection, cells_of, chosen_run, of_span, only, selection
from harness.errors import UsageError
from harness.terminal.console import err, write_file
from harness.terminal.formats import FOR_PEOPLE, Format, print_frame, print_parts

if TYPE_CHECKING:
    import pandas as pd
    from rich.text import Text


def speedup(
    *,
    results: Results = Path("results"),
    machine: Machine = None,
    run: RunId = None,
    op: OpName = None,
    backend: BackendName = None,
    span: SpanName = None,
    baseline: Baseline = None,
    margin: Margin = DEFAULT_MARGIN,
    form: TextForm = Format.TABLE,
) -> None:
    """
    Print how many times faster each backend is than the baseline, per size.

    Example: harness speedup --op mm --backend torch-cpu --span call
    """
    import harness

    chosen = selection(results, machine, run, op)
    speedups = only("backend", backend, of_span(span, chosen.ask(harness.speedup, baseline, margin)))
    if form in FOR_PEOPLE:
        from harness.terminal.notes import first_notes
        from harness.terminal.tables import speedup_tables

        cells, shown = _relabelled(chosen, chosen.cells, speedups)
        print_parts(
            [
                *first_notes(chosen.run),
                *speedup_tables(shown, cells),
                *_notes(chosen, cells, shown, baseline, margin),
            ],
            form,
        )
    else:
        _print_warned(speedups, form, chosen)


def crossover(
    *,
    results: Results = Path("results"),
    machine: Machine = None,
    run: RunId = None,
    op: OpName = None,
    backend: BackendName = None,
    span: SpanName = None,
    baseline: Baseline = None,
    margin: Margin = DEFAULT_MARGIN,
    form: TextForm = Format.TABLE,
) -> None:
    """
    Print from what size on each backend is faster than the baseline.

    Example: harness crossover --span round_trip --format json
    """
    import harness

    chosen = selection(results, machine, run, op)
    answers = (chosen.ask(question, baseline, margin) for question in (harness.crossover, harness.speedup))
    crossovers, speedups = (only("backend", backend, of_span(span, answer)) for answer in answers)
    if form in FOR_PEOPLE:
        from harness.terminal.notes import first_notes, next_run_notes
        from harness.terminal.tables import crossover_table

        cells, crossed, shown = _relabelled(chosen, chosen.cells, crossovers, speedups)
        print_parts(
            [
                *first_notes(chosen.run),
                crossover_table(crossed, shown, cells),
                *next_run_notes(crossovers, speedups, chosen.cells, chosen.run.functions),
                *_notes(chosen, cells, shown, baseline, margin),
            ],
            form,
        )
    else:
        _print_warned(crossovers, form, chosen)


def laws(
    *,
    results: Results = Path("results"),
    machine: Machine = None,
    run: RunId = None,
    op: OpName = None,
    backend: BackendName = None,
    span: SpanName = None,
    form: TextForm = Format.TABLE,
) -> None:
    """
    Print what a call costs before it does anything, and what each further element costs, where a law tells.

    Example: harness laws --op sin --span call
    """
    import harness
    from harness.advice.scaling_law import FEWEST
    from harness.answers.labels import relabelled, shown_labels
    from harness.terminal.laws import law_notes, law_table

    every = harness.laws(cells_of(chosen_run(results, machine, run, op), op))
    if every.empty:
        raise UsageError(f"no curve has the {FEWEST} sizes that a law needs; see `harness cells`")
    found = only("backend", backend, of_span(span, every))
    if form in FOR_PEOPLE:
        shown = relabelled(found, shown_labels(found["backend"]))
        print_parts([law_table(shown), *law_notes(shown)], form)
    else:
        print_frame(found, form)


def cells(
    *,
    results: Results = Path("results"),
    machine: Machine = None,
    run: RunId = None,
    op: OpName = None,
    backend: BackendName = None,
    span: SpanName = None,
    form: CellForm = Format.TABLE,
    output: Annotated[
        Path | None, typer.Option(help="Write to this file instead; parquet needs one.")
    ] = None,
) -> None:
    """
    Print every cell with its time, interval, rates, share of its device's ceiling, status and reason.

    Example: harness cells --op abs --format parquet --output abs.parquet
    """
    from harness.export.cells_parquet import write_cells
    from harness.store.frame import COLUMNS
    from harness.terminal.notes import rate_notes
    from harness.terminal.tables import cell_table

    if form is Format.PARQUET and output is None:
        raise UsageError("parquet is no text for a terminal; add --output FILE")
    if form is Format.TABLE and output is not None:
        raise UsageError(
            "a table is for the terminal; add --format csv, json, markdown or parquet to write a file"
        )
    chosen = chosen_run(results, machine, run, op)
    every = cells_of(chosen, op)
    rows = only("backend", backend, of_span(span, every))
    table, notes = rows[list(COLUMNS)], rate_notes(chosen, every)
    if form in FOR_PEOPLE:
        from harness.answers.labels import relabelled, shown_labels

        print_parts([cell_table(relabelled(table, shown_labels(table["backend"]))), *notes], form, output)
        return
    for note in notes:
        err.print(note.plain, markup=False)
    if form is Format.PARQUET and output is not None:
        write_file(output, lambda path: write_cells(path, rows, chosen.facts))
    else:
        print_frame(table, form, output)


def _relabelled(chosen: Selection, *tables: "pd.DataFrame") -> "list[pd.DataFrame]":
    """Return tables with labels as a reader is told them."""
    from harness.answers.labels import relabelled

    return [relabelled(table, chosen.shown) for table in tables]


def _notes(
    chosen: Selection, cells: "pd.DataFrame", speedups: "pd.DataFrame", baseline: str | None, margin: float
) -> "list[Text]":
    """Return what must be known to read the answers, whose labels are as a reader is told them."""
    from harness.terminal.notes import reading_notes

    against = baseline or chosen.run.baseline
    return reading_notes(
        chosen.run,
        cells,
        speedups,
        chosen.own_error,
        baseline=chosen.shown.get(against, against),
        margin=margin,
    )


def _print_warned(answer: "pd.DataFrame", form: TextFormat, chosen: Selection) -> None:
    """Print an answer for a program; what makes it unfair goes to the error output."""
    from harness.terminal.warnings import warn_of_threads

    warn_of_threads(chosen.run)
    print_frame(answer, form)
