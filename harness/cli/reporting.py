"""The command that writes the page people open."""

import webbrowser
from collections.abc import Sequence
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
    page = write_report(results, machine or (), output)
    out.print(f"report: {page}", markup=False, soft_wrap=True)
    if show:
        webbrowser.open(page.resolve().as_uri())


def write_report(
    results: Path,
    machines: Sequence[str] = (),
    output: Path | None = None,
    *,
    first: str | None = None,
    history: str | None = None,
) -> Path:
    """
    Write the page for the latest complete run of each machine.

    Parameters
    ----------
    results : Path
        The results folder.
    machines : sequence of str
        Names, the first one in front; none means all that have a complete run.
    output : Path, optional
        Where to; default the results folder.
    first : str, optional
        Which of all machines stands in front; default this one, or the one measured last.
    history : str, optional
        Address of a page with the history over commits, to be linked; default none.

    Returns
    -------
    Path
        Where it is.

    Raises
    ------
    EmptyStoreError
        If there is no complete run.
    UnknownNameError
        If a machine is not in the store.
    """
    from harness.asv.machines import known_machine
    from harness.cells import frame, latest, select
    from harness.report import report
    from harness.store import read_runs
    from harness.validation.record import known_error

    found = select(list(read_runs(results)), results)
    for name in machines:
        select(found, results, machine=name)
    complete = [run for run in found if run.complete]
    names = dict.fromkeys(machines or (run.machine for run in complete or found))
    chosen = [latest(found, name) for name in names]
    if not machines:
        wanted = first or known_machine()
        chosen.sort(key=lambda run: (run.machine == wanted, str(run.facts["begin"])), reverse=True)
    known = {run.machine: known_error(results, run.machine) for run in chosen}
    errors = {name: found.error for name, found in known.items() if found}
    page = report(chosen, frame(chosen), errors, history)
    path = output or results / "report.html"
    write_file(path, lambda target: target.write_text(page, encoding="utf-8"))
    return path
