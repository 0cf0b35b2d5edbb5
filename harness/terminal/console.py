"""Where the command line prints to, and how files leave it."""

import codecs
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from harness.errors import UsageError

if TYPE_CHECKING:
    from rich.console import RenderableType

# What is printed comes from users, libraries and strangers' stores: a bracket in it is a bracket.
err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)
# Into a pipe or a file there is no width to keep to; 80 columns would fold the tables.
out = Console(highlight=False, width=None if sys.stdout.isatty() else 200, markup=False, emoji=False)
_LETTERS = {"×": "x", "µ": "u", "–": "-", "±": "+-", "…": "...", "∞": "inf", "÷": "/"}
_BYTES = range(0xDC80, 0xDD00)
"""What Python makes of the bytes of a file's name that are not text."""


def show_any_sign() -> None:
    """Let a sign that the encoding of an output lacks, as in the locale C, be printed as letters."""
    codecs.register_error("letters", _lettered)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="letters")


def _lettered(error: UnicodeError) -> tuple[str | bytes, int]:
    """Return what is printed in place of the first sign that cannot be, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    sign, after = error.object[error.start], error.start + 1
    if ord(sign) in _BYTES:
        return bytes([ord(sign) - 0xDC00]), after
    return _LETTERS.get(sign, "?"), after


def show(*parts: "RenderableType") -> None:
    """Print tables and lines."""
    for part in parts:
        out.print(part)


def write_file(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file, and its folder where it is missing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}); choose another place") from error
