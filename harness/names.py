"""What names and lines of text may hold, whoever they are from: a user, an error, a store; their order."""

import os
import re
from typing import TypeGuard

LONGEST_NAME = 200
"""Bytes; with an ending and the marks of a draft it still is the name of a file everywhere."""
LONGEST_LINE = 500
"""Characters of a reason."""


def is_plain(name: object) -> TypeGuard[str]:
    """
    Return whether a name can be a file's or a folder's on every system, and can be printed.

    No separator, nothing without a picture, not hidden: of a machine, a run, an op, a backend or a dtype.
    """
    return (
        isinstance(name, str)
        and name.isprintable()
        and not set(name) & set('/\\:*?"<>|')
        and not name.startswith(".")
        and 0 < len(os.fsencode(name)) <= LONGEST_NAME
    )


def is_label(text: object) -> TypeGuard[str]:
    """Return whether a backend can be called so: a colon is in the name of one device of several."""
    return isinstance(text, str) and is_plain(text.replace(":", ""))


def one_line(text: str) -> str:
    """Return the first line of a text that says something, at most `LONGEST_LINE` long and `printable`."""
    first = (text.strip().splitlines() or [""])[0].strip()
    shown = printable(first[: LONGEST_LINE + 1])
    return shown if len(shown) <= LONGEST_LINE else shown[: LONGEST_LINE - 1] + "…"


def is_line(text: object) -> TypeGuard[str]:
    """Return whether something, said to be a reason or a model's name, is what `one_line` returns."""
    return isinstance(text, str) and one_line(text) == text


def printable(text: str) -> str:
    """Return a text, such as one that quotes the name of a file, with all but its line breaks printable."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def in_order(name: str) -> list[tuple[int, str]]:
    """Return what puts node10 after node9."""
    parts = re.split(r"(\d+)", name)
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts]
