"""The command that builds the site for a web server."""

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.console import err, out
from harness.cli.options import Results
from harness.cli.reporting import write_report


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
    from harness.asv.site import HISTORY, build
    from harness.run import project_folder

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
