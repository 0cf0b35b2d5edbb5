"""The commands that answer from a store: what they print, write and refuse."""

import json
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from random import Random

import pandas as pd
import pytest

import harness
from harness.answers.crossover import COLUMNS as CROSSOVER_COLUMNS
from harness.answers.speedup import COLUMNS as SPEEDUP_COLUMNS
from harness.store.frame import COLUMNS, FRAME_COLUMNS
from harness.store.runs import write_facts
from harness.validation.battery import keep
from tests.support.ceilings import STORED
from tests.support.command_line import Harness
from tests.support.runs import MACHINE, OWN_ERROR, scripted_cell, write_run


@pytest.mark.parametrize(
    ("command", "columns"),
    [("cells", COLUMNS), ("speedup", SPEEDUP_COLUMNS), ("crossover", CROSSOVER_COLUMNS)],
)
def test_json_is_a_list_of_flat_objects_and_csv_is_the_same(
    ask: Harness, command: str, columns: list[str]
) -> None:
    rows = json.loads(ask(command, "--format", "json").out)
    lines = ask(command, "--format", "csv").out.splitlines()
    assert [list(row) for row in rows] == [list(columns)] * len(rows)
    assert lines[0] == ",".join(columns)
    assert len(lines) == len(rows) + 1


def test_unknown_figures_are_null(ask: Harness) -> None:
    rows = json.loads(ask("cells", "--backend", "torch-cuda", "--format", "json").out)
    assert {row["seconds"] for row in rows} == {None}
    assert {row["reason"] for row in rows} == {"Torch finds no cuda device"}


def test_the_python_functions_answer_the_same(ask: Harness, results: Path) -> None:
    row = json.loads(ask("speedup", "--format", "json", "--backend", "torch-cpu").out)[0]
    frame = harness.speedup(harness.load(results))
    assert row["speedup"] == frame[frame["backend"] == "torch-cpu"]["speedup"].iloc[0]


def test_parquet_goes_to_a_file(ask: Harness, results: Path) -> None:
    target = results / "out" / "cells.parquet"
    ask("cells", "--format", "parquet", "--output", target)
    assert list(pd.read_parquet(target).columns) == list(FRAME_COLUMNS)


def test_cells_can_be_written_as_json(ask: Harness, results: Path) -> None:
    target = results / "cells.json"
    assert ask("cells", "--format", "json", "--output", target).out == ""
    assert len(json.loads(target.read_text())) == 24


def test_rates_and_the_share_of_the_ceiling_are_told_unscaled_to_programs_and_scaled_to_people(
    call: Harness, tmp_path: Path
) -> None:
    cell = replace(scripted_cell("numpy", 16, [2e-5]), moved=1e6, flop=2e6)
    run = write_run(tmp_path, [cell])
    write_facts(run.folder, {**run.facts, "ceilings": [STORED]})
    where = ("--results", tmp_path, "--machine", MACHINE)
    (row,) = json.loads(call("cells", *where, "--format", "json").out)
    rates, device = list(row)[18:21], list(row)[21:]
    assert rates == ["bytes_per_second", "flop_per_second", "ceiling_share"]
    assert device == ["floor", "first", "enqueue", "throttled"]
    assert row["bytes_per_second"] == pytest.approx(5e10)
    assert row["flop_per_second"] == pytest.approx(1e11)
    assert row["ceiling_share"] == pytest.approx(2 / 3)
    printed = call("cells", *where).out
    for text in ("50.0 GB/s", "100 GFLOP/s", "67 %"):
        assert text in printed
    target = tmp_path / "cells.md"
    assert call("cells", *where, "--format", "markdown", "--output", target).out == ""
    assert "| 50.0 GB/s | 100 GFLOP/s | 67 % | ok |" in target.read_text("utf-8")


def test_why_there_is_no_rate_and_no_share_of_a_ceiling_is_said_beside_every_format(
    call: Harness, tmp_path: Path
) -> None:
    counted = [
        replace(scripted_cell(name, 16, [2e-5], op="mm"), moved=1e6) for name in ("numpy", "torch-cpu")
    ]
    run = write_run(tmp_path, [*counted, scripted_cell("numpy", 16, [2e-5])])
    where = ("cells", "--results", tmp_path, "--machine", MACHINE)
    rates = "abs: no rates: nobody has said what a call moves and computes"
    ceilings = f"no ceilings were measured with {run.id}; measure with `harness run`"
    for form in ("table", "markdown"):
        printed = call(*where, "--format", form).out.replace("\\", "")
        assert rates in printed
        assert ceilings in printed
    for form in ("json", "csv"):
        assert [line[:20] for line in call(*where, "--format", form).err.splitlines()] == [
            *(rates[:20], ceilings[:20])
        ]
    write_facts(run.folder, {**run.facts, "ceilings": [STORED], "without_ceilings": {"cuda": "too hot"}})
    assert call(*where, "--op", "mm", "--format", "csv").err == "cuda: no ceilings: too hot\n"


