"""Checking a store and merging several: what is told, what is refused, and what stays as it was."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import harness
from harness.cli.app import main
from harness.errors import CheckError, ConflictError, CorruptStoreError, EmptyStoreError
from harness.model import Cell
from harness.store.check import UNKNOWABLE, check
from harness.store.merge import merge
from harness.store.runs import Run, read_run, read_runs, write_facts
from tests.support.runs import MACHINE, scripted_cell, write_run

NEXT = "20260202T000000Z-000000"
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Call:
    """Return a function from words to exit code, output and error output of the command line."""

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["harness", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capfd.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def store(folder: Path, *runs: str, seconds: float = 1.0) -> Path:
    """Write a store with these runs."""
    for run in runs:
        write_run(folder, [scripted_cell("numpy", 16, [seconds])], run=run)
    return folder


def contents(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_sound_store_has_no_faults_and_says_what_nobody_can_tell(results: Path, call: Call) -> None:
    code, out, err = call("check", results)
    assert (code, err) == (0, "")
    assert f"{results}: 1 runs with 24 cells are as they were written" in out
    for words in (*UNKNOWABLE, "it stores no ceilings"):
        assert words in out


def test_every_fault_is_told_not_only_the_first(results: Path, call: Call) -> None:
    path = next(results.glob("runs/*/*/abs.parquet"))
    path.write_bytes(path.read_bytes()[:-1])
    (path.parent / "notes.txt").write_text("hello")
    (results / "runs" / "notes.txt").write_text("hello")
    bad = store(results, NEXT) / "runs" / MACHINE / NEXT / "run.json"
    bad.write_text(bad.read_text().replace("a scripted clock", "a faster clock"))
    code, out, err = call("check", results)
    assert code == CheckError.exit_code
    assert "4 things are wrong" in err
    for name in ("abs.parquet cannot be read", "run.json cannot be read: its digest"):
        assert name in out
    assert out.count("notes.txt does not belong in the store") == 2


def test_a_store_that_is_not_there_is_no_sound_store(tmp_path: Path, call: Call) -> None:
    assert call("check", tmp_path)[0] == EmptyStoreError.exit_code


def rewritten(results: Path, **changes: object) -> Run:
    """Change a run's facts, with the digest that belongs to them."""
    (run,) = read_runs(results)
    write_facts(run.folder, {**run.facts, **changes})
    return read_run(run.folder)


def test_a_run_in_another_machines_folder_is_told(results: Path) -> None:
    (results / "runs" / MACHINE).rename(results / "runs" / "another")
    (fault,) = check(results).faults
    assert "it lies under 'another', but was measured on 'scripted'" in fault


def test_more_rounds_than_were_ordered_are_told(results: Path) -> None:
    rewritten(results, settings={"rounds": 2})
    assert "a cell has 3 rounds, but 2 were ordered" in check(results).faults[0]


def test_an_op_that_is_missing_from_a_complete_run_is_told(results: Path) -> None:
    next(results.glob("runs/*/*/abs.parquet")).unlink()
    faults = check(results).faults
    assert any("abs.parquet is missing, and its seal is there" in fault for fault in faults)
    assert any("it came to its end and has no cells" in fault for fault in faults)


def test_an_unfinished_run_a_set_clock_and_changed_benchmarks_are_doubts(results: Path) -> None:
    rewritten(results, end=None, dirty=True, commit="abc")
    assert any("it was stopped before its end" in doubt for doubt in check(results).unverified)
    assert any("the benchmarks differed from commit abc" in doubt for doubt in check(results).unverified)
    rewritten(results, end="2025-12-31T00:00:00+00:00")
    assert any("the clock was set back" in doubt for doubt in check(results).unverified)
    assert check(results).faults == ()


