"""What a name or a line may hold, whoever it comes from."""

import pytest

from harness.names import one_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\n\n first\nsecond", "first"),
        ("\x1b[2J\u202ex\t", "\N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER}x"),
        ("x" * 10_000, "x" * 499 + "…"),
        ("", ""),
    ],
)
def test_any_text_becomes_a_line_that_can_be_stored(text: str, line: str) -> None:
    assert one_line(text) == line
    assert one_line(line) == line
