"""Slurm's own daemons on this machine, as a cluster of one node."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.support.fleets import until

_NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "sinfo", "squeue")
_SETTINGS = """ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MailProg=/bin/true
KillWait=2
SchedulerParameters=defer_batch,sched_interval=2,bf_interval=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={processors} RealMemory=1000
PartitionName=gpu Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Yield the environment of whoever submits jobs to a cluster of one node with a partition ``gpu``."""
    missing = [name for name in _NEEDED if shutil.which(name) is None]
    if missing or os.geteuid():
        pytest.skip(f"needs root, and {', '.join(missing) or 'all is there'}")
    folder = tmp_path_factory.mktemp("slurm")
    for name in ("state", "spool"):
        (folder / name).mkdir()
    for parent in (folder, folder.parent, folder.parent.parent):
        parent.chmod(0o755)  # munged wants to be reached by others
    key = folder / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o600)
    settings = folder / "slurm.conf"
    settings.write_text(
        _SETTINGS.format(
            folder=folder,
            host=socket.gethostname().partition(".")[0],
            ports=_free_ports(),
            processors=len(os.sched_getaffinity(0)),
        )
    )
    environment = {**os.environ, "SLURM_CONF": str(settings)}
    own = {name: folder / f"munge.{name}" for name in ("socket", "pid-file", "log-file", "seed-file")}
    munge = ["munged", "--foreground", "--force", f"--key-file={key}"]
    commands = (
        [*munge, *(f"--{name}={path}" for name, path in own.items())],
        ["slurmctld", "-D", "-f", str(settings)],
        ["slurmd", "-D", "-f", str(settings)],
    )
    daemons = []
    try:
        for command in commands:
            with (folder / f"{command[0]}.log").open("wb") as log:
                daemons.append(
                    subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
                )
            if command[0] == "munged":
                until(own["socket"].exists, "munged")
        until(lambda: "idle" in queue(environment, "sinfo", "--noheader", "--format=%T"), "the node")
        yield environment
    finally:
        for daemon in reversed(daemons):
            with suppress(ProcessLookupError):
                os.killpg(daemon.pid, signal.SIGTERM)
            daemon.wait()


def queue(environment: dict[str, str], *command: str) -> str:
    """Return what a command of Slurm says."""
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout


def _free_ports() -> list[int]:
    """Return two ports that nobody listens at."""
    with socket.socket() as one, socket.socket() as other:
        for free in (one, other):
            free.bind(("127.0.0.1", 0))
        return [free.getsockname()[1] for free in (one, other)]
