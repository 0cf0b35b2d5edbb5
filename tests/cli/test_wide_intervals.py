"""What is printed of rounds that differ by powers of ten: no digits that say nothing, wherever it stands."""

import json
import re
from pathlib import Path
from typing import NoReturn

import pytest

from harness.functions.display import bundle
from harness.functions.forms import for_a_terminal, markdown
from harness.terminal.console import out
from tests.support.command_line import Harness
from tests.support.results import scripted_result
from tests.support.runs import MACHINE, scripted_cell, write_run

TIMES = {
    16: ([1e-6, 1.02e-6], [4e-6, 120e-6]),  # no useful interval
    64: ([1e-6, 1e-6], [2e-5, 3e-5]),
    256: ([1e-3, 1e-3], [2e-8, 9e-8]),  # at least 60
    1024: ([1e-8, 1e-8], [1e-3, 9e-3]),
}
_SENSELESS = re.compile(r"\d{8}|\d( \d{3}){3}|0\.0{5}|∞[×)]|to ∞|nan|inf\b|Infinity")
"""Digits that nobody reads, and what is no figure."""


@pytest.fixture
def ask(call: Harness, tmp_path: Path) -> Harness:
    """Return a function that asks two runs of two rounds that differ by powers of ten."""
    for run, more in (("20260101T000000Z-000000", 1.0), ("20260101T000001Z-000000", 1e5)):
        cells = [
            scripted_cell(backend, n, [times[0], times[1] * (more if backend != "numpy" else 1)])
            for n, both in TIMES.items()
            for backend, times in zip(("numpy", "torch-cpu"), both, strict=True)
        ]
        write_run(tmp_path, cells, run=run)
    return lambda command, *words: call(command, *words, "--results", tmp_path)


@pytest.mark.parametrize("command", ["speedup", "crossover", "cells"])
def test_a_table_has_no_figures_without_sense(ask: Harness, command: str) -> None:
    answer = ask(command, "--machine", MACHINE, "--run", "20260101T000000Z-000000")
    assert answer.code == 0
    assert not senseless(answer.out)
    told = {
        "speedup": ("(no useful interval) unsure", "only 2 rounds, which differ by 29.4×", "(at least "),
        "crossover": ("undecided up to 64 (at 64 only 2 rounds)",),
        "cells": ("no useful interval: 2 rounds",),
    }
    assert all(text in " ".join(answer.out.split()) for text in told[command])


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_a_comparison_has_no_figures_without_sense(ask: Harness, form: str) -> None:
    answer = ask("compare", "20260101T000000Z-000000", "20260101T000001Z-000000", "--format", form)
    assert answer.code == 0
    assert not senseless(answer.out)


@pytest.mark.parametrize("command", ["speedup", "crossover", "cells"])
def test_json_keeps_the_numbers(ask: Harness, command: str) -> None:
    answer = ask(command, "--machine", MACHINE, "--run", "20260101T000000Z-000000", "--format", "json")
    rows = json.loads(answer.out, parse_constant=refuse)
    if command == "speedup":
        ends = {row["n"]: (row["low"], row["high"]) for row in rows}
        assert ends[16][1] > 10_000 * ends[16][0] > 0


def test_the_page_has_no_figures_without_sense(ask: Harness, tmp_path: Path) -> None:
    ask("report", "--machine", MACHINE, "--output", tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text("utf-8")
    read = re.sub(r"<(script|style|svg).*?</\1>|<[^>]*>", "", page, flags=re.DOTALL)
    assert "no useful interval" in read
    assert not senseless(read)


def test_a_result_has_no_figures_without_sense(tmp_path: Path) -> None:
    cells = [
        scripted_cell(backend, n, times, op="norm")
        for n, both in TIMES.items()
        for backend, times in zip(("numpy", "torch-cpu"), both, strict=True)
    ]
    result = scripted_result(tmp_path, cells)
    forms = bundle(result)
    forms["text/html"] = re.sub(r"<(style|svg).*?</\1>|<[^>]*>", "", forms["text/html"], flags=re.DOTALL)
    with out.capture() as shown:
        out.print(*for_a_terminal(result, 200))
    points = [str(result.speedup("torch-cpu", n)) for n in TIMES]
    for text in (*forms.values(), markdown(result), shown.get(), *points):
        assert not senseless(text)
    assert points[0].startswith("0.0461 (no useful interval) unsure")
    assert points[2].split(")")[0].startswith("23 600 (at least ")


def senseless(text: str) -> "re.Match[str] | None":
    """Find figures without sense in a text that may have the names of runs in it."""
    return _SENSELESS.search(re.sub(r"\d{8}T\d{6}Z-\d{6}", "", text))


def refuse(constant: str) -> NoReturn:
    raise AssertionError(constant)
