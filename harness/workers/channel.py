"""Values through a pipe, each whole or not at all: its length goes before it."""

import os
import pickle
import struct
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, Any

_LENGTH = struct.Struct("=Q")


def send(value: object, file: IO[bytes]) -> None:
    """Put a value into a pipe."""
    content = pickle.dumps(value)
    file.write(_LENGTH.pack(len(content)) + content)
    file.flush()


def receive(file: IO[bytes]) -> Any:  # noqa: ANN401 - whatever the other end sends
    """Return the next value; `EOFError` where the other end has closed, be it in the middle of one."""
    return pickle.loads(_frame(file))  # noqa: S301 - from a process that we started, or that started us


def forward(read: int, file: IO[bytes]) -> None:
    """Pass on every whole value that comes out of a pipe, until all its other ends are closed."""
    with os.fdopen(read, "rb") as source:
        for content in _frames(source):
            file.write(_LENGTH.pack(len(content)) + content)
            file.flush()


def _frames(file: IO[bytes]) -> Iterator[bytes]:
    with suppress(EOFError):
        while True:
            yield _frame(file)


def _frame(file: IO[bytes]) -> bytes:
    """Return the bytes of the next value."""
    head = file.read(_LENGTH.size)
    length = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else 0
    content = file.read(length)
    if not head or len(content) < length or len(head) < _LENGTH.size:
        raise EOFError
    return content
