"""What commands do where ``--results`` is an address: what lies here instead, and what is put there."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import RemoteError
from harness.store.address import Address
from harness.terminal.console import out

if TYPE_CHECKING:
    from harness.store.runs import Run


def local_folder(results: Path) -> Path:
    """Return the folder for what is no run, such as the page: the store, or the project's of an address."""
    from harness.asv.configuration import configured_folder

    if not isinstance(results, Address):
        return results
    project = configured_folder(Path.cwd())
    return Path("results") if project in (None, Path.cwd()) else project / "results"


def put_there(runs: Iterable["Run"], results: Path) -> None:
    """Put runs that were measured here to an address; of one that cannot be put, say where it lies."""
    from harness.store.merge import put

    if not isinstance(results, Address):
        return
    for run in runs:
        try:
            out.print(f"put: {put(run, results)}", markup=False, soft_wrap=True)
        except RemoteError as error:
            raise RemoteError(
                f"{error}; nothing is lost: the run lies in {run.folder}, and "
                f"`harness merge {local_folder(results)} --results {results}` puts it there"
            ) from None
