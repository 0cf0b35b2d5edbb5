"""The command that writes the page people open."""

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.console import out, write_file
from harness.cli.options import Results

Machines = Annotated[
    list[str] | None,
    typer.Option("--machine", help="Only this machine, the first one in front; may be given several times."),
]


def report(
    *,
    results: Results = Path("results"),
    machine: Machines = None,
    output: Annotated[
        Path | None, typer.Option(help="The file to write; default report.html in the results folder.")
    ] = None,
    show: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """
    Write one HTML file with the answer, every figure, and the machines side by side.

    Example: harness report --open
    """
    page = write_report(results, machine or [], output)
    out.print(f"report: {page}", markup=False, soft_wrap=True)
    if show:
        webbrowser.open(page.resolve().as_uri())


def write_report(results: Path, machines: list[str], output: Path | None = None) -> Path:
    """
    Write the page for the latest complete runs of machines.

    Parameters
    ----------
    results : Path
        The results folder.
    machines : list of str
        Names, the first one in front; none means all in the store, with this one in front.
    output : Path, optional
        Where to; default the results folder.

    Returns
    -------
    Path
        Where it is.
    """
    from harness.asv.environment import known_machine
    from harness.cells import frame, latest, select
    from harness.report import report
    from harness.store import read_runs

    runs = select(list(read_runs(results)), results)
    if machines:
        chosen = [latest(select(runs, results, machine=name), name) for name in dict.fromkeys(machines)]
    else:
        complete = [run for run in runs if run.complete]
        names = dict.fromkeys(run.machine for run in complete or runs)
        chosen = [latest(runs, name) for name in names]
        own = [run for run in chosen if run.machine == known_machine()]
        front = own or [max(chosen, key=lambda run: str(run.facts["begin"]))]
        chosen = [*front, *(run for run in chosen if run is not front[0])]
    page = report(chosen, frame(chosen), machine=chosen[0].machine)
    path = output or results / "report.html"
    write_file(path, lambda target: target.write_text(page, encoding="utf-8"))
    return path
