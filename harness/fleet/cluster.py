"""The Dask clusters over which a fleet is measured: one that stands, one of its own, or jobs of Slurm."""

import ipaddress
import logging
import math
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from harness.errors import MeasureError, UsageError
from harness.names import one_line

if TYPE_CHECKING:
    from distributed import Client

_ANSWER = 15.0
"""Seconds within which a scheduler has to answer."""
SETTINGS: Mapping[str, Any] = {
    "distributed.scheduler.work-stealing": False,
    "distributed.scheduler.allowed-failures": 0,
    "distributed.worker.profile.enabled": False,
}
"""What would move a measurement, repeat it, or disturb it."""


def check_installed() -> None:
    """Refuse to go on without Dask, with what to do."""
    try:
        import distributed  # noqa: F401 - whether it is there
    except ImportError as error:
        raise UsageError(
            "a fleet is measured over Dask, which is not installed here; pip install "
            "'numpy-torch-harness[fleet]', on the hosts as well"
        ) from error


@dataclass(frozen=True, slots=True)
class Reached:
    """A client of a cluster, and why those of its hosts have no worker that have none."""

    client: "Client"
    unreached: Mapping[str, str]


@contextmanager
def standing(address: str, tls: Mapping[str, Path]) -> Iterator[Reached]:
    """Yield a client of a scheduler that stands; by TLS if certificates are given."""
    with _client(address, tls) as client:
        yield Reached(client, {})


@contextmanager
def own_scheduler() -> Iterator[tuple["Client", int]]:
    """Yield a client of a scheduler in this process, and its port, which is reached on loopback alone."""
    from distributed import LocalCluster

    _configure()
    with (
        LocalCluster(
            n_workers=0,
            protocol="tcp",
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
        ) as cluster,
        _client(cluster.scheduler_address, {}) as client,
    ):
        yield client, urlsplit(cluster.scheduler_address).port or 0


@contextmanager
def by_slurm(nodes: int, partition: str | None, limit: float, wait: float) -> Iterator[Reached]:
    """Yield a client of a scheduler here, with a worker on each node of Slurm whose job begins in time."""
    # To import it makes Ctrl-C end this process at once.
    interrupted = signal.getsignal(signal.SIGINT)
    from dask_jobqueue.slurm import SLURMCluster

    signal.signal(signal.SIGINT, interrupted)
    sbatch = shutil.which("sbatch")
    if sbatch is None:
        raise MeasureError("sbatch is not installed here; run this where jobs are submitted to Slurm")
    _configure()
    with (
        SLURMCluster(**slurm_options(partition, limit)) as cluster,
        _client(cluster.scheduler_address, {}) as client,
    ):
        # Dask goes on without a job that was refused, and says so in its log alone.
        tried = subprocess.run(
            [sbatch, "--test-only"], input=cluster.job_script(), capture_output=True, text=True, check=False
        )
        if tried.returncode:
            raise MeasureError(f"Slurm refuses such a job: {one_line(tried.stderr)}")
        cluster.scale(jobs=nodes)
        end = time.monotonic() + wait
        while (have := len(workers_of(client))) < nodes and time.monotonic() < end:
            time.sleep(1)
        why = f"did not begin in the {wait:.0f} s that --wait gives it"
        yield Reached(client, {f"job {number} of {nodes}": why for number in range(have + 1, nodes + 1)})


def workers_of(client: "Client") -> Mapping[str, Mapping[str, Any]]:
    """Return what the scheduler says of each worker, by address."""
    found: Mapping[str, Mapping[str, Any]] = client.scheduler_info(n_workers=-1)["workers"]
    return found


def slurm_options(partition: str | None, limit: float) -> dict[str, Any]:
    """
    Return what dask-jobqueue is told: a worker of one thread for each node, which it has to itself.

    A job may take the limit of a host, and a quarter of an hour for those that begin later.
    """
    minutes = math.ceil(limit / 60) + 15
    return {
        "queue": partition,
        "walltime": f"{minutes // 60:02}:{minutes % 60:02}:00",
        "cores": 1,
        "processes": 1,
        "memory": "1GB",
        "worker_extra_args": ["--memory-limit", "0"],
        "job_directives_skip": ["--cpus-per-task", "--mem"],
        "job_extra_directives": ["--nodes=1", "--exclusive", "--mem=0", "--output=harness-%j.log"],
    }


def is_open(address: str) -> bool:
    """Whether anybody who reaches an address can run what they like on its cluster: no TLS, not loopback."""
    parts = urlsplit(address)
    if parts.scheme == "tls" or parts.hostname == "localhost":
        return False
    with suppress(ValueError):
        return not ipaddress.ip_address(parts.hostname or "").is_loopback
    return True


@contextmanager
def _client(address: str, tls: Mapping[str, Path]) -> Iterator["Client"]:
    """Yield a client of a scheduler."""
    from distributed import Client
    from distributed.security import Security

    security = (
        Security(**{f"tls_{name}": str(path) for name, path in tls.items()}, require_encryption=True)
        if tls
        else None
    )
    # What a cluster does when it ends is told of each host, in a sentence.
    logging.disable(logging.CRITICAL)
    try:
        client = Client(address, security=security, timeout=_ANSWER, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise MeasureError(
            f"no scheduler answers at {address} ({error}); start one with `dask scheduler`, and on each host "
            f"`dask worker {address} --nthreads 1`"
        ) from error
    try:
        yield client
    finally:
        with suppress(OSError, TimeoutError):
            client.close(timeout=5)


def _configure() -> None:
    """Tell the scheduler that is started here what would spoil a measurement."""
    import dask

    dask.config.set(SETTINGS)
