"""The command that holds two runs against each other."""

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from harness.cli.options import (
    DEFAULT_MARGIN,
    BackendName,
    Margin,
    OpName,
    Results,
    SpanName,
    TextForm,
)
from harness.cli.selection import only
from harness.errors import EmptyStoreError, UsageError
from harness.names import printable
from harness.terminal.console import err, show
from harness.terminal.formats import Format, print_frame

if TYPE_CHECKING:
    from harness.answers.compared_run import ComparedRun
    from harness.terminal.comparison import Comparison


def compare(  # noqa: PLR0913 - a parameter per option
    a: Annotated[str, typer.Argument(metavar="A", help="A run, a machine, a run's folder or a cells file.")],
    b: Annotated[
        str | None,
        typer.Argument(
            metavar="[B]", help="The same; its times are divided by A's. With --over it may be A itself."
        ),
    ] = None,
    pct: Annotated[
        float | None,
        typer.Argument(
            metavar="[PCT]",
            help="With --fail-on-slower: how much slower is allowed; default what verdicts tell.",
        ),
    ] = None,
    *,
    fail_on_slower: Annotated[
        bool,
        typer.Option(
            "--fail-on-slower",
            help="Exit with 13 if a cell of B is slower by more than PCT, with 14 if one that A has a time "
            "of has none, with 12 if nothing could be judged.",
        ),
    ] = False,
    aa_error: Annotated[
        float | None,
        typer.Option(
            "--aa-error",
            metavar="PCT",
            min=0,
            help="Per cent by which two runs of the same differ here; default what `harness validate` found.",
        ),
    ] = None,
    margin: Margin = DEFAULT_MARGIN,
    results: Results = Path("results"),
    op: OpName = None,
    backend: BackendName = None,
    dtype: Annotated[
        list[str] | None, typer.Option("--dtype", help="Only this dtype; may be given several times.")
    ] = None,
    span: SpanName = None,
    over: Annotated[
        Literal["op", "backend", "dtype"] | None,
        typer.Option(
            help="Hold one dtype, op or backend of A against another of B: the two that there are, or that "
            "--dtype, --op or --backend name, that of A first."
        ),
    ] = None,
    form: TextForm = Format.TABLE,
) -> None:
    """
    Print the relative time of every cell that two runs have in common, with a verdict, and what B has lost.

    A ratio below 1 says that B is faster. A machine stands for its latest complete run; a cells file is one
    that `harness cells --format parquet` wrote.

    \b
    Example:
    harness compare main.parquet results/runs/vm/20260101T000000Z-000000 --fail-on-slower 5
    harness compare vm --over dtype --dtype float32 --dtype float64
    """  # noqa: D301 - the character by which lines are kept apart
    from dataclasses import replace

    from harness.answers.compared_run import read_compared_run
    from harness.answers.sides import sides

    if pct is not None and not (fail_on_slower and 0 <= pct < math.inf):
        raise UsageError(f"the third word {pct:g} is PCT, at least 0, and goes with --fail-on-slower only")
    if b is None and over is None:
        raise UsageError("a comparison needs B, a second run; or --over, for two dtypes or ops of one")
    asked = {"op": op, "backend": backend, "dtype": dtype, "span": None if span is None else [str(span)]}
    named = asked.pop(over) if over else None  # of each side another
    run_a, run_b = (read_compared_run(name, results) for name in (a, b or a))
    for column, names in asked.items():
        run_a, run_b = (replace(run, cells=only(column, names, run.cells)) for run in (run_a, run_b))
    if over:
        run_a, run_b = sides(run_a, run_b, over, named or ())
    error = _own_error(results, run_a, run_b) if aa_error is None else aa_error / 100
    comparison = _comparison(run_a, run_b, error, margin)
    _print(comparison, form)
    if fail_on_slower:
        from harness.answers.regressions import refuse_regressions

        allowed = max((pct or 0) / 100, comparison.least)
        err.print(f"harness: {printable(refuse_regressions(run_a, run_b, allowed))}")


def _own_error(results: Path, *runs: "ComparedRun") -> float:
    """Return the largest A/A error that is known of the machines that runs were measured on; 0 if none is."""
    from harness.validation.record import known_error

    machines = dict.fromkeys(machine for run in runs for machine in run.cells["machine"].head(1))
    errors = [known_error(results, machine) for machine in machines]
    return max((error.error for error in errors if error), default=0.0)


def _comparison(run_a: "ComparedRun", run_b: "ComparedRun", aa_error: float, margin: float) -> "Comparison":
    """Compare two runs whose own error is this share of the time."""
    import harness
    from harness.answers.comparison import mean_ratio
    from harness.answers.differences import differences
    from harness.answers.verdict import LEAST_DIFFERENCE
    from harness.terminal.comparison import Comparison

    table = harness.compare(run_a.cells, run_b.cells, aa_error=aa_error, margin=margin)
    if table["ratio"].isna().all() and not (table["lost"] & table["status_b"].notna()).any():
        raise EmptyStoreError(f"{run_a.name} and {run_b.name} have no cell in common that has a time in both")
    return Comparison(
        a=run_a,
        b=run_b,
        table=table,
        mean=mean_ratio(run_a.cells, run_b.cells),
        differences=tuple(differences(run_a.facts, run_b.facts)),
        least=max(LEAST_DIFFERENCE, aa_error),
        margin=max(LEAST_DIFFERENCE, aa_error, margin),
    )


def _print(comparison: "Comparison", form: Format) -> None:
    """Print a comparison in a format."""
    from harness.terminal.comparison import as_json, markdown, tables

    if form is Format.TABLE:
        show(*tables(comparison))
    elif form is Format.CSV:
        print_frame(comparison.table, form)
    else:
        sys.stdout.write((markdown if form is Format.MARKDOWN else as_json)(comparison) + "\n")
