"""The commands that answer from a store with somebody's own functions in it."""

import json
from pathlib import Path

import pytest

from harness.cli.publish import publish_run, write_report
from harness.store.frame import frame
from harness.store.latest import ops_of
from tests.support.command_line import Harness
from tests.support.functions import LATER, MARKUP, NORM, told_of, write_functions
from tests.support.pages import parsed, payload
from tests.support.runs import MACHINE, scripted_cell, write_run

EARLIER, LAST = "20260101T000000Z-000000", "20260404T000000Z-000000"
IN_WORDS = "faster from 389 elements on (389 to 389), 4.3 times at 12 000"


pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture
def store(results: Path) -> Path:
    """Return a store of a run of abs and a later one of a function, both of one machine."""
    write_functions(results)
    return results


def test_a_question_for_an_op_is_answered_by_the_latest_run_that_holds_it(ask: Harness) -> None:
    assert NORM in ask("crossover").out
    for command in ("crossover", "speedup", "cells"):
        assert {row["run"] for row in json.loads(ask(command, "--op", "abs", "--format", "json").out)} == {
            EARLIER
        }
        assert {row["run"] for row in json.loads(ask(command, "--format", "json").out)} == {LATER}
    assert (
        ask("cells", "--op", "cos").err.strip() == f"harness: no op is called 'cos'; there are: {NORM}, abs"
    )
    assert "ask for them one at a time" in ask("speedup", "--op", "abs", "--op", NORM).err


def test_the_baseline_is_the_runs_own_unless_another_is_asked_for(ask: Harness) -> None:
    rows = json.loads(ask("speedup", "--format", "json").out)
    assert {row["baseline"] for row in rows} == {"old@numpy"}
    rows = json.loads(ask("crossover", "--format", "json", "--baseline", "new@numpy").out)
    assert {row["backend"] for row in rows} == {"old@numpy", "new@torch-cpu"}
    assert "no baseline is called 'numpy'; there are: old@numpy" in ask("speedup", "--baseline", "numpy").err


def test_rivals_are_told_by_name_and_with_their_backends_where_there_are_several(
    ask: Harness, store: Path
) -> None:
    several = ask("crossover", "--span", "call").out
    assert several.startswith("against old on numpy ")
    assert f"new on numpy      {IN_WORDS}" in several
    assert "speedup over old on numpy" in ask("speedup").out
    write_functions(store, run=LAST, costs={"old@numpy": (4e-7, 5e-9), "new@numpy": (2e-6, 1e-9)})
    alone = ask("crossover", "--span", "call").out
    assert alone.startswith("against old ")
    assert f"new      {IN_WORDS}" in alone
    assert "@" not in alone + ask("speedup").out + ask("cells").out


def test_what_is_undecided_of_functions_is_no_command_that_nobody_has(ask: Harness, store: Path) -> None:
    costs = {"old@numpy": (1e-6, 1e-9), "newer@numpy": (1.045e-6, 1.045e-9)}
    write_functions(store, run=LAST, costs=costs, sizes=(1, 1250))
    said = ask("crossover").out
    assert f"to decide what is undecided: measure {NORM} again, for more seconds" in said
    assert "harness run" not in said


def test_a_name_of_200_bytes_that_looks_like_markup_breaks_no_table(ask: Harness, results: Path) -> None:
    write_functions(results, ops=(MARKUP,), dtypes=("int16", "complex64"), sizes=(1, 7), run=LAST)
    for command in ("crossover", "speedup", "cells"):
        code, out, _ = ask(command)
        assert code == 0
        assert "&lt;[red]$x^2$ Ω lon" in out
        assert max(map(len, out.splitlines())) <= 200
    assert {row["op"] for row in json.loads(ask("cells", "--format", "json").out)} == {MARKUP}


def test_a_store_of_functions_is_whole_merged_and_exported(
    call: Harness, store: Path, tmp_path: Path
) -> None:
    write_functions(store, ops=(MARKUP,), dtypes=("int16",), run=LAST)
    assert call("check", store).code == 0
    assert call("merge", store, "--results", tmp_path / "merged").code == 0
    assert call("check", tmp_path / "merged").code == 0
    for tool in ("pyperf", "google-benchmark", "github-action-benchmark"):
        words = ("--results", tmp_path / "merged", "--machine", MACHINE, "--output", tmp_path / "out.json")
        assert call("export", "--to", tool, *words).code == 0
        assert f"{MARKUP}/new@torch-cpu/call/int16/12345" in (tmp_path / "out.json").read_text("utf-8")


def test_two_runs_of_a_function_are_compared_and_other_code_is_told(call: Harness, store: Path) -> None:
    costs = {"old@numpy": (4e-7, 5e-9), "new@numpy": (2e-6, 1e-9)}
    changed = {**told_of("old", "new"), "hashes": {"old": "0" * 64, "new": "1" * 64}}
    for run, functions in ((LAST, None), ("20260405T000000Z-000000", {NORM: changed})):
        write_functions(store, run=run, costs=costs, functions=functions)
    runs = [store / "runs" / MACHINE / run for run in (LAST, "20260405T000000Z-000000")]
    said = call("compare", *runs).out
    assert f"functions.{NORM}.new" in said
    assert "code 111111111111" in said
    assert "16 of 16 cells have a time in both runs: 0 faster, 16 same" in said
    assert "@" not in said
    assert "old@numpy" in call("compare", *runs, "--format", "json").out


def test_plots_keep_the_ops_of_earlier_runs(ask: Harness, store: Path) -> None:
    assert ask("plot").code == 0
    folder = store / "plots" / MACHINE
    assert {path.name for path in folder.iterdir()} == {
        *("abs.svg", "overview.svg", "overview.png", f"{NORM}.svg"),
        *("overview-old@numpy.svg", "overview-old@numpy.png"),
    }
    assert "1 op: torch-cpu" in (folder / "overview.svg").read_text("utf-8")
    assert "no baseline is called 'jax-cpu'" in ask("plot", "--baseline", "jax-cpu").err


def test_publishing_a_run_draws_its_ops_and_shows_those_of_earlier_ones(store: Path) -> None:
    run = write_functions(store, ops=("dot", "abs"), run=LAST)
    folder, page = publish_run(run, frame([run]), store)
    assert page
    assert {path.stem for path in folder.iterdir()} == {*ops_of(run), "overview"}
    shown = payload(parsed(page.read_text("utf-8")))
    assert shown["names"]["op"] == ["abs", "dot", NORM]


def test_the_page_says_of_which_run_an_op_is_that_is_not_of_the_latest(store: Path) -> None:
    page = parsed(write_report(store).read_text("utf-8"))
    said = " ".join(page.texts["dd"])
    assert f"of the run {EARLIER}, begun 2026-01-01." in said
    assert LATER not in said
    assert f"run {LATER}, against old on numpy and numpy" in " ".join(page.texts["p"])


def test_a_run_of_the_same_op_replaces_it_on_the_page(store: Path) -> None:
    write_run(store, [scripted_cell(b, 64, [1.0, 1.1]) for b in ("numpy", "torch-cpu")], run=LAST)
    held = payload(parsed(write_report(store).read_text("utf-8")))
    ops = held["names"]["op"]
    sizes = {(ops[row[0]], row[held["columns"].index("n")]) for row in held["machines"][0]["cells"]}
    assert {n for op, n in sizes if op == "abs"} == {64}
    assert {n for op, n in sizes if op == NORM} == {8, 100, 1000, 12345}
