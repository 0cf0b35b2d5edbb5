"""Tables and texts in GitHub's Markdown, in which no name can act as markup."""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType


def document(parts: "Iterable[RenderableType]") -> str:
    """Return the tables and lines of a terminal, a blank line between any two."""
    return "\n\n".join(filter(None, map(_block, parts))) + "\n"


def pipes(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table in Markdown."""
    lines = [heads, *rows]
    texts = ["| " + " | ".join(map(escaped, line)) + " |" for line in lines]
    return [texts[0], "|" + " --- |" * len(heads), *texts[1:]]


def escaped(text: str) -> str:
    """Return a text in which nothing is markup, a mention or the end of a cell."""
    flat = " ".join(text.split())
    marked = re.sub(r"([\\`*_{}\[\]#|~!$])", r"\\\1", flat)
    return marked.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "&#64;")


def _block(part: "RenderableType") -> str:
    """Return a table under its title, or a line."""
    from rich.table import Table

    if not isinstance(part, Table):
        return escaped(_plain(part))
    heads = [_plain(column.header) for column in part.columns]
    rows = zip(*(map(_plain, column.cells) for column in part.columns), strict=True)
    title = [f"{escaped(_plain(part.title))}:", ""] if part.title else []
    return "\n".join([*title, *pipes(heads, rows)])


def _plain(text: "RenderableType") -> str:
    """Return what a terminal shows in colours as a line without any."""
    from rich.text import Text

    return (text.plain if isinstance(text, Text) else str(text)).replace("\n", "; ")
