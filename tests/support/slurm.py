"""A Slurm of one node: its real daemons on this computer, without systemd and control groups."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import psutil
import pytest

from tests.support.fleets import until

_NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "sinfo")


class Slurm:
    """The daemons, and the environment in which its commands find them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._daemons: list[subprocess.Popen[bytes]] = []
        self.environment = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf")}
        for name in ("state", "spool", "munge", "groups"):
            (folder / name).mkdir()
        key = folder / "munge" / "key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        with ExitStack() as held:
            free = [held.enter_context(closing(socket.socket())) for _ in range(2)]
            for one in free:
                one.bind(("127.0.0.1", 0))
            ports = [one.getsockname()[1] for one in free]
        (folder / "slurm.conf").write_text(_configuration(folder, *ports))
        # Of the two plug-ins the one that does without systemd; nothing else here uses control groups.
        (folder / "cgroup.conf").write_text(f"CgroupPlugin=cgroup/v1\nCgroupMountpoint={folder / 'groups'}\n")
        own = [f"--{name}-file={folder / 'munge' / name}" for name in ("key", "pid", "log", "seed")]
        self._start("munged", "--foreground", "--force", f"--socket={folder / 'munge' / 'socket'}", *own)
        until((folder / "munge" / "socket").exists, "munged")
        self._start("slurmctld", "-D", "-f", str(folder / "slurm.conf"))
        self._start("slurmd", "-D", "-f", str(folder / "slurm.conf"), "-N", "n1")
        until(lambda: "idle" in self.ask("sinfo"), "a node of Slurm")

    def ask(self, *words: str, folder: Path | None = None) -> str:
        """Return what a command of Slurm's says."""
        done = subprocess.run(
            words, cwd=folder, env=self.environment, capture_output=True, text=True, check=False
        )
        return done.stdout + done.stderr

    def jobs(self) -> list[str]:
        """Return the state of each job that is in the queue."""
        return self.ask("squeue", "--noheader", "--format=%T").split()

    def processes(self) -> list[psutil.Process]:
        """Return the processes of all jobs."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                environment = process.environ()
                if (
                    "SLURM_JOB_ID" in environment
                    and environment.get("SLURM_CONF") == self.environment["SLURM_CONF"]
                ):
                    found.append(process)
        return found

    def _start(self, *words: str) -> None:
        with (self._folder / f"{words[0]}.out").open("wb") as said:
            self._daemons.append(
                subprocess.Popen(
                    words, env=self.environment, stdout=said, stderr=said, start_new_session=True
                )
            )

    def end(self) -> None:
        """End what is left."""
        self.ask("scancel", "--full", "--name=harness")
        until(lambda: not self.jobs(), "the end of all jobs")
        for daemon in reversed(self._daemons):
            if daemon.poll() is None:
                os.killpg(daemon.pid, signal.SIGKILL)
            daemon.wait()
        for process in self.processes():  # without its daemon nothing else ends them
            process.kill()


def _configuration(folder: Path, controller: int, node: int) -> str:
    """Return Slurm's configuration: everything as root, in this folder, at these ports."""
    here = socket.gethostname().partition(".")[0]
    return f"""ClusterName=tried
SlurmctldHost={here}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
SlurmUser=root
SlurmdUser=root
AuthInfo=socket={folder / "munge" / "socket"}
StateSaveLocation={folder / "state"}
SlurmdSpoolDir={folder / "spool"}
SlurmctldPidFile={folder / "controller.pid"}
SlurmdPidFile={folder / "node.pid"}
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
KillWait=5
NodeName=n1 NodeHostname={here} NodeAddr=127.0.0.1 CPUs={os.cpu_count()} State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES State=UP
"""


@pytest.fixture
def slurm(tmp_path: Path) -> Iterator[Slurm]:
    """Return Slurm; skipped where it cannot run."""
    lacking = [name for name in _NEEDED if shutil.which(name) is None]
    if lacking:
        pytest.skip(f"{', '.join(lacking)} is not installed")
    if os.geteuid() != 0:
        pytest.skip("the daemons of Slurm need root")
    folder = tmp_path / "slurm"
    folder.mkdir()
    slurm = Slurm(folder)
    yield slurm
    slurm.end()
