"""Runs on disk: which there are, which is meant, and what does not belong beside them."""

from pathlib import Path

import pytest

import harness
from harness.errors import CorruptStoreError, EmptyStoreError, UnknownNameError
from harness.store.runs import read_runs
from tests.support.damage import op_file
from tests.support.runs import MACHINE, scripted_cell, write_run


def test_an_unfinished_run_is_read_and_marked(tmp_path: Path) -> None:
    run = write_run(tmp_path, [scripted_cell("numpy", 16, [1.0])], complete=False)
    assert not run.complete
    assert len(harness.load(tmp_path)) == 1


def test_a_folder_without_files_is_no_run_yet(results: Path) -> None:
    (results / "runs" / MACHINE / "20270101T000000Z-000000").mkdir()
    assert len(list(read_runs(results))) == 1


def test_a_draft_of_a_run_that_was_killed_at_once_is_no_run(results: Path) -> None:
    """The first file of a run was not yet renamed when its writer was killed."""
    folder = results / "runs" / MACHINE / "20260301T000000Z-000000"
    folder.mkdir()
    (folder / ".run.json.4711").write_text("{")
    assert len(list(read_runs(results))) == 1


def test_runs_and_machines_are_chosen_by_name(results: Path) -> None:
    write_run(results, [scripted_cell("numpy", 16, [1.0])], run="20260202T000000Z-000000")
    assert len(set(harness.load(results)["run"])) == 2
    assert len(harness.load(results, run="20260202T000000Z-000000")) == 1
    with pytest.raises(UnknownNameError, match="no machine is called 'moon'; there are: scripted"):
        harness.load(results, machine="moon")
    with pytest.raises(UnknownNameError, match="no run is called '1'; there are: 2026"):
        harness.load(results, run="1")


def test_an_empty_store_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EmptyStoreError, match="measure with `harness run`"):
        harness.load(tmp_path / "nowhere")


@pytest.mark.parametrize("place", ["runs/notes.txt", f"runs/{MACHINE}/notes.txt"])
def test_a_foreign_file_is_named(results: Path, place: str) -> None:
    (results / place).write_text("hello")
    with pytest.raises(CorruptStoreError, match=r"notes\.txt does not belong in the store"):
        harness.load(results)


def test_a_run_that_lost_its_run_json_is_named(results: Path) -> None:
    op_file(results).with_name("run.json").unlink()
    with pytest.raises(CorruptStoreError, match=r"no run\.json"):
        harness.load(results)
