"""The command line: arguments in, text and files out, an exit code per kind of error.

Everything it answers comes from functions that a notebook can call as well.
"""

import sys
from dataclasses import replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from harness.errors import HarnessError, MeasureError, UnknownNameError, UsageError
from harness.model import Span

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from rich.console import RenderableType

    from harness.store import Run

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Would Torch or a GPU be faster at your sizes, by how much, and from what size on?",
)
err = Console(stderr=True, highlight=False, soft_wrap=True)
# Into a pipe or a file there is no width to keep to; 80 columns would fold the tables.
out = Console(highlight=False, width=None if sys.stdout.isatty() else 160)

INTERRUPTED = 130


class Format(StrEnum):
    """How a table is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class CellFormat(StrEnum):
    """How cells are printed, or written to a file."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


Results = Annotated[Path, typer.Option(help="The results folder.")]
Machine = Annotated[str | None, typer.Option(help="Name of a machine in the store; default this one.")]
RunId = Annotated[str | None, typer.Option("--run", help="A run; default the machine's latest complete one.")]
OpName = Annotated[list[str] | None, typer.Option("--op", help="Only this op; may be given several times.")]
BackendName = Annotated[
    list[str] | None, typer.Option("--backend", help="Only this backend; may be given several times.")
]
SpanName = Annotated[Span | None, typer.Option("--span", help="Only this span.")]
Baseline = Annotated[str, typer.Option(help="The backend that the others are compared with.")]
Form = Annotated[Format, typer.Option("--format", help="How to print it.")]
CellForm = Annotated[CellFormat, typer.Option("--format", help="How to print it; parquet needs --output.")]


def main() -> None:
    """Run the command line; an error is one sentence and its own exit code."""
    try:
        app()
    except HarnessError as error:
        err.print(f"harness: {error}", style="red", markup=False)
        sys.exit(error.exit_code)


@app.command()
def run(
    *,
    quick: Annotated[
        bool, typer.Option("--quick", help="A first look in about a minute: one round.")
    ] = False,
    op: OpName = None,
    backend: Annotated[
        list[str] | None, typer.Option("--backend", help="Measure this backend and NumPy; default all.")
    ] = None,
    dtype: Annotated[list[str] | None, typer.Option("--dtype", help="float32 (default) or float64.")] = None,
    min_size: Annotated[int | None, typer.Option(help="Smallest n in elements, a power of 4.")] = None,
    max_size: Annotated[int | None, typer.Option(help="Largest n in elements, a power of 4.")] = None,
    rounds: Annotated[
        int | None, typer.Option(help="Worker processes per op; default 3, and 1 with --quick; 5 to publish.")
    ] = None,
    results: Results = Path("results"),
    plots: Annotated[bool, typer.Option("--plots/--no-plots", help="Whether to draw the curves.")] = True,
) -> None:
    """
    Measure through asv, then print the crossovers and draw the curves.

    Example: harness run --quick --op abs --op mm --max-size 65536
    """
    from harness.asv.catalogue import asv_patterns
    from harness.asv.environment import known_machine
    from harness.job import new_job
    from harness.plan import DEFAULT, QUICK, checked
    from harness.run import project_folder, run_asv
    from harness.terminal import progress

    default = QUICK if quick else DEFAULT
    settings = checked(
        replace(
            default,
            backends=tuple(backend or default.backends),
            dtypes=tuple(dtype or default.dtypes),
            min_size=min_size,
            max_size=max_size,
            rounds=default.rounds if rounds is None else rounds,
        )
    )
    project = project_folder(Path.cwd())
    patterns = asv_patterns(project, tuple(op or ()))
    job = new_job(results=results, project=project, machine=known_machine(), settings=settings)
    err.print(
        f"measuring on {job.machine} into {job.folder}; nothing else should run meanwhile", markup=False
    )
    try:
        with progress(err) as follow:
            outcome = run_asv(job, patterns, follow)
    except KeyboardInterrupt:
        err.print(f"harness: stopped; the ops that were finished are kept in {job.folder}", markup=False)
        sys.exit(INTERRUPTED)
    _say_crossovers(outcome.run)
    shares = ", ".join(f"{purpose} {share:.0%}" for purpose, share in outcome.shares.items())
    out.print(f"\n{outcome.seconds:.0f} s of wall time: {shares}")
    out.print(f"cells: {job.folder}", markup=False, soft_wrap=True)
    if plots:
        out.print(f"plots: {_draw(outcome.run, results)}", markup=False, soft_wrap=True)
    if outcome.failures:
        raise MeasureError(f"asv could not measure every op; it says:\n{outcome.failures}")


