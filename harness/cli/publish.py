"""Commands that write what people open in a browser: the page, and the site for a web server."""

import gc
import re
import webbrowser
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.options import Results
from harness.cli.plots import plots
from harness.cli.remote import local_folder
from harness.cli.selection import machine_parts
from harness.terminal.console import err, out, write_file

if TYPE_CHECKING:
    import pandas as pd

    from harness.store.runs import Run

_FIGURES_FILE = re.compile(r"[0-9a-f]{16}\.js")
"""The name of a file of figures beside a page."""


def publish_run(
    run: "Run", cells: "pd.DataFrame", results: Path, *, report: bool = True
) -> tuple[Path, Path | None]:
    """Draw a run's curves, and write the page with its machine in front; return their folder and the page."""
    from harness.store.latest import cells_of_parts, latest_parts, ops_of
    from harness.store.runs import read_runs

    parts = latest_parts(read_runs(results), run.machine)
    with plots(parts, cells_of_parts(parts, cells), results, only=ops_of(run)) as folder:
        page = write_report(results, first=run.machine, cells=cells) if report else None
    return folder, page


def report(
    *,
    results: Results = Path("results"),
    machine: Annotated[
        list[str] | None,
        typer.Option(help="Only this machine, the first one in front; may be given several times."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="The file to write; default report.html in the results folder.")
    ] = None,
    show: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """
    Write an HTML page with the answer, every figure, and the machines side by side.

    Example: harness report --open
    """
    err.print("drawing the page")  # which takes seconds where the store is large
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
    cells: "pd.DataFrame | None" = None,
) -> Path:
    """
    Write the page for each machine, or for these; return where it is.

    Each op is of the latest complete run that holds it. `first` is the machine whose answer is in front,
    `history` the address of a page over commits. The page is one file up to `most_whole` machines; beyond
    them the figures of all but the first lie in a folder beside it. `cells` are those of a run that is loaded
    already.
    """
    from harness.report.contents import MOST_WHOLE
    from harness.report.page import divided_page, whole_page
    from harness.store.latest import cells_of_parts
    from harness.validation.record import known_error

    machines_parts = machine_parts(results, machines, first)
    parts = [part for of_machine in machines_parts for part in of_machine]
    names = [of_machine[0].run.machine for of_machine in machines_parts]
    own_errors = {name: known_error(results, name) for name in names}
    aa_errors = {machine: own_error.error for machine, own_error in own_errors.items() if own_error}
    path = output or local_folder(results) / "report.html"
    folder = path.with_name(f"{path.stem}-data")
    with _uncollected():
        shown = cells_of_parts(parts, cells)
        if len(names) <= (MOST_WHOLE if most_whole is None else most_whole):
            page = whole_page(parts, shown, aa_errors, history, answer_first=first is not None)
            kept = set[str]()
        else:
            divided = divided_page(
                parts, shown, aa_errors, folder.name, history, answer_first=first is not None
            )
            page, kept = divided.html, _write_figures(folder, divided.files)
    write_file(path, partial(_put_text, page))
    _remove_others(folder, kept)
    return path


@contextmanager
def _uncollected() -> Iterator[None]:
    """Do without the collector: a page has many small objects, no circles, and takes 14 % longer with it."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _write_figures(folder: Path, files: Iterable[tuple[str, str]]) -> set[str]:
    """Write the files beside a page; return their names."""
    kept = set()
    for name, text in files:
        write_file(folder / name, partial(_put_text, text))
        kept.add(name)
    return kept


def _remove_others(folder: Path, kept: Collection[str]) -> None:
    """Remove what an earlier page left in its folder of figures, and nothing that is not of a page."""
    for path in folder.glob("*.js"):
        if _FIGURES_FILE.fullmatch(path.name) and path.name not in kept:
            write_file(path, Path.unlink)


def _put_text(text: str, path: Path) -> None:
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
    Build a static site for any web server: the report, with asv's pages of the history linked from it.

    Example: harness site --output public
    """
    from harness.asv.configuration import project_folder
    from harness.asv.site import HISTORY, REPORT, build

    folder = output or local_folder(results) / "site"
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
    out.print(f"site: {folder / REPORT}", soft_wrap=True)
    out.print(f"to look at it: python -m http.server --directory {folder}", soft_wrap=True)
