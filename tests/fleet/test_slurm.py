"""Fleets over Slurm: its real daemons with one node, and what its jobs ask for."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.fleet.record import read_record
from harness.fleet.slurm import slurm_options
from harness.store.runs import read_runs
from tests.fleet.test_fleet import LONG, SHORT, states
from tests.support.fleets import until
from tests.support.projects import PROJECT
from tests.support.slurm import Slurm, slurm

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
__all__ = ["slurm"]
JOB = """#!/usr/bin/env bash

#SBATCH -J harness
#SBATCH -p gpu
#SBATCH -n 1
#SBATCH -t 42
#SBATCH --nodes=1
#SBATCH --exclusive
#SBATCH --mem=0
"""


def start(slurm: Slurm, folder: Path, words: Sequence[str]) -> "subprocess.Popen[str]":
    """Start the command over Slurm, in a project of its own, since keys of workers lie in it."""
    project = folder / "project"
    if not project.exists():
        project.mkdir()
        shutil.copytree(PROJECT / "benchmarks", project / "benchmarks")
        shutil.copy(PROJECT / "asv.conf.json", project)
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "harness",
            "fleet",
            "run",
            "--slurm",
            "--results",
            str(folder / "results"),
            *words,
        ],
        cwd=project,
        env=slurm.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_job_is_a_whole_node_for_as_long_as_its_limit_and_the_wait_for_others() -> None:
    on_interrupt = signal.getsignal(signal.SIGINT)
    from dask_jobqueue.slurm import SLURMCluster

    signal.signal(signal.SIGINT, on_interrupt)
    with SLURMCluster(**slurm_options("gpu", 2400.0)) as cluster:
        script = cluster.job_script()
    assert script.startswith(JOB)
    assert "--nthreads 1 " in script
    assert "--no-nanny" in script


def test_a_node_measures_and_its_job_ends_with_the_fleet(slurm: Slurm, tmp_path: Path) -> None:
    process = start(slurm, tmp_path, ["--wait", "60", *SHORT])
    _, err = process.communicate()
    assert process.returncode == 0, err
    assert list(states(tmp_path / "results").values()) == ["measured"]
    assert len(list(read_runs(tmp_path / "results"))) == 1
    until(lambda: not slurm.jobs() and not slurm.processes(), "the end of all jobs")
    assert not list((tmp_path / "project").glob(".dask*"))


def test_a_node_that_does_not_come_has_its_reason_and_the_others_measure(
    slurm: Slurm, tmp_path: Path
) -> None:
    process = start(slurm, tmp_path, ["--nodes", "2", "--wait", "15", *SHORT])
    _, err = process.communicate()
    assert process.returncode == 6, err
    assert sorted(states(tmp_path / "results").values()) == ["measured", "refused"]
    record = read_record(tmp_path / "results")
    assert record
    assert any("it has no worker after 15 s" in one.reason for one in record.outcomes.values())
    until(lambda: not slurm.jobs() and not slurm.processes(), "the end of all jobs")


def test_ctrl_c_ends_the_jobs(slurm: Slurm, tmp_path: Path) -> None:
    process = start(slurm, tmp_path, LONG)
    until(lambda: slurm.jobs() == ["RUNNING"], "a job")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert process.returncode == 130, out + err
    until(lambda: not slurm.jobs(), "the end of all jobs")


def test_a_partition_that_is_not_there_is_one_sentence(slurm: Slurm, tmp_path: Path) -> None:
    process = start(slurm, tmp_path, ["--partition", "gpu", *SHORT])
    _, err = process.communicate()
    assert process.returncode == 6, err
    assert "harness: Slurm does not take the job (" in err
    assert "invalid partition" in err
    assert not slurm.jobs()


def test_sbatch_takes_the_script_of_a_plan(slurm: Slurm, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "harness", "fleet", "plan", "--results", str(tmp_path / "results")]
    script = subprocess.run([*words, *SHORT], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    (tmp_path / "job").write_text(script)
    slurm.environment["PATH"] = f"{Path(sys.executable).parent}:{slurm.environment['PATH']}"
    log = f"--output={tmp_path / 'log'}"
    assert "Submitted" in slurm.ask("sbatch", log, str(tmp_path / "job"), folder=PROJECT)
    until(lambda: not slurm.jobs(), "the end of the job")
    (run,) = [run for node in (tmp_path / "results" / "nodes").iterdir() for run in read_runs(node)]
    assert run.machine in (tmp_path / "log").read_text()
