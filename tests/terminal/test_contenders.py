"""The tables of contenders in a terminal: side by side where there is room, else one below the other."""

from pathlib import Path

import pytest
from rich.console import Console

import harness
from harness.model import WAITED_FOR
from harness.store.frame import frame
from harness.terminal.contenders import as_tables, contender_tables
from tests.support.runs import scripted_cell, write_run


def drawn(results: Path, width: int) -> list[list[str]]:
    """Return the lines of each table, of a contender whose round trip takes longer than its call."""
    cells = [
        scripted_cell(backend, n, [seconds * by * (1 + trip) for by in (0.999, 1.0, 1.001)], span=span)
        for trip, span in enumerate(WAITED_FOR)
        for n in (16, 64)
        for backend, seconds in (("numpy", 1e-6), ("torch-cpu", 2e-6))
    ]
    run = write_run(results, cells)
    cells_of_run = frame([run])
    (table,) = contender_tables(harness.speedup(cells_of_run), cells_of_run)
    console = Console(width=width, record=True, color_system=None)
    lines = []
    for part in as_tables(table, width):
        with console.capture() as shown:
            console.print(part)
        lines.append([" ".join(line.split()) for line in shown.get().splitlines()])
    return lines


@pytest.mark.parametrize(("width", "tables"), [(200, 1), (80, 2)])
def test_no_line_of_a_table_is_folded_if_its_spans_have_room_one_below_the_other(
    tmp_path: Path, width: int, tables: int
) -> None:
    lines = drawn(tmp_path, width)
    assert [len(table) for table in lines] == [4, 4][:tables]
    assert lines[0][0] == "torch-cpu against numpy"
    assert "16 1.00 µs 2.00 µs 0.500× (0.500 to 0.500) slower provisional" in lines[0][2]
    assert "2.00 µs 4.00 µs 0.500×" in lines[-1][-2]
    assert lines[-1][0] == (
        "torch-cpu against numpy" if tables == 1 else "torch-cpu against numpy, from and to NumPy"
    )
    assert lines[-1][-1].startswith("64 ")
