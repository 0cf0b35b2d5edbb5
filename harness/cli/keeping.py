"""Commands that look after stores: check one, merge several."""

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.console import out
from harness.errors import CheckError, EmptyStoreError
from harness.names import printable


def check(
    results: Annotated[Path, typer.Argument(help="The results folder to check.")] = Path("results"),
) -> None:
    """
    Check whether a store, perhaps a stranger's, is whole, unchanged and possible.

    Example: harness check downloads/results
    """
    from harness.checking import check as check_store
    from harness.plausible import above_ceiling

    report = check_store(results, above_ceiling)
    for fault in report.faults:
        _say(f"wrong: {fault}")
    for doubt in report.unverified:
        _say(f"not verified: {doubt}")
    if report.faults:
        raise CheckError(f"{len(report.faults)} things are wrong with {results}; each is listed above")
    if not report.runs:
        raise EmptyStoreError(f"there are no runs in {results / 'runs'}; name a results folder")
    _say(f"{results}: {report.runs} runs with {report.cells} cells are as they were written")


def merge(
    sources: Annotated[list[Path], typer.Argument(help="Results folders whose runs are copied.")],
    results: Annotated[Path, typer.Option(help="The results folder that is to have them all.")] = Path(
        "results"
    ),
) -> None:
    """
    Copy into one store all the runs of others that it lacks.

    Example: harness merge laptop/results server/results --results results
    """
    from harness.merging import merge as merge_stores

    merged = merge_stores(sources, results)
    for folder in merged.copied:
        _say(f"copied: {folder}")
    _say(f"{results}: {len(merged.copied)} runs are new, {merged.present} were there already")


def _say(text: str) -> None:
    """Print a line that may quote the names of files."""
    out.print(printable(text), markup=False, soft_wrap=True)
