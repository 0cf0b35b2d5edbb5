"""Where temporary files can lie on this computer: for a while, in a short path, or kept for later."""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from harness.errors import MeasureError

LONGEST_SOCKET = 103
"""Bytes of the longest path that a socket can have on macOS; on Linux it is 107."""


def temporary_folder() -> "tempfile.TemporaryDirectory[str]":
    """Return a new folder, which is removed when this lets go of it."""
    with _said():
        return tempfile.TemporaryDirectory(prefix="harness-", ignore_cleanup_errors=True)


def folder_for_sockets(room: int) -> str | None:
    """Return where temporary files lie, or may else, if a path of so many bytes below can be a socket's."""
    with _said():
        usual = tempfile.gettempdir()
    for folder in (usual, "/tmp", "/var/tmp"):  # noqa: S108 - a folder of its own is made in it
        if len(os.fsencode(folder)) + room <= LONGEST_SOCKET and os.access(folder, os.W_OK | os.X_OK):
            return folder
    return None


def kept_folder(name: str) -> str | None:
    """Return a folder that the next process finds again; None if somebody else has one of that name."""
    owner = os.getuid() if hasattr(os, "getuid") else 0  # on Windows everybody has temporary files of his own
    with suppress(OSError):
        folder = Path(tempfile.gettempdir(), f"{name}-{owner}")
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == owner:
            return str(folder)
    return None


@contextmanager
def _said() -> Iterator[None]:
    """Raise `MeasureError` where no temporary file can be written."""
    try:
        yield
    except OSError as error:
        raise MeasureError(
            f"no temporary file can be written ({error.strerror}); set TMPDIR to a folder that can"
        ) from error
