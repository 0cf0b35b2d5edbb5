"""Commands that look after stores: check one, merge several, hand a run to other tools."""

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.options import Machine, Results, RunId
from harness.cli.selection import chosen_run
from harness.errors import CheckError, EmptyStoreError
from harness.export.tools import FORMATS, Tool
from harness.names import printable
from harness.store.address import place_of
from harness.terminal.console import err, out, write_file


def export(
    *,
    to: Annotated[Tool, typer.Option(help="The tool that is to read the file.")],
    output: Annotated[Path, typer.Option(help="The file to write.")],
    results: Results = Path("results"),
    machine: Machine = None,
    run: RunId = None,
) -> None:
    """
    Write the times of a run in another tool's JSON format; cells that are noisy or have no time are left out.

    Example: harness export --to pyperf --output run.json
    """
    import json

    from harness.export.selection import exported
    from harness.store.op_files import read_cells

    chosen = chosen_run(results, machine, run)
    cells = read_cells(chosen)
    kept = exported(cells)
    if not kept:
        raise EmptyStoreError(f"no cell of {chosen.id} is ok, so nothing is exported; see `harness cells`")
    text = json.dumps(FORMATS[to](chosen.facts, kept), indent=1, ensure_ascii=False) + "\n"
    write_file(output, lambda path: path.write_text(text, encoding="utf-8"))
    err.print(f"{len(kept)} of {len(cells)} cells: {output}", markup=False)


def check(
    results: Annotated[
        Path,
        typer.Argument(
            parser=place_of, metavar="[FOLDER|ADDRESS]", help="The results folder to check, or its address."
        ),
    ] = Path("results"),
) -> None:
    """
    Check whether a store, perhaps a stranger's, is whole, unchanged and possible.

    Example: harness check downloads/results
    """
    from harness.store.check import check as check_store

    inspection = check_store(results)
    for fault in inspection.faults:
        _say(f"wrong: {fault}")
    for doubt in inspection.unverified:
        _say(f"not verified: {doubt}")
    if inspection.faults:
        raise CheckError(f"{len(inspection.faults)} things are wrong with {results}; each is listed above")
    if not inspection.runs:
        raise EmptyStoreError(f"there are no runs in {results / 'runs'}; name a results folder")
    _say(f"{results}: {inspection.runs} runs with {inspection.cells} cells are as they were written")


def merge(
    sources: Annotated[
        list[Path],
        typer.Argument(
            parser=place_of,
            metavar="FOLDER|ADDRESS...",
            help="Results folders, or their addresses, whose runs are copied.",
        ),
    ],
    results: Annotated[
        Path,
        typer.Option(
            parser=place_of,
            metavar="FOLDER|ADDRESS",
            help="The results folder that is to have them all, or its address.",
        ),
    ] = Path("results"),
) -> None:
    """
    Copy into one store all the runs of others that it lacks.

    Example: harness merge laptop/results server/results --results results
    """
    from harness.store.merge import merge as merge_stores

    merged = merge_stores(sources, results)
    for folder in merged.copied:
        _say(f"copied: {folder}")
    _say(f"{results}: {len(merged.copied)} runs are new, {merged.present} were there already")


def _say(text: str) -> None:
    """Print a line that may quote the names of files."""
    out.print(printable(text), markup=False, soft_wrap=True)
