"""The forms in which an answer is printed, and its rows as text for another program."""

import csv
import io
import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.terminal.console import show, write_file
from harness.terminal.markdown import document

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

Row = Mapping[str, Any]


class Format(StrEnum):
    """In what form an answer is printed or written; each command offers some of them."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"
    MARKDOWN = "markdown"


FOR_PEOPLE = (Format.TABLE, Format.MARKDOWN)
"""The forms of tables and lines, in which figures have units."""


def print_parts(parts: "Iterable[RenderableType]", form: Format, output: Path | None = None) -> None:
    """Print tables and lines for a terminal, or as Markdown, which may be written to a file."""
    if form is Format.MARKDOWN:
        _put(document(parts), output)
    else:
        show(*parts)


def print_frame(table: "pd.DataFrame", form: Format, output: Path | None = None) -> None:
    """Print a data frame as JSON or CSV, or write it to a file."""
    print_rows(list(table.columns), flat_rows(table), form, output)


def print_rows(columns: Iterable[str], rows: Iterable[Row], form: Format, output: Path | None = None) -> None:
    """Print rows as JSON or CSV, or write them to a file; what is unknown is null, or empty."""
    _put(json_lines(rows) if form is Format.JSON else _csv(columns, rows), output)


def _put(text: str, output: Path | None) -> None:
    """Print a text, or write it to a file."""
    if output is None:
        sys.stdout.write(text)
    else:
        write_file(output, lambda path: path.write_text(text, encoding="utf-8"))


def flat_rows(table: "pd.DataFrame") -> Iterator[Row]:
    """Yield the rows of a table as flat objects in which None stands for what is unknown, or has no end."""
    for row in table.to_dict(orient="records"):
        yield {
            str(name): None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in row.items()
        }


def json_lines(rows: Iterable[Row]) -> str:
    """Return rows as a JSON list with an object per line."""
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]\n"


def _csv(columns: Iterable[str], rows: Iterable[Row]) -> str:
    """Return rows under a line with the names of the columns."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
