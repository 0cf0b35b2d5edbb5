"""The command that begins a project."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from harness.terminal.console import err, out


def init(
    folder: Annotated[Path, typer.Argument(help="Where to; made if it is not there.")] = Path(),
    *,
    asv: Annotated[
        bool, typer.Option("--asv", help="A suite of several ops, with asv's history over commits.")
    ] = False,
) -> None:
    """
    Write a project that can be run as it is: a file that measures a function, or with --asv a suite.

    Nothing that is there is written over.

    Example: harness init norms --asv
    """
    from harness.asv.new_project import IGNORED, repository_of, single_file, suite, write_project

    files = suite(folder) if asv else single_file()
    written = write_project(folder, files)
    for name in written:
        out.print(f"wrote: {folder / name}", markup=False, soft_wrap=True)
    if IGNORED not in written:
        err.print(f"{folder / IGNORED} was there and stays as it is; let it have:", markup=False)
        err.print(files[IGNORED].strip(), markup=False)
    steps = [] if folder == Path() else [f"cd {shlex.quote(str(folder))}"]
    steps.append("harness run --quick" if asv else "python measure.py")
    out.print(f"next: {' && '.join(steps)}", markup=False, soft_wrap=True)
    if asv:
        begin = "" if repository_of(folder) else "git init && "
        commit = "git add -A . && git commit -m begin && asv run --quick"
        out.print(f"then, with a history: {begin}{commit}", markup=False, soft_wrap=True)