@pytest.mark.parametrize("command", ["speedup", "crossover", "cells"])
def test_markdown_has_the_rows_and_the_notes_of_the_table(ask: Harness, command: str) -> None:
    words = " ".join(ask(command).out.split())
    lines = ask(command, "--format", "markdown").out.splitlines()
    rows = [line for line in lines if line.startswith("| ")]
    assert len({line.count(" | ") for line in rows}) == 1
    texts = [text for line in lines for text in line.strip("|").split(" | ") if "---" not in text]
    for text in texts:
        assert all(word in words for word in text.replace("\\", "").rstrip(":").replace("; ", " ").split())


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["speedup", "--op", "tan"], 3, "no op is called 'tan'; there are: abs"),
        (["speedup", "--backend", "torch-gpu"], 3, "no backend is called 'torch-gpu'; there are: torch-cpu"),
        (["speedup", "--baseline", "jax"], 3, "no baseline is called 'jax'; there are: numpy"),
        (["cells", "--run", "last"], 3, "no run is called 'last'; there are: 2026"),
        (["cells", "--format", "parquet"], 2, "add --output FILE"),
        (["cells", "--output", "x.txt"], 2, "add --format csv, json, markdown or parquet"),
        (["cells", "--format", "csv", "--output", "/dev/null/x"], 2, "cannot be written"),
        (["cells", "--span", "host"], 2, "'host' is not one of"),
        (["cells", "--span", "device"], 3, "no span is called 'device'; there are: call, round_trip"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(
    ask: Harness, words: list[str], code: int, sentence: str
) -> None:
    answer = ask(*words)
    assert answer.code == code
    assert sentence in answer.err
    assert "Traceback" not in answer.err


def test_verdicts_use_the_own_error_of_the_runs_machine_and_say_so(ask: Harness, results: Path) -> None:
    known = [row["verdict"] for row in json.loads(ask("speedup", "--format", "json").out)]
    assert {"faster", "slower"} <= set(known)
    for command in ("speedup", "crossover"):
        assert "own A/A error is not known, `harness validate` measures it" in ask(command).out
    keep(results, MACHINE, replace(OWN_ERROR, error=9.0), [], quick=True)
    rows = json.loads(ask("speedup", "--format", "json").out)
    assert {row["verdict"] for row in rows} == {"unsure"}
    states = {row["state"] for row in json.loads(ask("crossover", "--format", "json").out)}
    assert states == {"undecided"}
    for command in ("speedup", "crossover"):
        assert "differences above 900 %" in ask(command).out
        assert "by a quick validation" in ask(command).out


def test_an_own_error_below_the_least_difference_widens_nothing(ask: Harness, results: Path) -> None:
    before = ask("speedup", "--format", "json").out
    keep(results, MACHINE, OWN_ERROR, [], quick=False)
    assert ask("speedup", "--format", "json").out == before
    printed = ask("speedup").out
    assert (
        "verdicts tell differences above 1.0 %, and about as fast is within 5.0 %; this machine's own"
        in printed
    )
    assert "this machine's own A/A error was 0.40%" in printed


def test_a_corrupt_validation_is_named(ask: Harness, results: Path) -> None:
    (results / "validation").mkdir()
    (results / "validation" / f"{MACHINE}.json").write_text("{")
    answer = ask("speedup")
    assert answer.code == 5
    assert f"{MACHINE}.json cannot be read" in answer.err


def test_an_op_by_itself_has_the_answer_that_it_has_among_all(call: Harness, tmp_path: Path) -> None:
    """Intervals are steadied by the other cells of the run, be they asked for or not."""
    random = Random(0)  # noqa: S311 - times, not a secret
    write_run(
        tmp_path,
        [
            scripted_cell(backend, 4**power, [random.gauss(1, 0.05) for _ in range(4)], op=op)
            for op, backend, power in product(("abs", "sin"), ("numpy", "torch-cpu"), range(2, 7))
        ],
    )
    ask = partial(call, "speedup", "--results", tmp_path, "--machine", MACHINE, "--format", "json")
    every, alone = (json.loads(ask(*words).out) for words in ((), ("--op", "sin")))
    assert alone == [row for row in every if row["op"] == "sin"]
