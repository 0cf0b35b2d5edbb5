"""The script that holds tools against each other: how it judges what they said, and that it runs."""

import json
import math
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from harness.asv.catalogue import asked_ops
from harness.figures.run_figures import to_svg
from scripts import frontier, frontier_figure, frontier_tools
from scripts.frontier_readings import Sitting, read, write
from scripts.frontier_score import (
    Cell,
    Reading,
    Reference,
    Score,
    Summary,
    better,
    peers_median,
    percent,
    reference_of,
    scored,
    summaries,
    table,
    verdicts,
)
from tests.support.projects import PROJECT

A, B, C = (Cell(op="abs", backend="torch-cpu", n=n) for n in (16, 64, 256))
TRUTH = {A: 1.0, B: 2.0, C: 4.0}
OPS = asked_ops(PROJECT, ["abs", "mm"])


def reading(
    values: Mapping[Cell, float],
    *unsure: Cell,
    tool: str = "timeit",
    seconds: float = 1.0,
    half: float = 0.01,
    disturbed: float = math.nan,
) -> Reading:
    return Reading(
        tool=tool,
        seconds=seconds,
        speedups=values,
        unsure=frozenset(unsure),
        half_widths=dict.fromkeys(values, half),
        disturbed=disturbed,
    )


def summary(tool: str, seconds: float, error: float, every: float | None = None, cells: int = 3) -> Summary:
    score = Score(
        tool=tool,
        seconds=seconds,
        error=error,
        every=error if every is None else every,
        peers_error=error,
        off=0.0,
        open=0.0,
        cells=cells,
    )
    return Summary(tool, (score,))


def sitting(*readings: Reading) -> Sitting:
    facts = {"begin": "2026-11-27T02:00:00+00:00", "machine": "a machine", "versions": {"numpy": "2.4"}}
    asked = {"ops": ["abs"], "sizes": [16, 64, 256], "rounds": 40, "repeats": 1, "failures": []}
    before = reading(TRUTH, tool="reference", disturbed=0.1)
    after = reading(TRUTH | {A: 1.02}, tool="reference", disturbed=0.3)
    return Sitting(facts=facts | asked, before=before, after=after, readings=readings)


def test_an_error_is_the_root_mean_square_of_log_ratios_to_what_is_true() -> None:
    score = scored(reading({A: 1.2, B: 2 / 1.2, C: 4.0}), TRUTH, {})
    assert score.error == pytest.approx(math.log(1.2) * math.sqrt(2 / 3))
    assert score.off == pytest.approx(2 / 3)
    assert percent(math.log(1.2)) == "20 %"


def test_errors_in_both_directions_count_alike_and_a_tenth_is_not_yet_off() -> None:
    high, low = (scored(reading({B: value}), TRUTH, {}) for value in (2 * 1.099, 2 / 1.099))
    assert high.error == pytest.approx(low.error)
    assert (high.off, low.off) == (0.0, 0.0)


def test_cells_that_a_tool_does_not_stand_by_are_told_apart() -> None:
    score = scored(reading({A: 1.0, B: 200.0, C: math.nan}, B), TRUTH, {})
    assert score.error == 0.0
    assert score.every == pytest.approx(math.log(100) / math.sqrt(2))
    assert score.open == pytest.approx(2 / 3)
    assert score.cells == 3


def test_cells_that_a_tool_does_not_measure_or_nobody_knows_are_not_judged() -> None:
    other = Cell(op="sin", backend="torch-cpu", n=16)
    score = scored(reading({A: 1.0, other: 9.0}), TRUTH, {})
    assert (score.cells, score.open, score.error) == (1, 0.0, 0.0)


def test_a_tool_without_any_answer_has_no_error() -> None:
    score = scored(reading({A: math.nan}), TRUTH, {})
    assert math.isnan(score.error)
    assert math.isnan(score.off)
    assert score.open == 1.0


def test_the_reference_is_the_mean_of_the_runs_before_and_after() -> None:
    reference = reference_of(reading({A: 1.0, B: 2.0}), reading({A: 1.04, B: 2.0}, half=0.03))
    assert reference.speedups == pytest.approx({A: math.sqrt(1.04), B: 2.0})
    assert reference.own_error == pytest.approx(math.log(1.04) / 2 / math.sqrt(2))
    assert reference.half_width == pytest.approx(0.02)
    assert reference.left_out == 0


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(reading({A: 1.0, B: 2.3}), id="another speedup"),
        pytest.param(reading({A: 1.0, B: math.nan}), id="no speedup"),
        pytest.param(reading({A: 1.0}), id="no cell"),
    ],
)
def test_cells_of_which_the_reference_says_two_things_are_left_out(after: Reading) -> None:
    before = reading({A: 1.0, B: 2.0})
    for reference in (reference_of(before, after), reference_of(after, before)):
        assert reference.speedups == {A: 1.0}
    assert reference_of(before, after).left_out == 1


