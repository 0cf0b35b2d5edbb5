"""Commands that write what people open: the page, and the site for a web server."""

import re
import webbrowser
from collections.abc import Collection, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.options import Results
from harness.terminal.console import err, out, write_file

if TYPE_CHECKING:
    from harness.store.runs import Run

Machines = Annotated[
    list[str] | None,
    typer.Option("--machine", help="Only this machine, the first one in front; may be given several times."),
]
_FIGURES = re.compile(r"[0-9a-f]{16}\.js")
"""What a file of figures beside a page is called."""


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
    Write an HTML page with the answer, every figure, and the machines side by side.

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
    most_whole: int | None = None,
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
    most_whole : int, optional
        Machines up to which the page is one file; beyond them the figures of all but the first lie in a
        folder beside it, named after it. Default `harness.report.tables.MOST_WHOLE`.

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
    from harness.asv.machine_name import known_machine
    from harness.report.report import divided, report
    from harness.report.tables import MOST_WHOLE
    from harness.store.frame import frame, latest, select
    from harness.store.runs import read_runs
    from harness.validation.record import known_error

    found = select(list(read_runs(results)), results)
    for name in machines:
        select(found, results, machine=name)
    complete = [run for run in found if run.complete]
    own: dict[str, list[Run]] = {}
    for run in found:
        own.setdefault(run.machine, []).append(run)
    names = dict.fromkeys(machines or (run.machine for run in complete or found))
    chosen = [latest(own[name], name) for name in names]
    if not machines:
        wanted = first or known_machine()
        chosen.sort(key=lambda run: (run.machine == wanted, str(run.facts["begin"])), reverse=True)
    known = {run.machine: known_error(results, run.machine) for run in chosen}
    errors = {name: found.error for name, found in known.items() if found}
    path = output or results / "report.html"
    folder = path.with_name(f"{path.stem}-data")
    if len(chosen) <= (MOST_WHOLE if most_whole is None else most_whole):
        page, kept = report(chosen, frame(chosen), errors, history), set[str]()
    else:
        parts = divided(chosen, frame(chosen), errors, folder.name, history)
        page, kept = parts.html, _write_figures(folder, parts.files)
    write_file(path, partial(_put, page))
    _remove_others(folder, kept)
    return path


def _write_figures(folder: Path, files: Iterable[tuple[str, str]]) -> set[str]:
    """Write the files beside a page; return their names."""
    kept = set()
    for name, text in files:
        write_file(folder / name, partial(_put, text))
        kept.add(name)
    return kept


def _remove_others(folder: Path, kept: Collection[str]) -> None:
    """Remove what an earlier page left in its folder of figures, and nothing that is not of a page."""
    for path in folder.glob("*.js"):
        if _FIGURES.fullmatch(path.name) and path.name not in kept:
            write_file(path, Path.unlink)


def _put(text: str, path: Path) -> None:
    """Write a text to a file."""
    path.write_text(text, encoding="utf-8")


def site(
    *,
    results: Results = Path("results"),
    output: Annotated[
        Path | None, typer.Option(help="The folder to build it in; default site in the results folder.")
    ] = None,
) -> None:
    """
    Build a static site for any web server: asv's pages of the history, with the report linked from them.

    Example: harness site --output public
    """
    from harness.asv.catalogue import project_folder
    from harness.asv.site import HISTORY, build

    folder = output or results / "site"
    missing = build(
        project_folder(Path.cwd()),
        folder,
        lambda page: write_report(results, output=page, history=HISTORY),
        err.print,
    )
    if missing:
        err.print(
            f"only the report opens without a network: {missing}, so asv's pages load their scripts from "
            "content networks",
            style="yellow",
        )
    out.print(f"site: {folder / HISTORY}", soft_wrap=True)
    out.print(f"to look at it: python -m http.server --directory {folder}", soft_wrap=True)
