"""The options that several commands share."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from harness.model import Span
from harness.terminal.formats import Format

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

# Each command offers the formats that it can print.
TextFormat = Literal[Format.TABLE, Format.JSON, Format.CSV]
TextForm = Annotated[TextFormat, typer.Option("--format", help="How to print it.")]
CheckForm = Annotated[Literal[Format.TABLE, Format.JSON], typer.Option("--format", help="How to print it.")]
CellForm = Annotated[
    Literal[Format.TABLE, Format.JSON, Format.CSV, Format.PARQUET],
    typer.Option("--format", help="How to print it; parquet needs --output."),
]
ComparisonForm = Annotated[
    Literal[Format.TABLE, Format.JSON, Format.CSV, Format.MARKDOWN],
    typer.Option("--format", help="How to print it; markdown is for a comment."),
]
