"""Where a measurement is kept: in the store that was asked for, or here if its address fails at the end."""

from pathlib import Path

from harness.errors import RemoteError
from harness.functions.result import Result

_HERE = Path("results")


def keep(result: Result, results: str | Path) -> Path:
    """Put a measurement into a store and return its folder; what cannot be put to an address stays here."""
    try:
        return result.save(results)
    except RemoteError as error:
        folder = result.save(_HERE)
        raise RemoteError(
            f"{error}; nothing is lost: the run lies in {folder}, and "
            f"`harness merge {_HERE} --results {results}` puts it there"
        ) from None
