"""What a terminal is given that cannot show every sign."""

import io
import os
import sys

import pytest
from rich.console import Console

from harness.terminal.console import show_any_sign


@pytest.mark.parametrize(
    ("encoding", "text", "shown"),
    [
        ("ascii", "1.06× (1.02 to 1.10), 3 µs, –", b"1.06x (1.02 to 1.10), 3 us, -"),
        ("ascii", "pröj ★", b"pr?j ?"),
        ("cp1252", "1.06×, ∞", "1.06×, inf".encode("cp1252")),
        ("utf-8", "1.06×, ∞", "1.06×, ∞".encode()),
        ("utf-8", os.fsdecode(b"caf\xe9"), b"caf\xe9"),
        ("ascii", "pröj".encode().decode("ascii", "surrogateescape"), "pröj".encode()),
    ],
)
def test_a_sign_that_it_lacks_is_shown_as_letters(
    monkeypatch: pytest.MonkeyPatch, encoding: str, text: str, shown: bytes
) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding, newline=""))
    show_any_sign()
    Console(highlight=False, width=80).print(text, end="")
    sys.stdout.flush()
    assert written.getvalue() == shown
