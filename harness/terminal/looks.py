"""How every table looks: no lines between its columns, long texts folded, verdicts in colour."""

from collections.abc import Mapping
from typing import Literal

from rich.table import Table

VERDICT_STYLES: Mapping[str, str] = {"faster": "green", "slower": "red", "same": "default", "unsure": "dim"}


def plain_table(title: str, *columns: str, justify: Literal["left", "right"] = "right") -> Table:
    """Return an empty table with these columns."""
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, justify=justify, overflow="fold")
    return table
