"""What a word names: a run, its folder, a machine's latest complete run, or a file of cells."""

from pathlib import Path

import pytest

import harness
from harness.answers.compared_run import ComparedRun, read_compared_run
from harness.errors import UnknownNameError, UsageError
from harness.export.cells_parquet import write_cells
from tests.support.runs import MACHINE, scripted_cell, write_run

FIRST, LAST = "20260101T000000Z-000000", "20260102T000000Z-000000"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Return a store of two runs, which took one and two seconds."""
    for run, seconds in ((FIRST, 1.0), (LAST, 2.0)):
        write_run(tmp_path, [scripted_cell("numpy", 16, [seconds] * 3)], run=run)
    return tmp_path


def seconds_of(run: ComparedRun) -> float:
    """Return the time of the one cell."""
    return float(run.cells["seconds"].item())


def test_a_run_and_its_folder_are_the_same_and_a_machine_is_its_latest(store: Path) -> None:
    folder = store / "runs" / MACHINE / FIRST
    for word in (FIRST, str(folder)):
        run = read_compared_run(word, store)
        assert (run.name, seconds_of(run), run.facts["settings"]) == (
            f"{MACHINE}/{FIRST}",
            1.0,
            {"rounds": 3},
        )
    assert seconds_of(read_compared_run(MACHINE, store)) == 2.0


def test_a_file_is_the_run_whose_cells_it_holds_and_of_two_runs_it_is_refused(store: Path) -> None:
    cells = harness.load(store)
    write_cells(store / "last.parquet", cells[cells["run"] == LAST], {"settings": {"rounds": 4}})
    run = read_compared_run(str(store / "last.parquet"), store)
    assert (run.name, seconds_of(run), run.facts) == (f"{MACHINE}/{LAST}", 2.0, {"settings": {"rounds": 4}})
    write_cells(store / "both.parquet", cells, {})
    with pytest.raises(UsageError, match="holds cells of 2 runs"):
        read_compared_run(str(store / "both.parquet"), store)


def test_a_word_that_names_nothing_is_answered_with_the_names_there_are(store: Path) -> None:
    with pytest.raises(UnknownNameError, match=rf"'x'.*{MACHINE}, {FIRST}, {LAST}"):
        read_compared_run("x", store)
    with pytest.raises(UnknownNameError):
        read_compared_run("x" * 5000, store)  # longer than a path can be