def test_cells_are_held_against_the_ceilings_of_their_run(results: Path) -> None:
    """What is above them is for the judge to say; here it is everything of one size."""

    def judge(run: Run, cell: Cell) -> str:
        return f"{cell.case.op} beats {run.facts['ceilings']['cpu']}" if cell.case.n == 64 else ""

    assert check(results, judge).faults == ()  # no ceilings, nothing to hold them against
    rewritten(results, ceilings={"cpu": 7})
    assert [fault.endswith("abs beats 7") for fault in check(results, judge).faults] == [True] * 4
    assert any("nobody held them against the ceilings" in doubt for doubt in check(results).unverified)


def test_a_merge_is_the_union_and_doing_it_again_changes_nothing(tmp_path: Path, call: Call) -> None:
    target = store(tmp_path / "target", "20260101T000000Z-000000")
    other = store(tmp_path / "other", "20260101T000000Z-000000", NEXT)
    third = store(tmp_path / "third", "20260303T000000Z-000000")
    code, out, _ = call("merge", other, third, "--results", target)
    assert code == 0
    assert f"{target}: 2 runs are new, 1 were there already" in out
    after = contents(target)
    assert set(after) == set(contents(other)) | set(contents(third))
    assert merge([third, other, target], target).copied == ()
    assert contents(target) == after
    assert len(harness.load(target)) == 3
    assert check(target).faults == ()


def test_a_merge_makes_the_store_that_is_not_there(tmp_path: Path) -> None:
    other = store(tmp_path / "other", NEXT)
    (copied,) = merge([other, other], tmp_path / "target").copied
    assert copied == tmp_path / "target" / "runs" / MACHINE / NEXT
    assert contents(tmp_path / "target") == contents(other)


@pytest.mark.parametrize("among", ["the sources", "source and target"])
def test_the_same_run_with_other_contents_is_refused_and_nothing_copied(
    tmp_path: Path, call: Call, among: str
) -> None:
    one, other = store(tmp_path / "one", NEXT, "20260303T000000Z-000000"), tmp_path / "other"
    store(other, NEXT, seconds=2.0)
    target = tmp_path / "target" if among == "the sources" else other
    code, _, err = call("merge", one, other, "--results", target)
    assert code == ConflictError.exit_code
    assert "are the same run with different contents (abs.parquet, abs.parquet.sha256)" in err
    assert len(list(read_runs(target))) == (0 if among == "the sources" else 1)


def test_a_damaged_run_is_not_spread(tmp_path: Path) -> None:
    other = store(tmp_path / "other", NEXT)
    path = next(other.glob("runs/*/*/abs.parquet"))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CorruptStoreError, match=r"abs\.parquet cannot be read"):
        merge([other], tmp_path / "target")
    assert not (tmp_path / "target").exists()


def test_a_folder_without_runs_is_no_source(tmp_path: Path) -> None:
    with pytest.raises(EmptyStoreError, match="name a results folder"):
        merge([tmp_path], tmp_path / "target")


@pytest.mark.parametrize(("in_memory", "wrong"), [(1e9, 0), (1e3, 1)])
def test_a_time_above_the_ceiling_stored_with_it_is_told(
    tmp_path: Path, call: Call, in_memory: float, wrong: int
) -> None:
    """A million float32 read and written in 0.1 s are 84 MB/s."""
    cell = replace(scripted_cell("numpy", 4**10, [0.1, 0.1]), moved=2.0 * 4 * 4**10)
    write_run(tmp_path, [cell])
    ceiling: dict[str, object] = {
        "device": "cpu", "threads": None, "in_cache": in_memory, "in_memory": in_memory, "memory_from": 1,
        "matmul": {}, "empty_call": 1e-9, "timer": 1e-9,
    }  # fmt: skip
    rewritten(tmp_path, ceilings=[ceiling])
    code, out, _ = call("check", tmp_path)
    assert code == wrong * CheckError.exit_code
    assert out.count("abs with numpy at n = 1048576 is implausible") == wrong


def test_ceilings_that_are_none_are_told_like_any_other_fault(results: Path, call: Call) -> None:
    rewritten(results, ceilings=[{"device": "cpu"}])
    code, out, _ = call("check", results)
    assert code == CheckError.exit_code
    assert "its ceilings are none" in out
