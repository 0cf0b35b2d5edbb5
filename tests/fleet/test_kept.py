"""What comes back of a host: into the store whole, or not at all."""

from pathlib import Path

import pytest

from harness.fleet.measure import kept
from harness.fleet.order import Receipt
from harness.fleet.record import State
from harness.store.runs import read_runs
from tests.support.runs import scripted_cell, write_run


@pytest.fixture
def files(tmp_path: Path) -> dict[str, bytes]:
    """Return the files of a run, by path."""
    there = tmp_path / "there"
    write_run(there, [scripted_cell("numpy", n, [1e-6] * 4) for n in (16, 64)])
    return {
        path.relative_to(there).as_posix(): path.read_bytes() for path in there.rglob("*") if path.is_file()
    }


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a results folder that is not there yet."""
    return tmp_path / "home"


def receipt(files: dict[str, bytes], code: int = 0, reason: str = "") -> Receipt:
    """Return what a host sends."""
    return Receipt(code=code, reason=reason, files=files)


def runs(home: Path) -> list[str]:
    """Return the runs of a store, beside which nothing may lie."""
    assert {path.name for path in home.glob("*")} <= {"runs"}
    return [run.id for run in read_runs(home)]


def test_a_run_is_kept_and_twice_the_same_is_one(files: dict[str, bytes], home: Path) -> None:
    for _ in range(2):
        outcome = kept("a", receipt(files), home)
        assert (outcome.state, outcome.reason) == (State.MEASURED, "")
        assert runs(home) == [outcome.run]


@pytest.mark.parametrize("kind", ["torn", "changed", "lacking"])
def test_a_run_that_arrives_damaged_is_not_kept(kind: str, files: dict[str, bytes], home: Path) -> None:
    (name,) = (name for name in files if name.endswith(".parquet"))
    contents = files.pop(name)
    if kind != "lacking":
        half = len(contents) // 2
        files[name] = contents[:half] if kind == "torn" else contents[:half] + b"?" + contents[half + 1 :]
    outcome = kept("a", receipt(files), home)
    assert outcome.state == State.FAILED
    assert "what came back is not kept: " in outcome.reason
    assert runs(home) == []


def test_a_name_that_leads_out_of_the_store_is_refused(files: dict[str, bytes], home: Path) -> None:
    outcome = kept("a", receipt({**files, "../../evil": b""}), home)
    assert (outcome.state, runs(home)) == (State.FAILED, [])
    assert "leads out of the store" in outcome.reason
    assert not (home.parent / "evil").exists()


def test_where_the_store_cannot_be_written_that_is_told(files: dict[str, bytes], home: Path) -> None:
    home.mkdir()
    (home / "runs").write_text("a file")
    outcome = kept("a", receipt(files), home)
    assert outcome.state == State.FAILED
    assert "what came back is not kept: " in outcome.reason


def test_what_a_host_had_measured_before_it_failed_is_kept(files: dict[str, bytes], home: Path) -> None:
    outcome = kept("a", receipt(files, 130, "ended with code 130: stopped"), home)
    assert (outcome.state, outcome.reason) == (State.FAILED, "ended with code 130: stopped")
    assert runs(home) == [outcome.run]


def test_a_host_that_measured_nothing_has_failed(home: Path) -> None:
    assert kept("a", receipt({}, 3, "ended with code 3: no op"), home).reason == "ended with code 3: no op"
    assert kept("a", receipt({}), home).reason == "it measured nothing"
