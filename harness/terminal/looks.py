"""How every table looks: no lines between its columns, long texts folded, verdicts in colour."""

from collections.abc import Mapping
from typing import Literal

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

VERDICT_STYLES: Mapping[str, str] = {"faster": "green", "slower": "red", "same": "default", "unsure": "dim"}


def plain_table(title: str, *columns: str, justify: Literal["left", "right"] = "right") -> Table:
    """Return an empty table with these columns."""
    told = Text(title, style="table.title") if title else None  # a name in it may look like markup
    table = Table(title=told, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, justify=justify, overflow="fold")
    return table


def name_text(name: str, room: int = 40) -> Text:
    """Return a name, which may be anything, in so many columns; an ellipsis stands in its middle."""
    kept, shown = len(name), name
    while cell_len(shown) > room:
        kept -= 1
        shown = f"{name[: (kept + 1) // 2]}…{name[len(name) - kept // 2 :]}"
    return Text(shown)
