"""Merging stores: what is copied, what is refused, and what stays as it was."""

from pathlib import Path

import pytest

import harness
from harness.errors import ConflictError, CorruptStoreError, EmptyStoreError
from harness.store.check import check
from harness.store.merge import merge
from harness.store.runs import read_runs
from tests.support.command_line import Harness
from tests.support.runs import MACHINE, scripted_cell, write_run

NEXT = "20260202T000000Z-000000"


def store(folder: Path, *runs: str, seconds: float = 1.0) -> Path:
    """Write a store with these runs."""
    for run in runs:
        write_run(folder, [scripted_cell("numpy", 16, [seconds])], run=run)
    return folder


def contents(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_merge_is_the_union_and_doing_it_again_changes_nothing(tmp_path: Path, call: Harness) -> None:
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
    tmp_path: Path, call: Harness, among: str
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


def test_a_run_that_was_killed_before_its_first_op_is_merged(tmp_path: Path) -> None:
    write_run(tmp_path / "other", [], run=NEXT, complete=False)
    (copied,) = merge([tmp_path / "other"], tmp_path / "target").copied
    assert [path.name for path in copied.iterdir()] == ["run.json"]


def test_a_folder_without_runs_is_no_source(tmp_path: Path) -> None:
    with pytest.raises(EmptyStoreError, match="name a results folder"):
        merge([tmp_path], tmp_path / "target")
