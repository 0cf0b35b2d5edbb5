"""A store in memory, which fsspec reaches like one that is far away."""

from collections.abc import Iterator

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

STORE = "memory://bucket/results"
SECRET = "wJalrXUtnFEMI"  # noqa: S105 - of nobody
"""What no message may have, whatever an error says."""


@pytest.fixture
def memory() -> Iterator[MemoryFileSystem]:
    """Give a test an empty store in memory."""
    files = fsspec.filesystem("memory")
    files.store.clear()
    files.pseudo_dirs[:] = [""]
    yield files
    files.store.clear()
