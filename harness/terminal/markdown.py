"""Tables and texts in GitHub's Markdown, in which no name can act as markup."""

import re
from collections.abc import Iterable, Sequence


def pipes(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table in Markdown."""
    lines = [heads, ["---"] * len(heads), *([escaped(text) for text in row] for row in rows)]
    return ["| " + " | ".join(line) + " |" for line in lines]


def escaped(text: str) -> str:
    """Return a text in which nothing is markup, a mention or the end of a cell."""
    flat = " ".join(text.split())
    marked = re.sub(r"([\\`*_{}\[\]#|~!$])", r"\\\1", flat)
    return marked.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "&#64;")
