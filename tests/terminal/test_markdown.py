"""Tables and lines of a terminal as GitHub's Markdown."""

from rich.text import Text

from harness.terminal.looks import plain_table
from harness.terminal.markdown import document


def test_tables_and_lines_of_a_terminal_are_blocks_in_which_nothing_is_markup() -> None:
    table = plain_table("of x|y", "n", "a|b")
    table.add_row("16", Text("2.00× faster\nwhile *others* wait"))
    assert document([table, Text(), Text("<b> and @someone")]) == (
        "of x\\|y:\n\n| n | a\\|b |\n| --- | --- |\n| 16 | 2.00× faster; while \\*others\\* wait |\n\n"
        "&lt;b&gt; and &#64;someone\n"
    )