def test_cells_with_a_wide_interval_are_left_out_of_the_reference() -> None:
    narrow, wide = reading({A: 1.0}), reading({A: 1.0}, half=0.2)
    with pytest.raises(SystemExit, match="agree on no cell"):
        reference_of(narrow, wide)
    assert reference_of(narrow, wide, math.inf).speedups == {A: 1.0}


def test_the_median_of_the_peers_has_nothing_of_the_harness() -> None:
    readings = [reading({A: value}) for value in (1.0, 3.0, math.nan)]
    assert peers_median([*readings, reading({A: 99.0}, tool="harness --quick")]) == {A: 2.0}


def test_who_is_no_slower_and_no_further_off_is_better_unless_equal_in_both() -> None:
    own = summary("x", 10.0, 0.1)
    ahead = [summary("faster", 9.0, 0.1), summary("nearer", 10.0, 0.09), summary("both", 1.0, 0.01)]
    beside = [summary("equal", 10.0, 0.1), summary("slower", 11.0, 0.01), summary("further", 1.0, 0.2)]
    assert better(own, [own, *ahead, *beside]) == ahead


def test_a_tool_that_measures_fewer_cells_is_not_better() -> None:
    own, fewer, more = (
        summary("x", 10.0, 0.1, cells=3),
        summary("y", 1.0, 0.01, cells=2),
        summary("z", 1.0, 0.01, cells=4),
    )
    assert better(own, [fewer, more]) == [more]


def test_a_tool_without_answers_is_behind_all_that_have_one_and_are_no_slower() -> None:
    none, some = summary("none", 10.0, math.nan), summary("some", 9.0, 5.0)
    faster = summary("none either", 1.0, math.nan)
    assert better(none, [none, faster, some]) == [some]
    assert better(some, [none, some]) == []


def test_a_budget_that_is_beaten_is_told_with_who_beats_it() -> None:
    found = [summary("harness --quick", 20.0, math.log(1.05)), summary("timeit", 10.0, math.log(1.02))]
    (line,) = verdicts(found)
    assert (
        line
        == "harness --quick is not on the frontier: 20.0 s and off by 5.0 %, timeit 10.0 s and off by 2.0 %"
    )


def test_a_budget_that_is_ahead_only_by_what_it_leaves_open_is_told_so() -> None:
    found = [summary("harness", 20.0, 0.01, math.log(2)), summary("timeit", 10.0, math.log(1.5))]
    found.append(summary("harness --quick", 5.0, 0.2))  # its own smaller budget is no other tool
    line, _ = verdicts(found)
    assert line.startswith("harness is on the frontier only by what it leaves open")
    assert line.endswith("20.0 s and off by 100 %, timeit 10.0 s and off by 50 %")


def test_a_budget_that_nobody_beats_is_on_the_frontier() -> None:
    (line,) = verdicts([summary("harness", 20.0, math.log(1.01)), summary("timeit", 10.0, 1.0)])
    assert line == "harness is on the frontier: 20.0 s and off by 1.0 %"


def test_the_table_has_medians_and_ranges_and_who_is_on_the_frontier() -> None:
    readings = [
        reading({A: value}, seconds=seconds) for value, seconds in ((1.1, 3.0), (1.2, 1.0), (1.5, 2.0))
    ]
    readings.append(reading({A: math.nan}, tool="asv", seconds=5.0))
    found = summaries(scored(one, TRUTH, {A: 1.2}) for one in readings)
    head, _, timeit, asv = ([text.strip() for text in line.split("|")[1:-1]] for line in table(found))
    assert dict(zip(head, timeit, strict=True)) == {
        "tool": "timeit",
        "time to answer": "2.00 s (1.00 s to 3.00 s)",
        "RMS error": "20 % (10 % to 50 %)",
        "unsure ones included": "20 % (10 % to 50 %)",
        "against the peers": "9.1 % (0 % to 25 %)",
        "off by over 10 %": "100 % (0 % to 100 %)",
        "no answer": "0 %",
        "cells": "1",
        "on the frontier": "yes",
    }
    assert asv == ["asv", "5.00 s", "–", "–", "–", "–", "100 %", "1", "no"]


def test_a_sitting_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = sitting(reading({A: 1.0, B: 2.0}, B), reading({C: 3.0}, tool="asv"))
    write(written, tmp_path / "new" / "frontier.json")
    found = read(tmp_path / "new" / "frontier.json")
    assert repr(found) == repr(written)  # as NaN is not equal to itself


def test_what_is_not_a_number_is_null_in_the_file(tmp_path: Path) -> None:
    write(sitting(reading({A: math.nan})), tmp_path / "frontier.json")
    text = (tmp_path / "frontier.json").read_text(encoding="utf-8")
    assert json.loads(text, parse_constant=pytest.fail)["readings"][0]["cells"][0]["speedup"] is None
    (found,) = read(tmp_path / "frontier.json").readings
    assert math.isnan(found.speedups[A])


