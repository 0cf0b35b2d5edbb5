"""The options that several commands share."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from harness.model import Span
from harness.store.address import place_of
from harness.terminal.console import err
from harness.terminal.formats import Format


def _in_project(context: typer.Context, results: Path) -> Path:
    """Return the results folder that was given, or else that of the project around this folder, if any."""
    source = context.get_parameter_source("results")
    if source is None or source.name != "DEFAULT":
        return results
    from harness.asv.configuration import configured_folder

    project = configured_folder(Path.cwd())
    return results if project in (None, Path.cwd()) else project / results


Results = Annotated[
    Path,
    typer.Option(
        parser=place_of,
        metavar="FOLDER|ADDRESS",
        callback=_in_project,
        help="The results folder, or its address such as s3://bucket/results; default that beside "
        "asv.conf.json, from any folder of a project. Page and figures of an address lie in that folder.",
    ),
]
Machine = Annotated[str | None, typer.Option(help="Name of a machine in the store; default this one.")]
OwnName = Annotated[
    str | None,
    typer.Option("--machine", help="What to call this computer in the store; default asv's name of it."),
]
RunId = Annotated[str | None, typer.Option("--run", help="A run; default the machine's latest complete one.")]
Margin = Annotated[
    float,
    typer.Option(
        min=0, help="How far from 1 a ratio may be and still mean about as fast; 0.05 is 5 per cent."
    ),
]
DEFAULT_MARGIN = 0.05
"""As `harness.answers.verdict` has it, which a command line that asks for nothing need not load."""


def _gone(context: typer.Context, value: float | None) -> float | None:
    """Say of an old command line that its option has no meaning any more."""
    if value is not None and not context.resilient_parsing:
        err.print(
            "harness: --patience is gone: nothing waits for a quiet machine any more; give --seconds instead"
        )
    return value


Patience = Annotated[
    float | None, typer.Option("--patience", hidden=True, callback=_gone, help="Of older versions.")
]
StartWay = Annotated[
    Literal["fork", "spawn"] | None,
    typer.Option(
        "--start",
        help="How a round begins: as the fork of a warm process, or in a process of its own; default fork "
        "on Linux, spawn elsewhere.",
    ),
]
OpName = Annotated[list[str] | None, typer.Option("--op", help="Only this op; may be given several times.")]
BackendName = Annotated[
    list[str] | None, typer.Option("--backend", help="Only this backend; may be given several times.")
]
SpanName = Annotated[Span | None, typer.Option("--span", help="Only this span.")]
Baseline = Annotated[
    str | None, typer.Option(help="What the others are compared with; default the run's own, mostly numpy.")
]

# Each command offers the formats that it can print.
_HOW = "How to print it; markdown is for a comment or a document."
TextFormat = Literal[Format.TABLE, Format.JSON, Format.CSV, Format.MARKDOWN]
TextForm = Annotated[TextFormat, typer.Option("--format", help=_HOW)]
CheckForm = Annotated[
    Literal[Format.TABLE, Format.JSON, Format.MARKDOWN], typer.Option("--format", help=_HOW)
]
ListForm = Annotated[Literal[Format.TABLE, Format.MARKDOWN], typer.Option("--format", help=_HOW)]
CellForm = Annotated[
    Literal[Format.TABLE, Format.JSON, Format.CSV, Format.MARKDOWN, Format.PARQUET],
    typer.Option("--format", help=f"{_HOW[:-1]}; parquet needs --output."),
]
