"""Commands that hold runs against each other, and that hand a run to other tools."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.options import (
    BackendName,
    OpName,
    Results,
    SpanName,
    error_of,
    of_span,
    only,
)
from harness.errors import EmptyStoreError, SlowerError, UsageError
from harness.terminal.console import Format, err, print_rows, show


class ComparisonFormat(StrEnum):
    """How a comparison is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="A run, a machine, a run's folder or a cells file.")],
    b: Annotated[str, typer.Argument(metavar="B", help="The same; its times are divided by A's.")],
    pct: Annotated[
        float | None,
        typer.Argument(
            metavar="[PCT]",
            help="With --fail-on-slower: how much slower is allowed; default what verdicts tell.",
        ),
    ] = None,
    *,
    fail_on_slower: Annotated[
        bool, typer.Option("--fail-on-slower", help="Exit with 1 if a cell of B is slower by more than PCT.")
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
    results: Results = Path("results"),
    op: OpName = None,
    backend: BackendName = None,
    span: SpanName = None,
    form: Annotated[
        ComparisonFormat, typer.Option("--format", help="How to print it; markdown is for a comment.")
    ] = ComparisonFormat.TABLE,
) -> None:
    """
    Print the relative time of every cell that two runs have in common, with a verdict.

    A ratio below 1 says that B is faster. A machine stands for its latest complete run; a cells file is one
    that `harness cells --format parquet` wrote.

    Example: harness compare main.parquet results/runs/vm/20260101T000000Z-000000 --fail-on-slower 5
    """
    from dataclasses import replace

    import harness
    from harness.answers.compared_run import read_side
    from harness.answers.comparison import mean_ratio
    from harness.answers.differences import differences
    from harness.answers.verdict import LEAST_DIFFERENCE
    from harness.terminal.comparison import Compared, as_json, markdown, tables
    from harness.units import ratio

    if pct is not None and not (fail_on_slower and pct >= 0):
        raise UsageError(f"the third word {pct:g} is PCT, at least 0, and goes with --fail-on-slower only")
    sides = [read_side(text, results) for text in (a, b)]
    in_a, in_b = sides = [
        replace(side, cells=of_span(span, only("backend", backend, only("op", op, side.cells))))
        for side in sides
    ]
    if aa_error is None:
        known = [error_of(results, side.cells) for side in sides]
        own = max((found.error for found in known if found), default=0.0)
    else:
        own = aa_error / 100
    table = harness.compare(in_a.cells, in_b.cells, aa_error=own)
    if table["ratio"].isna().all():
        raise EmptyStoreError(f"{in_a.name} and {in_b.name} have no cell in common that has a time in both")
    found = Compared(
        a=in_a,
        b=in_b,
        table=table,
        mean=mean_ratio(in_a.cells, in_b.cells),
        differences=tuple(differences(in_a.facts, in_b.facts)),
        least=max(LEAST_DIFFERENCE, own),
    )
    if form is ComparisonFormat.TABLE:
        show(*tables(found))
    elif form is ComparisonFormat.CSV:
        print_rows(table, Format.CSV)
    else:
        sys.stdout.write((markdown if form is ComparisonFormat.MARKDOWN else as_json)(found) + "\n")
    if fail_on_slower:
        allowed = 100 * found.least if pct is None else max(pct, 100 * found.least)
        slower = harness.compare(in_a.cells, in_b.cells, least=allowed / 100).query("verdict == 'slower'")
        if table["p"].isna().all():
            err.print("harness: no cell could have a verdict, so nothing could fail", style="yellow")
        if len(slower):
            worst = slower.loc[slower["ratio"].idxmax()]
            raise SlowerError(
                f"cells of {in_b.name} that are slower by more than {allowed:g} %: {len(slower)}, worst "
                f"{worst['op']} on {worst['backend']} at n = {worst['n']}: {ratio(worst['ratio'])} the time"
            )
