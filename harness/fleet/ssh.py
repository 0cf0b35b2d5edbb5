"""Workers on hosts that SSH reaches: each over one connection, through which all that Dask says goes."""

import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UsageError
from harness.fleet.child import last_line
from harness.fleet.cluster import Reached, configure, standing
from harness.workers.lifeline import tied

_CONNECT = 15
"""Seconds within which a host has to answer."""
_BEGIN = 60.0
"""Seconds within which its worker has to be there."""
_ENDING = 5.0
"""Seconds that workers have to end in, before their connection is cut."""
_LOOK = 0.2
_OPTIONS: Mapping[str, object] = {
    "BatchMode": "yes",
    "ConnectTimeout": _CONNECT,
    "ServerAliveInterval": 5,
    "ServerAliveCountMax": 3,
    "ExitOnForwardFailure": "yes",
    # The connection of somebody else's session would end with that.
    "ControlPath": "none",
}
_OWN_ERROR = 255
"""The exit code of ssh for what went wrong with itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Those of a connection; each is on loopback."""

    scheduler: int
    """Where the scheduler is, here."""
    scheduler_there: int
    worker_there: int
    worker: int
    """Where the worker is reached from here."""

    @property
    def address(self) -> str:
        """Return the worker's address."""
        return f"tcp://127.0.0.1:{self.worker}"


@contextmanager
def by_ssh(hosts: Sequence[str], python: str | None) -> Iterator[Reached]:
    """
    Yield a scheduler here, with a worker on each host that SSH reaches without a password.

    It is the user's own ssh, with all that is said in its configuration. Dask's SSHCluster fails as a whole
    when one host does, needs a server for SSH at home as well, and leaves its scheduler open to the network.
    """
    from distributed import LocalCluster

    ssh = shutil.which("ssh")
    if ssh is None:
        raise UsageError("there is no ssh here, by which --hosts are reached; install it")
    configure()
    with ExitStack() as ends:
        said = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="harness-ssh-")))
        connections: dict[str, subprocess.Popen[bytes]] = {}
        ends.callback(_end, connections)
        cluster = ends.enter_context(
            LocalCluster(
                n_workers=0,
                host="127.0.0.1",
                scheduler_port=0,
                # Without one it takes that of another cluster here, or warns that it cannot.
                dashboard_address="127.0.0.1:0",
                scheduler_kwargs={"dashboard": False},
            )
        )
        reached = ends.enter_context(standing(cluster.scheduler_address, None))
        home = int(cluster.scheduler_address.rpartition(":")[2])
        addresses = {}
        for number, host in enumerate(dict.fromkeys(hosts)):
            ports = _free_ports(home)
            addresses[host] = ports.address
            with (said / str(number)).open("wb") as log:
                connections[host] = subprocess.Popen(
                    tied([ssh, *ssh_words(host, python or sys.executable, ports)]),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        logs = {host: said / str(number) for number, host in enumerate(connections)}
        missing = _missing(reached, connections, addresses, logs)
        yield Reached(client=reached.client, missing=missing)


def ssh_words(host: str, python: str, ports: Ports) -> list[str]:
    """Return what ssh is told: to start a worker that is reached, and reaches its scheduler, through it."""
    worker = [
        *("exec", python, "-m", "dask", "worker", f"tcp://127.0.0.1:{ports.scheduler_there}"),
        *("--nthreads", "1", "--no-nanny", "--no-dashboard", "--death-timeout", "30"),
        *("--listen-address", f"tcp://127.0.0.1:{ports.worker_there}", "--contact-address", ports.address),
    ]
    return [
        *(word for name, value in _OPTIONS.items() for word in ("-o", f"{name}={value}")),
        *("-T", "-a", "-x"),
        *("-R", f"127.0.0.1:{ports.scheduler_there}:127.0.0.1:{ports.scheduler}"),
        *("-L", f"127.0.0.1:{ports.worker}:127.0.0.1:{ports.worker_there}"),
        *("--", host, shlex.join(worker)),
    ]


def _free_ports(scheduler: int) -> Ports:
    """Return ports that are free here, and as like as not there; ssh ends where they are not."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(3)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        there, worker_there, worker = (one.getsockname()[1] for one in sockets)
    return Ports(scheduler=scheduler, scheduler_there=there, worker_there=worker_there, worker=worker)


def _missing(
    reached: Reached,
    connections: Mapping[str, "subprocess.Popen[bytes]"],
    addresses: Mapping[str, str],
    logs: Mapping[str, Path],
) -> dict[str, str]:
    """Wait until each worker is there or will not be; return why not, by host."""
    missing: dict[str, str] = {}
    end = time.monotonic() + _BEGIN
    waiting = list(connections)
    while waiting:
        present = reached.workers()
        for host in list(waiting):
            code = connections[host].poll()
            if code is not None:
                missing[host] = _why(host, code, last_line(logs[host]))
            elif addresses[host] not in present and time.monotonic() > end:
                missing[host] = f"no worker of it is here after {_BEGIN:.0f} s: {last_line(logs[host])}"
            elif addresses[host] not in present:
                continue
            waiting.remove(host)
        time.sleep(_LOOK if waiting else 0.0)
    return {host: missing[host] for host in connections if host in missing}


def _why(host: str, code: int, said: str) -> str:
    """Return why there is no worker on a host."""
    if code == _OWN_ERROR:
        what, then = "SSH does not reach it", f"`ssh -o BatchMode=yes {host} true` has to work"
    else:
        what, then = (
            "no worker begins there",
            "--remote-python names a Python that has numpy-torch-harness[fleet]",
        )
    return f"{what}: {said or f'it ended with code {code}'}; {then}"


def _end(connections: Mapping[str, "subprocess.Popen[bytes]"]) -> None:
    """End what is connected: workers end with their scheduler, or else with their connection."""
    end = time.monotonic() + _ENDING
    for process in connections.values():
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, end - time.monotonic()))
        if process.poll() is None:
            process.kill()
            process.wait()
