"""The owner of a run that asv drives: a process that is asked for ops, one after another."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

import harness
from harness.errors import MeasureError
from harness.model import TIMED
from harness.runs.owner import VARIABLE, measured_cells, start_owner, stop_owner
from tests.support.sweeps import ABS, SIN, SMALL, begun_for, failing

pytestmark = pytest.mark.slow
LITTLE = replace(SMALL, max_size=16, rounds=1)


@pytest.fixture
def owner(monkeypatch: pytest.MonkeyPatch) -> Iterator[psutil.Process]:
    """Return an owner that is ended with the test."""
    monkeypatch.setenv(VARIABLE, "")
    with start_owner() as started:
        yield psutil.Process(started.pid)
        started.kill()


def test_the_owner_keeps_its_processes_from_op_to_op(tmp_path: Path, owner: psutil.Process) -> None:
    job = begun_for(tmp_path, LITTLE)
    cells = measured_cells(ABS, job)
    assert {cell.case.op for cell in cells} == {"abs"}
    assert all(cell.status in TIMED for cell in cells)
    before = owner.children()
    measured_cells(SIN, job)
    assert before
    assert owner.children() == before
    assert set(harness.load(tmp_path)["op"]) == {"abs", "sin"}


def test_what_the_owner_cannot_measure_is_an_error_of_who_asked(
    tmp_path: Path, owner: psutil.Process
) -> None:
    del owner
    nothing = replace(failing("torch.nonsense(x)"), spelling={"numpy": "np.nonsense(x)"})
    with pytest.raises(MeasureError, match="no cell of abs could be measured"):
        measured_cells(nothing, begun_for(tmp_path, LITTLE))
    assert measured_cells(ABS, begun_for(tmp_path / "next", LITTLE))


def test_an_owner_that_has_ended_is_told_in_a_sentence(tmp_path: Path, owner: psutil.Process) -> None:
    owner.kill()
    while owner.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    with pytest.raises(MeasureError, match="the process that measures for asv has ended"):
        measured_cells(ABS, begun_for(tmp_path, LITTLE))


def test_another_interpreter_measures_by_itself(
    tmp_path: Path, owner: psutil.Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, os.environ[VARIABLE].replace(sys.executable, "/another/python"))
    assert measured_cells(ABS, begun_for(tmp_path, LITTLE))
    assert owner.children() == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_the_owner_ends_with_what_started_it_however_that_ends(tmp_path: Path) -> None:
    job = begun_for(tmp_path, LITTLE)
    script = (
        "import os, signal; from harness.runs.owner import measured_cells, start_owner\n"
        "from harness.runs.job import current_job; from tests.support.sweeps import ABS\n"
        "owner = start_owner(); measured_cells(ABS, current_job()); print(flush=True); signal.pause()"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        env={**os.environ, "HARNESS_JOB": job.text(), VARIABLE: ""},
    )
    assert starter.stdout is not None
    starter.stdout.readline()
    family = psutil.Process(starter.pid).children(recursive=True)
    assert len(family) >= 2
    starter.send_signal(signal.SIGKILL)
    starter.communicate()
    _gone, alive = psutil.wait_procs(family, 30)
    assert alive == []


def test_an_owner_that_is_stopped_stores_what_it_has_of_its_op(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "")
    owner, reached = start_owner(), tmp_path / "reached"
    reached.mkdir()
    job = begun_for(tmp_path, replace(SMALL, rounds=1000))
    # Each round is a process of its own: in the third there is something of the first.
    touch = f"__import__('pathlib').Path({str(reached)!r}, str(__import__('os').getpid())).touch()"
    op = failing(f"torch.abs(x) if n < 64 else ({touch}, torch.abs(x))[1]")
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(measured_cells, op, job)
        while len(list(reached.iterdir())) < 3:
            time.sleep(0.01)
        stop_owner(owner)
        assert 0 < max(len(cell.rounds) for cell in asked.result()) < 1000
    assert set(harness.load(tmp_path)["op"]) == {"abs"}
