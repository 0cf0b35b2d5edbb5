"""What a name or a line of text may hold, whoever it comes from: a user, an error, a stranger's store."""

import os
from typing import TypeGuard

LONGEST_NAME = 200
"""Bytes; with an ending and the marks of a draft it still is the name of a file everywhere."""
LONGEST_LINE = 500
"""Characters of a reason."""


def is_plain(name: object) -> TypeGuard[str]:
    """
    Whether a name can be a file's or a folder's on every system, and can be printed.

    Parameters
    ----------
    name : object
        Said to be a machine's, a run's, an op's, a backend's or a dtype's.

    Returns
    -------
    bool
        False if it is no text, empty, hidden, too long, or has a separator or a character without a picture.
    """
    return (
        isinstance(name, str)
        and name.isprintable()
        and not set(name) & set('/\\:*?"<>|')
        and not name.startswith(".")
        and 0 < len(os.fsencode(name)) <= LONGEST_NAME
    )


def one_line(text: str) -> str:
    """
    Return any text as one line of bounded length that does nothing to a terminal.

    Parameters
    ----------
    text : str
        For instance what a library says in an error.

    Returns
    -------
    str
        The first line that says something; what cannot be printed is replaced.
    """
    first = (text.strip().splitlines() or [""])[0].strip()
    shown = printable(first[: LONGEST_LINE + 1])
    return shown if len(shown) <= LONGEST_LINE else shown[: LONGEST_LINE - 1] + "…"


def is_line(text: object) -> TypeGuard[str]:
    """
    Whether something is what `one_line` returns.

    Parameters
    ----------
    text : object
        Said to be a reason or a model's name.

    Returns
    -------
    bool
    """
    return isinstance(text, str) and one_line(text) == text


def printable(text: str) -> str:
    """
    Return a text with everything but its line breaks printable.

    Parameters
    ----------
    text : str
        For instance a message that quotes the name of a file.

    Returns
    -------
    str
    """
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
