"""Where the command line prints to, and how files leave it."""

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
