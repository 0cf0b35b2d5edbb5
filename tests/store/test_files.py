"""Files of the store: replaced whole or not at all, and read back only if they are what was sealed."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import harness
from harness.errors import CorruptStoreError, MeasureError
from harness.store.files import LARGEST, seal_of
from harness.store.runs import read_run, read_runs, write_facts
from tests.support.damage import op_file
from tests.support.runs import scripted_cell, write_run


def test_a_file_is_replaced_whole_or_not_at_all(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk fills up while run.json is replaced: the old one stays as it was."""
    run = next(read_runs(results))
    before = (run.folder / "run.json").read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(MeasureError, match=r"run\.json cannot be written \(No space left on device\)"):
        write_facts(run.folder, {**run.facts, "end": None})
    assert (run.folder / "run.json").read_bytes() == before
    assert read_run(run.folder).complete


def test_two_runs_at_once_keep_to_their_own_files(tmp_path: Path) -> None:
    def one(number: int) -> None:
        cells = [scripted_cell("numpy", 16, [float(number)])]
        write_run(tmp_path, cells, run=f"20260101T000000Z-{number:06d}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(1, 33)))
    cells = harness.load(tmp_path)
    assert sorted(cells["seconds"]) == [float(number) for number in range(1, 33)]
    assert all(int(run[-6:]) == seconds for run, seconds in zip(cells["run"], cells["seconds"], strict=True))


def test_a_damaged_file_is_named_among_many_that_are_whole(tmp_path: Path) -> None:
    for second in range(45):
        write_run(tmp_path, [scripted_cell("numpy", 16, [1.0])], run=f"20260101T0000{second:02}Z-000000")
    path = tmp_path / "runs" / "scripted" / "20260101T000033Z-000000" / "abs.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(CorruptStoreError, match=r"it is not what abs\.parquet\.sha256 says") as caught:
        harness.load(tmp_path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("name", ["run.json", "abs.parquet", "abs.parquet.sha256"])
def test_a_huge_file_is_refused_unread(results: Path, name: str) -> None:
    path = next(results.glob(f"runs/*/*/{name}"))
    os.truncate(path, 2**40)  # sparse: it takes no room
    with pytest.raises(CorruptStoreError, match=rf"and no file of a run more than {LARGEST}"):
        harness.load(results)


@pytest.mark.parametrize("name", ["run.json", "abs.parquet"])
def test_a_pipe_in_the_place_of_a_file_is_refused_unopened(results: Path, name: str) -> None:
    path = next(results.glob(f"runs/*/*/{name}"))
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(CorruptStoreError, match="it is no regular file"):
        harness.load(results)


def test_a_file_without_its_seal_is_refused(results: Path) -> None:
    path = op_file(results)
    seal_of(path).unlink()
    with pytest.raises(CorruptStoreError, match=r"abs\.parquet\.sha256 cannot be read: it is missing"):
        harness.load(results)
