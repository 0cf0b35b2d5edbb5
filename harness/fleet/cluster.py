"""The Dask clusters over which a fleet is measured: one that stands, hosts by SSH, or jobs of Slurm."""

import ipaddress
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from harness.errors import MeasureError, UsageError

if TYPE_CHECKING:
    from distributed import Client

_ANSWER = 15.0
"""Seconds within which a scheduler has to answer."""
_ARRIVAL = 600.0
"""Seconds in which jobs of a batch system have to begin."""
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


@contextmanager
def standing(address: str, tls: Mapping[str, Path]) -> Iterator["Client"]:
    """Yield a client of a scheduler that stands; by TLS if certificates are given."""
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


@contextmanager
def by_ssh(hosts: Sequence[str]) -> Iterator["Client"]:
    """Yield a client of a scheduler here, with a worker on each host that SSH reaches without a password."""
    from distributed import SSHCluster

    _configure()
    try:
        cluster = SSHCluster(
            ["localhost", *hosts],
            worker_options={"nthreads": 1, "n_workers": 1},
        )
    except Exception as error:
        raise MeasureError(
            f"the hosts cannot be reached by SSH ({error}); try `ssh {hosts[0]} true`"
        ) from error
    with cluster, standing(cluster.scheduler_address, {}) as client:
        yield client


@contextmanager
def by_slurm(nodes: int, partition: str | None) -> Iterator["Client"]:
    """Yield a client of a scheduler here, with a worker on each of so many whole nodes of Slurm."""
    from dask_jobqueue.slurm import SLURMCluster

    _configure()
    with SLURMCluster(**slurm_options(partition)) as cluster:
        cluster.scale(jobs=nodes)
        with standing(cluster.scheduler_address, {}) as client:
            end = time.monotonic() + _ARRIVAL
            while len(client.scheduler_info(n_workers=-1)["workers"]) < nodes and time.monotonic() < end:
                time.sleep(1)
            yield client


def slurm_options(partition: str | None) -> dict[str, Any]:
    """Return what dask-jobqueue is told: a worker of one thread for each node, which it has to itself."""
    return {
        "queue": partition,
        "cores": 1,
        "processes": 1,
        "memory": "1GB",
        "job_directives_skip": ["--cpus-per-task", "--mem"],
        "job_extra_directives": ["--nodes=1", "--exclusive", "--mem=0"],
    }


def is_open(address: str) -> bool:
    """Whether anybody who reaches an address can run what they like on its cluster: no TLS, not loopback."""
    parts = urlsplit(address)
    if parts.scheme == "tls" or parts.hostname == "localhost":
        return False
    with suppress(ValueError):
        return not ipaddress.ip_address(parts.hostname or "").is_loopback
    return True


def _configure() -> None:
    """Tell the scheduler that is started here what would spoil a measurement."""
    import dask

    dask.config.set(SETTINGS)
