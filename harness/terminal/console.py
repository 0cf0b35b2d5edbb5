"""Where the command line prints to, and how tables and files leave it."""

import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from harness.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

# What is printed comes from users, libraries and strangers' stores: a bracket in it is a bracket.
err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)
# Into a pipe or a file there is no width to keep to; 80 columns would fold the tables.
out = Console(highlight=False, width=None if sys.stdout.isatty() else 200, markup=False, emoji=False)


class Format(StrEnum):
    """How a table is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class JsonFormat(StrEnum):
    """How a report is printed."""

    TABLE = "table"
    JSON = "json"


class CellFormat(StrEnum):
    """How cells are printed, or written to a file."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


def show(*parts: "RenderableType") -> None:
    """Print tables and lines."""
    for part in parts:
        out.print(part)


def print_rows(table: "pd.DataFrame", form: Format, output: Path | None = None) -> None:
    """Print a table as text for another program, or write it to a file."""
    from harness.terminal.tables import flat_json

    text = flat_json(table) + "\n" if form is Format.JSON else table.to_csv(index=False)
    if output is None:
        sys.stdout.write(text)
    else:
        write_file(output, lambda path: path.write_text(text, encoding="utf-8"))


def write_file(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file, and its folder where it is missing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}); choose another place") from error
