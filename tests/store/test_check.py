"""Checking a store: every fault is told, and so is what nobody can tell."""

from dataclasses import replace
from pathlib import Path

import pytest

import harness
from harness.errors import CheckError, CorruptStoreError, EmptyStoreError
from harness.store.check import UNKNOWABLE, check
from harness.store.runs import Run, read_run, read_runs, write_facts
from tests.support.command_line import Harness
from tests.support.runs import MACHINE, scripted_cell, write_run

NEXT = "20260202T000000Z-000000"


def rewritten(results: Path, **changes: object) -> Run:
    """Change a run's facts, with the digest that belongs to them."""
    (run,) = read_runs(results)
    write_facts(run.folder, {**run.facts, **changes})
    return read_run(run.folder)


def test_a_sound_store_has_no_faults_and_says_what_nobody_can_tell(results: Path, call: Harness) -> None:
    code, out, err = call("check", results)
    assert (code, err) == (0, "")
    assert f"{results}: 1 runs with 24 cells are as they were written" in out
    for words in (*UNKNOWABLE, "it stores no ceilings"):
        assert words in out


def test_every_fault_is_told_not_only_the_first(results: Path, call: Harness) -> None:
    path = next(results.glob("runs/*/*/abs.parquet"))
    path.write_bytes(path.read_bytes()[:-1])
    (path.parent / "notes.txt").write_text("hello")
    (results / "runs" / "notes.txt").write_text("hello")
    bad = write_run(results, [scripted_cell("numpy", 16, [1.0])], run=NEXT).folder / "run.json"
    bad.write_text(bad.read_text().replace("a scripted clock", "a faster clock"))
    code, out, err = call("check", results)
    assert code == CheckError.exit_code
    assert "4 things are wrong" in err
    for name in ("abs.parquet cannot be read", "run.json cannot be read: its digest"):
        assert name in out
    assert out.count("notes.txt does not belong in the store") == 2


def test_a_store_that_is_not_there_is_no_sound_store(tmp_path: Path, call: Harness) -> None:
    assert call("check", tmp_path)[0] == EmptyStoreError.exit_code


def test_a_run_in_another_machines_folder_is_told(results: Path) -> None:
    (results / "runs" / MACHINE).rename(results / "runs" / "another")
    (fault,) = check(results).faults
    assert "it lies under 'another', but was measured on 'scripted'" in fault


def test_more_rounds_than_were_ordered_are_told(results: Path) -> None:
    rewritten(results, settings={"rounds": 2})
    assert "a cell has 3 rounds, but 2 were ordered" in check(results).faults[0]


def test_a_run_that_measured_as_long_as_it_had_time_ordered_no_number_of_rounds(results: Path) -> None:
    rewritten(results, settings={"rounds": None}, looks=3, stopped=True)
    assert check(results).faults == ()
    rewritten(results, settings={})
    assert "a cell has 3 rounds, but no were ordered" in check(results).faults[0]


def test_an_op_that_is_missing_from_a_complete_run_is_told(results: Path) -> None:
    next(results.glob("runs/*/*/abs.parquet")).unlink()
    faults = check(results).faults
    assert any("abs.parquet is missing, and its seal is there" in fault for fault in faults)
    assert any("it came to its end and has no cells" in fault for fault in faults)


@pytest.mark.parametrize("asked", ["speedup", "crossover", "cells", "report", "fleet report", "merge"])
def test_a_complete_run_whose_cells_are_gone_answers_nothing(
    results: Path, call: Harness, asked: str
) -> None:
    next(results.glob("runs/*/*/abs.parquet")).unlink()
    machine = () if asked.endswith("report") else ("--machine", MACHINE)
    to = (results, "--results", "copy") if asked == "merge" else ("--results", results, *machine)
    answer = call(*asked.split(), *to)
    assert answer.code == CorruptStoreError.exit_code
    assert "came to its end and has no cells; move it out of the store" in answer.err
    with pytest.raises(CorruptStoreError, match="has no cells"):
        harness.load(results)


def test_an_unfinished_run_a_set_clock_and_changed_benchmarks_are_doubts(results: Path) -> None:
    rewritten(results, end=None, dirty=True, commit="abc")
    assert any("it was stopped before its end" in doubt for doubt in check(results).unverified)
    assert any("the benchmarks differed from commit abc" in doubt for doubt in check(results).unverified)
    rewritten(results, stopped=True, end="2026-01-01T00:00:01+00:00")
    assert any("it was ended by hand" in doubt for doubt in check(results).unverified)
    rewritten(results, stopped=False, end="2025-12-31T00:00:00+00:00")
    assert any("the clock was set back" in doubt for doubt in check(results).unverified)
    assert check(results).faults == ()


@pytest.mark.parametrize(("in_memory", "wrong"), [(1e9, 0), (1e3, 1)])
def test_a_time_above_the_ceiling_stored_with_it_is_told(
    tmp_path: Path, call: Harness, in_memory: float, wrong: int
) -> None:
    """A million float32 read and written in 0.1 s are 84 MB/s."""
    cell = replace(scripted_cell("numpy", 4**10, [0.1, 0.1]), moved=2.0 * 4 * 4**10)
    write_run(tmp_path, [cell])
    ceiling: dict[str, object] = {
        "device": "cpu", "threads": None, "in_cache": in_memory, "in_memory": in_memory, "memory_from": 1,
        "matmul": {}, "empty_call": 1e-9, "timer": 1e-9,
    }  # fmt: skip
    assert check(tmp_path).faults == ()  # no ceilings, nothing to hold it against
    rewritten(tmp_path, ceilings=[ceiling])
    code, out, _ = call("check", tmp_path)
    assert code == wrong * CheckError.exit_code
    assert out.count("abs with numpy at n = 1048576 is implausible") == wrong


def test_ceilings_that_are_none_are_told_like_any_other_fault(results: Path, call: Harness) -> None:
    rewritten(results, ceilings=[{"device": "cpu"}])
    code, out, _ = call("check", results)
    assert code == CheckError.exit_code
    assert "its ceilings are none" in out
