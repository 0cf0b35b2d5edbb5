"""Laws on the command line."""

import json
from pathlib import Path

from harness.model import Span
from tests.support.command_line import Harness
from tests.support.runs import scripted_cell, write_run

SIZES = tuple(4**power for power in range(2, 10))


def store(results: Path) -> None:
    """Write a run in which NumPy's calls follow a law with a knee, and Torch's follow none."""
    cells = [
        scripted_cell(backend, n, [seconds] * 4, span=Span.CALL, op="abs")
        for n in SIZES
        for backend, seconds in (
            ("numpy", 2e-7 + 1e-9 * min(n, 4**6) + 4e-9 * max(n - 4**6, 0)),
            ("torch-cpu", 1e-6 * (1 + 3 * (n > 100) + 12 * (n > 1000) + 48 * (n > 10000))),
        )
    ]
    write_run(results, cells)


def test_a_law_is_a_formula_with_its_error(ask: Harness, results: Path) -> None:
    store(results)
    out = ask("laws", "--op", "abs").out
    assert "200 ns + 1.00 ns × n; from 4 100 on 4.00 ns" in out
    assert "numpy: a call takes 200 ns before it does anything" in out
    assert "1 of 2 curves follow a law." in out
    assert "torch-cpu" not in out


def test_a_program_is_given_every_curve(ask: Harness, results: Path) -> None:
    store(results)
    rows = json.loads(ask("laws", "--format", "json").out)
    assert {row["backend"]: row["told"] for row in rows} == {"numpy": True, "torch-cpu": False}
    assert json.loads(ask("laws", "--backend", "numpy", "--format", "json").out) == [rows[0]]


def test_too_few_sizes_are_told_in_a_sentence(ask: Harness, results: Path) -> None:
    write_run(results, [scripted_cell("numpy", n, [1e-6] * 4, op="abs") for n in SIZES[:5]])
    answer = ask("laws")
    assert answer.code == 2
    assert "no curve has the 6 sizes that a law needs" in answer.err
