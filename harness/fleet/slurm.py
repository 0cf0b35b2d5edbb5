"""Whole nodes of Slurm as the workers of a scheduler here: a job for each, which ends with the fleet."""

import math
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import MeasureError, UsageError
from harness.fleet.cluster import Reached, configure, standing
from harness.names import one_line

if TYPE_CHECKING:
    from dask_jobqueue.slurm import SLURMCluster

_SPARE = 120.0
"""Seconds of a job beyond those that it may wait for others and measure."""
_ANSWER = 60.0
"""Seconds in which Slurm has to answer."""


@contextmanager
def by_slurm(nodes: int, partition: str | None, limit: float, wait: float) -> Iterator[Reached]:
    """Yield a scheduler here, with a worker on each whole node that Slurm gives within `wait` seconds."""
    # Whoever imports dask-jobqueue has Ctrl-C end the process as if all were well.
    on_interrupt = signal.getsignal(signal.SIGINT)
    from dask_jobqueue.slurm import SLURMCluster

    signal.signal(signal.SIGINT, on_interrupt)
    configure()
    with SLURMCluster(**slurm_options(partition, limit + wait), security=True) as cluster:
        _check(cluster.job_script())
        with standing(cluster.scheduler_address, cluster.security) as reached:
            cluster.scale(jobs=nodes)
            end = time.monotonic() + wait
            while len(reached.workers()) < nodes and time.monotonic() < end:
                time.sleep(1)
            yield Reached(client=reached.client, missing=_missing(cluster, wait))


def slurm_options(partition: str | None, seconds: float) -> dict[str, Any]:
    """Return what dask-jobqueue is told: a worker of one thread for each node, which it has to itself."""
    return {
        "queue": partition,
        "cores": 1,
        "processes": 1,
        "memory": "1GB",
        "nanny": False,
        # Dask's page would be open to the network, without TLS.
        "scheduler_options": {"dashboard": False, "dashboard_address": "127.0.0.1:0"},
        # Minutes; dask-jobqueue's own half an hour would cut off what may take as long.
        "walltime": str(math.ceil((seconds + _SPARE) / 60)),
        "job_name": "harness",
        "job_directives_skip": ["--cpus-per-task", "--mem"],
        "job_extra_directives": ["--nodes=1", "--exclusive", "--mem=0"],
        # Of the keys that workers need, which are gone with the fleet: jobs begin in this folder as well.
        "shared_temp_directory": str(Path.cwd()),
    }


def _check(script: str) -> None:
    """Ask Slurm whether it takes a job; dask-jobqueue does not say so where it does not."""
    try:
        done = subprocess.run(
            ["sbatch", "--test-only"],  # noqa: S607 - the one that dask-jobqueue finds
            input=script,
            capture_output=True,
            text=True,
            check=False,
            timeout=_ANSWER,
        )
    except FileNotFoundError as error:
        raise UsageError(
            "there is no sbatch here, by which --slurm takes nodes; start it on a login node"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise MeasureError(f"Slurm does not answer within {_ANSWER:.0f} s; see `sinfo`") from error
    if done.returncode:
        raise MeasureError(f"Slurm does not take the job ({one_line(done.stderr)}); see `sinfo`")


def _missing(cluster: "SLURMCluster", wait: float) -> dict[str, str]:
    """Return why there is no worker of a job, by job."""
    present = {told["name"] for told in cluster.scheduler_info["workers"].values()}
    return {
        f"job {job.job_id}": f"it has no worker after {wait:.0f} s; `scontrol show job {job.job_id}` "
        "says why, --wait waits longer"
        for name, job in cluster.workers.items()
        if name not in present
    }
