"""A job: it reaches every process of its run, and no two runs share a folder."""

import json
from dataclasses import replace
from importlib.metadata import version
from itertools import product
from pathlib import Path

import pytest

from harness.errors import MeasureError, UsageError
from harness.model import Cache
from harness.runs.job import VARIABLE, current_job, new_job
from harness.runs.settings import DEFAULT, QUICK
from harness.runs.sweep import sweep
from harness.store.runs import latest, read_runs
from tests.support.runs import MACHINE, scripted_cell, write_run
from tests.support.sweeps import ABS, SMALL, job_for


def test_a_job_reaches_other_processes_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = replace(QUICK, l2=Cache.COLD, pinned=True)
    job = new_job(results=tmp_path, project=tmp_path, machine="my machine", settings=asked)
    monkeypatch.setenv(VARIABLE, job.text())
    assert current_job() == job


@pytest.mark.parametrize("text", ["", "{}", "[]", json.dumps({"settings": {"backends": 3}})])
def test_a_spoiled_job_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, text)
    with pytest.raises(MeasureError, match="HARNESS_JOB holds no job"):
        current_job()


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "a\nb", "\x1b[31m", "x" * 10_000, ".hidden"])
def test_a_machine_name_that_cannot_be_a_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="machine's name"):
        new_job(results=tmp_path, project=tmp_path, machine=name, settings=DEFAULT)


def test_two_jobs_never_share_a_folder(tmp_path: Path) -> None:
    made = {new_job(results=tmp_path, project=tmp_path, machine="m", settings=DEFAULT).run for _ in range(50)}
    assert len(made) == 50


@pytest.mark.slow
def test_every_managed_environment_and_commit_has_a_run_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One call of asv measures several; they share a job, and none may overwrite another's files."""
    monkeypatch.setenv("HARNESS_JOB", job_for(tmp_path, replace(SMALL, max_size=16, rounds=1)).text())
    numpy, commits = version("numpy"), ("a" * 40, "b" * 40)
    for commit, environment in product(commits, ("virtualenv-py3.11", f"virtualenv-py3.11-numpy{numpy}")):
        monkeypatch.setenv("ASV_ENV_NAME", environment)
        monkeypatch.setenv("ASV_COMMIT", commit)
        job = current_job()
        assert job is not None
        sweep(ABS, job)
    runs = list(read_runs(tmp_path))
    assert len(runs) == 4
    assert {(run.facts["commit"], run.facts["dirty"]) for run in runs} == {(c, False) for c in commits}


def test_a_run_after_the_clock_was_set_back_is_the_latest_all_the_same(tmp_path: Path) -> None:
    """The clock said 2099 once; every later run would hide behind that one otherwise."""
    write_run(tmp_path, [scripted_cell("numpy", 16, [1.0])], run="20991231T235959Z-ffffff")
    job = new_job(results=tmp_path, project=tmp_path, machine=MACHINE, settings=QUICK)
    write_run(tmp_path, [scripted_cell("numpy", 64, [1.0])], run=job.run)
    assert job.run.startswith("21000101T000000Z-")
    assert latest(read_runs(tmp_path), MACHINE).id == job.run