def test_every_timer_is_given_the_same_operands_and_the_ops_own_spelling() -> None:
    results: dict[tuple[str, int], list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]] = {}
    for call in frontier_tools.calls_of(OPS, (16, 64)):
        names: dict[str, object] = {}
        exec(call.setup, names)  # noqa: S102 - what is tested
        value = eval(call.statement, names)  # noqa: S307 - what is tested
        results.setdefault((call.op, call.n), []).append(np.asarray(value))
    assert list(results) == [("abs", 16), ("abs", 64), ("mm", 16), ("mm", 64)]
    for (op, n), values in results.items():
        assert len(values) == 3
        assert values[0].shape == ((n,) if op == "abs" else (math.isqrt(n),) * 2)
        for other in values[1:]:
            np.testing.assert_allclose(other, values[0], rtol=1e-5)


def test_the_benchmarks_for_asv_are_a_class_per_function_and_backend() -> None:
    names: dict[str, type] = {}
    exec(frontier_tools.asv_text(OPS, (16, 64)), names)  # noqa: S102 - what is tested
    classes = [name for name, value in names.items() if isinstance(value, type)]
    assert classes == [
        *("AbsNumpy", "AbsTorchCpu", "AbsTorchCpu1t"),
        *("MmNumpy", "MmTorchCpu", "MmTorchCpu1t"),
    ]
    for name in ("AbsNumpy", "AbsTorchCpu", "MmNumpy", "MmTorchCpu"):
        benchmark = names[name]()
        for n in benchmark.params:
            benchmark.setup(n)
            benchmark.time_call(n)


def test_every_tool_takes_its_turn_in_each_repeat_between_the_references(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def by_tool(_ops: object, _sizes: object, tool: str, _words: object = ()) -> Reading:
        if tool == "asv":
            raise SystemExit("no git")
        return reading(TRUTH, tool=tool)

    for name in ("by_harness", "by_timer", "by_asv"):
        monkeypatch.setattr(frontier, name, by_tool)
    found = frontier.measured(frontier._options(["--repeats", "4", "--budgets", "10"]))
    tools = ["harness --quick", "harness", "harness --seconds 10"]
    tools += ["perfplot-like", "torch.utils.benchmark", "timeit"]
    orders = [[one.tool for one in found.readings[at : at + 6]] for at in range(0, 24, 6)]
    assert all(sorted(order) == sorted(tools) for order in orders)
    assert len({tuple(order) for order in orders}) > 1
    assert found.facts["failures"] == [f"repeat {repeat} of 4: asv: no git" for repeat in (1, 2, 3, 4)]
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("reference before")
    assert lines[-1].startswith("reference after")


def test_the_figure_names_every_tool_that_has_an_error_and_is_the_same_every_time() -> None:
    shown = sitting(
        reading({A: 1.1, B: 2.1, C: 9.0}, C, tool="harness --quick"),
        reading({A: 1.1, B: 2.2}, tool="timeit", seconds=3.0),
        reading({A: math.nan}, tool="asv"),
    )
    found, _ = frontier.judged(shown)
    reference = Reference(speedups=TRUTH, own_error=0.01, half_width=0.02, left_out=0)
    figure, again = (frontier_figure.frontier_figure(found, reference, "below") for _ in range(2))
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.texts] == ["harness --quick", "timeit", "the reference itself"]
    marks = [np.atleast_1d(np.asarray(line.get_ydata(), dtype=float)) for line in axes.lines]
    every = math.expm1(found[0].middle("every"))
    assert sum(len(mark) == 1 and math.isclose(mark[0], every) for mark in marks) == 1
    assert to_svg(figure) == to_svg(again)


def test_the_command_reads_a_sitting_and_says_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, figure = tmp_path / "frontier.json", tmp_path / "frontier.svg"
    write(sitting(reading(TRUTH | {A: 1.1}, tool="harness"), reading({A: 1.5})), file)
    monkeypatch.setattr(sys, "argv", ["frontier", "--read", str(file), "--figure", str(figure)])
    assert frontier.main() == 0
    *_, verdict, _, known, busy = capsys.readouterr().out.splitlines()
    assert verdict == "harness is on the frontier: 1.00 s and off by 5.1 %"
    assert "known to 0.57 %" in known
    assert busy == "other work disturbed 10 % to 30 % of the samples of a harness run"
    assert figure.read_bytes().startswith(b"<?xml")


@pytest.mark.slow
def test_a_first_look_holds_all_tools_against_each_other(tmp_path: Path) -> None:
    file = tmp_path / "frontier.json"
    done = subprocess.run(
        [sys.executable, "scripts/frontier.py", "--small", "--output", str(file)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = re.findall(
        r"^\| (harness --quick|perfplot-like|torch.utils.benchmark|timeit|asv) \|", done.stdout, re.MULTILINE
    )
    assert len(rows) == 5
    assert re.search(r"^harness --quick is (?:not )?on the frontier", done.stdout, re.MULTILINE)
    for one in read(file).readings:
        values = one.speedups.values()
        assert all(0 < value < math.inf for value in values), one.tool
        assert len(values) == 2
    assert file.with_suffix(".svg").exists()
