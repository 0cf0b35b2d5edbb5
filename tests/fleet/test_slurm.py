"""Fleets on Slurm: what a job says, and real daemons that run it."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.fleet.batch_script import slurm_script
from harness.fleet.cluster import slurm_options
from harness.store.runs import read_runs
from tests.fleet.test_fleet import LONG, SHORT, states
from tests.support.fleets import until
from tests.support.projects import copy_project
from tests.support.slurm import queue, slurm

__all__ = ["slurm"]
GOLDEN = """#!/usr/bin/env bash

#SBATCH -J dask-worker
#SBATCH -p gpu
#SBATCH -n 1
#SBATCH -t 00:45:00
#SBATCH --nodes=1
#SBATCH --exclusive
#SBATCH --mem=0
#SBATCH --output=harness-%j.log

PYTHON -m distributed.cli.dask_worker tcp://head:8786 --name 0 --nthreads 1 --memory-limit 0.93GiB --nanny \
--death-timeout 60 --memory-limit 0
"""


def test_a_job_is_a_whole_node_with_one_thread_for_dask_and_has_the_time_of_a_host() -> None:
    jobs = pytest.importorskip("dask_jobqueue.slurm", reason="dask-jobqueue is not installed")
    job = jobs.SLURMJob("tcp://head:8786", name="0", **slurm_options("gpu", 1800))
    assert job.job_script() == GOLDEN.replace("PYTHON", sys.executable)


@pytest.mark.parametrize(("limit", "said"), [(1, "00:16:00"), (7200, "02:15:00"), (86_400, "24:15:00")])
def test_a_job_may_take_a_quarter_of_an_hour_more_than_a_host(limit: float, said: str) -> None:
    assert slurm_options(None, limit)["walltime"] == said


def start(environment: dict[str, str], results: Path, *words: str) -> "subprocess.Popen[str]":
    """Start the command over Slurm, in a project where the logs of jobs may lie."""
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "harness", "fleet", "run", "--slurm"),
            *("--results", str(results.absolute()), *words),
        ],
        cwd=copy_project(results.parent),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_node_is_measured_and_a_job_that_does_not_begin_is_told(
    slurm: dict[str, str], tmp_path: Path
) -> None:
    results = tmp_path / "results"
    process = start(slurm, results, "--nodes", "2", "--wait", "20", *SHORT)
    out, err = process.communicate()
    assert process.returncode == 6, err
    assert sorted(states(results).values()) == ["lost", "measured"]
    assert "job 2 of 2" in out
    assert "did not begin in the 20 s" in out
    assert len(list(read_runs(results))) == 1
    until(lambda: not queue(slurm, "squeue", "--noheader"), "the end of the jobs")


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_ctrl_c_takes_the_jobs_back(slurm: dict[str, str], tmp_path: Path) -> None:
    results = tmp_path / "results"
    process = start(slurm, results, "--partition", "gpu", *LONG)
    assert process.stderr
    while "measuring" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 130
    assert list(states(results).values()) == ["stopped"]
    until(lambda: not queue(slurm, "squeue", "--noheader"), "the end of the jobs")


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_job_that_slurm_refuses_is_told_at_once(slurm: dict[str, str], tmp_path: Path) -> None:
    process = start(slurm, tmp_path / "results", "--partition", "wrong", *SHORT)
    _, err = process.communicate()
    assert process.returncode == 6
    assert "Slurm refuses such a job: sbatch: error: invalid partition specified: wrong" in err
    assert "R" not in queue(slurm, "squeue", "--noheader", "--format=%t")


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_the_script_of_a_plan_runs_as_a_job(slurm: dict[str, str], tmp_path: Path) -> None:
    script = tmp_path / "fleet.sbatch"
    words = ["run", *SHORT, "--no-plots"]
    script.write_text(slurm_script(words, 1, "gpu", tmp_path / "results"))
    # The command lies beside the Python that runs these tests.
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [str(shutil.which("sbatch")), "--wait", str(script)],
        cwd=copy_project(tmp_path),
        env={**slurm, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    logs = "".join(log.read_text() for log in tmp_path.glob("project/harness-*.log"))
    assert done.returncode == 0, done.stderr + logs
    (node,) = (tmp_path / "results" / "nodes").iterdir()
    assert len(list(read_runs(node))) == 1
