"""The tables of the answers, as a terminal shows them."""

from pathlib import Path

from harness.model import Status
from tests.support.command_line import Harness
from tests.support.runs import MACHINE, scripted_cell, write_run


def test_tables_say_in_words_where_a_curve_stands(ask: Harness) -> None:
    printed = ask("crossover").out
    assert "faster than numpy above" in printed
    assert "0.250× at 16" in printed
    assert "torch-cuda: skipped: Torch finds no cuda device" in printed


def test_the_speedup_table_has_a_row_per_size(ask: Harness) -> None:
    printed = ask("speedup", "--span", "call").out
    assert "abs, float32, call: speedup over numpy" in printed
    assert (
        "0.250× (0.248 to 0.252) slower" not in printed
    )  # the scripted rounds are tied: no spread in the ratio
    assert "0.250× (0.250 to 0.250) slower" in printed


def test_a_noisy_end_of_a_curve_is_shown_as_such(call: Harness, tmp_path: Path) -> None:
    cells = [
        scripted_cell(backend, n, [1.0, 1.0], status=Status.NOISY if n == 16 else Status.OK)
        for backend in ("numpy", "torch-cpu")
        for n in (16, 64)
    ]
    write_run(tmp_path, cells)
    printed = call("crossover", "--results", tmp_path, "--machine", MACHINE).out
    assert "1.00× at 16 noisy" in printed
    assert "1.00× at 64 noisy" not in printed