@app.command()
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
    from harness.terminal import notes, speedup_tables

    cells = _cells(results, machine, run, op, span)
    table = _only("backend", backend, harness.speedup(cells, baseline))
    if form is Format.TABLE:
        _show(*speedup_tables(table, cells), *notes(cells))
    else:
        _print(table, form)


@app.command()
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
    from harness.terminal import crossover_table, notes

    cells = _cells(results, machine, run, op, span)
    table = _only("backend", backend, harness.crossover(cells, baseline))
    if form is Format.TABLE:
        _show(crossover_table(table, harness.speedup(cells, baseline), cells), *notes(cells))
    else:
        _print(table, form)


@app.command()
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
    from harness.cells import COLUMNS
    from harness.terminal import cell_table

    table = _only("backend", backend, _cells(results, machine, run, op, span))[list(COLUMNS)]
    if form is CellFormat.PARQUET:
        if output is None:
            raise UsageError("parquet is no text for a terminal; add --output FILE")
        _write(output, lambda path: table.to_parquet(path, index=False))
    elif form is CellFormat.TABLE and output is None:
        _show(cell_table(table))
    elif form is CellFormat.TABLE:
        raise UsageError("a table is for the terminal; add --format csv, json or parquet to write a file")
    else:
        _print(table, Format(form), output)


@app.command()
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
    out.print(f"plots: {_draw(_run(results, machine, run), results, baseline)}", markup=False, soft_wrap=True)


@app.command()
def machine() -> None:
    """
    Print what this computer is, as it is stored with every run.

    Example: harness machine
    """
    import json

    from harness.asv.environment import known_machine
    from harness.machine import card

    out.print_json(json.dumps(card(known_machine())))


@app.command()
def ops() -> None:
    """
    Print the ops that can be measured, with their spelling in each library.

    Example: harness ops
    """
    from harness.asv.catalogue import declared_ops
    from harness.run import project_folder
    from harness.terminal import op_table

    _show(op_table(declared_ops(project_folder(Path.cwd())).values()))


@app.command()
def backends() -> None:
    """
    Print the backends, and why this machine lacks one.

    Example: harness backends
    """
    from harness.backends import BACKENDS
    from harness.terminal import backend_table

    _show(backend_table({name: backend.missing() for name, backend in BACKENDS.items()}))


def _run(results: Path, machine: str | None, run: str | None) -> "Run":
    """Return the run that is meant: the named one, or the machine's latest complete one."""
    from harness.asv.environment import known_machine
    from harness.cells import latest, select
    from harness.store import read_runs

    found = select(list(read_runs(results)), results, machine=machine, run=run)
    return found[-1] if run is not None else latest(found, machine or known_machine())


def _cells(
    results: Path, machine: str | None, run: str | None, op: list[str] | None, span: Span | None
) -> "pd.DataFrame":
    """Return the cells that are asked for; those of all backends, since one of them is the baseline."""
    from harness.cells import frame

    found = _only("op", op, frame([_run(results, machine, run)]))
    return found if span is None else found[found["span"] == str(span)]


def _only(column: str, names: list[str] | None, table: "pd.DataFrame") -> "pd.DataFrame":
    """Return the rows with one of these names; no names mean all rows."""
    known = dict.fromkeys(table[column])
    for name in names or ():
        if name not in known:
            raise UnknownNameError.of(column, name, known)
    return table[table[column].isin(names)] if names else table


def _say_crossovers(run: "Run") -> None:
    """Print the answer of a run, with what must be known to read it."""
    import harness
    from harness.cells import frame
    from harness.terminal import crossover_table, notes

    found = frame([run])
    _show(crossover_table(harness.crossover(found), harness.speedup(found), found), *notes(found))


def _draw(run: "Run", results: Path, baseline: str = "numpy") -> Path:
    """Draw a run's curves; return their folder."""
    from harness.figures import draw

    folder = results / "plots" / run.machine
    for name, content in draw(run, baseline):
        _write(folder / name, partial(_put, content))
    return folder


def _put(content: bytes, path: Path) -> None:
    """Write bytes to a file."""
    path.write_bytes(content)


def _show(*parts: "RenderableType") -> None:
    """Print tables and lines, with an empty line between two tables."""
    for part in parts:
        out.print(part)


def _print(table: "pd.DataFrame", form: Format, output: Path | None = None) -> None:
    """Print a table as text for another program."""
    from harness.terminal import flat_json

    text = flat_json(table) + "\n" if form is Format.JSON else table.to_csv(index=False)
    if output is None:
        sys.stdout.write(text)
    else:
        _write(output, lambda path: path.write_text(text, encoding="utf-8"))


def _write(path: Path, write: "Callable[[Path], object]") -> None:
    """Write a file, and its folder where it is missing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}); choose another place") from error
