"""The tables of the answers, as a terminal shows them."""

from pathlib import Path

from harness.model import Span, Status
from tests.support.command_line import Harness
from tests.support.runs import MACHINE, scripted_cell, write_run


def test_tables_say_in_words_where_a_curve_stands(ask: Harness) -> None:
    printed = ask("crossover").out
    assert "against numpy; all of it is provisional: a quick run, or fewer than 4 rounds" in printed
    assert "abs  torch-cpu  faster from 161 elements on (161 to 161), 3.2 times at 1 Ki  " in printed
    assert "likewise" in printed
    assert "torch-cuda: skipped: Torch finds no cuda device" in printed


def test_the_speedup_table_has_a_row_per_size(ask: Harness) -> None:
    printed = ask("speedup", "--span", "call").out
    assert "abs, float32, call: speedup over numpy" in printed
    assert (
        "0.250× (0.248 to 0.252) slower" not in printed
    )  # the scripted rounds are tied: no spread in the ratio
    assert "0.250× (0.250 to 0.250) slower" in printed


def test_what_a_speedup_rests_on_stands_with_it(call: Harness, tmp_path: Path) -> None:
    cells = [
        scripted_cell(backend, n, seconds, status=Status.NOISY if n == 16 else Status.OK)
        for backend, times in (
            ("numpy", ([1.0, 1.0], [1.0, 1.0], [1.0, 1.0])),
            ("torch-cpu", ([0.5, 0.5], [0.5, 2.0], [0.5])),
        )
        for n, seconds in zip((16, 64, 256), times, strict=True)
    ]
    write_run(tmp_path, cells)
    printed = call("speedup", "--results", tmp_path, "--machine", MACHINE).out
    assert "2.00× (2.00 to 2.00) faster noisy provisional" in printed
    assert "unsure provisional" not in printed
    assert "unsure" in printed


def test_the_fastest_backend_of_an_op_stands_first_and_the_ops_are_told_once(
    call: Harness, tmp_path: Path
) -> None:
    times = {"numpy": 1.0, "torch-cpu-1t": 0.5, "torch-cpu": 0.25}
    cells = [
        scripted_cell(backend, n, [seconds] * 4, op=op, span=span)
        for op in ("abs", "sin")
        for span, slow in ((Span.CALL, 1.0), (Span.ROUND_TRIP, 3.0))
        for backend, seconds in ((name, t * (slow if name != "numpy" else 1)) for name, t in times.items())
        for n in (16, 64)
    ]
    write_run(tmp_path, cells)
    lines = call("crossover", "--results", tmp_path, "--machine", MACHINE).out.splitlines()[2:6]
    assert [line.split()[:2] for line in lines] == [
        ["abs", "torch-cpu"],
        ["torch-cpu-1t", "faster"],
        ["sin", "torch-cpu"],
        ["torch-cpu-1t", "faster"],
    ]
    assert "faster at every size, 4.0 times" in lines[0]
    assert "slower at every size, 0.67 times as fast" in lines[1]


def test_what_is_undecided_comes_with_the_command_that_would_decide_it(call: Harness, tmp_path: Path) -> None:
    cells = [
        scripted_cell(backend, n, seconds)
        for backend, n, seconds in (
            ("numpy", 16, [1.0] * 4),
            ("torch-cpu", 16, [0.5] * 4),
            ("numpy", 64, [1.0] * 4),
            ("torch-cpu", 64, [0.4, 0.9, 1.1, 2.0]),
        )
    ]
    write_run(tmp_path, cells)
    printed = call("crossover", "--results", tmp_path, "--machine", MACHINE).out
    assert "faster, 2.0 times, at every size but 64, where it is undecided (" in printed
    command = "harness run --op abs --backend torch-cpu --min-size 64 --max-size 64 --rounds 20"
    assert f"to decide what is undecided: {command}" in printed
