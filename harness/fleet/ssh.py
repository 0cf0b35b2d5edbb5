"""Hosts that SSH reaches: a worker on each, and everything that it says goes through that one connection."""

import random
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UsageError
from harness.fleet.child import last_line
from harness.fleet.cluster import Reached, own_scheduler, workers_of

_ARRIVAL = 60.0
"""Seconds in which the worker of a host has to be there."""
_ENDING = 10.0
"""Seconds in which a connection has to end once its scheduler is gone."""
_PORTS = (20_000, 32_000)
"""Below those that systems give to connections."""
_LOOK = 0.2
_SETTINGS = (
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED=false",
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT=5s",
)
"""Nothing beside what is measured, and no long wait for a scheduler that is gone."""
_OPTIONS = ("BatchMode=yes", "ConnectTimeout=15", "ExitOnForwardFailure=yes", "ServerAliveInterval=10")
"""Nobody is asked for a password, and a connection that is dead is found out."""


@dataclass(frozen=True, slots=True)
class _Connection:
    """A running ssh, and the file that has what it said."""

    process: "subprocess.Popen[bytes]"
    said: Path


@contextmanager
def by_ssh(hosts: Sequence[str], python: str) -> Iterator[Reached]:
    """
    Yield a client of a scheduler here, with a worker on each host that SSH reaches without a password.

    The scheduler listens on loopback alone, and so do the workers: SSH brings each its port.
    """
    ssh = shutil.which("ssh")
    if ssh is None:
        raise UsageError("ssh is not installed here; install it, or start the workers by hand (--scheduler)")
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="harness-ssh-")))
        connections: dict[str, _Connection] = {}
        # They end after the scheduler, which is what tells the workers to end.
        stack.callback(_end, connections)
        client, port = stack.enter_context(own_scheduler())
        for number, host in enumerate(dict.fromkeys(hosts)):
            connections[host] = _connect(ssh, host, python, port, place / str(number))
        end = time.monotonic() + _ARRIVAL
        while time.monotonic() < end:
            arrived = {str(one["name"]) for one in workers_of(client).values()}
            waited_for = [host for host in connections if host not in arrived]
            if all(connections[host].process.poll() is not None for host in waited_for):
                break
            time.sleep(_LOOK)
        yield Reached(client, {host: _why(connections[host]) for host in waited_for})


def _connect(ssh: str, host: str, python: str, scheduler: int, said: Path) -> _Connection:
    """Start a worker on a host, with the scheduler's port there and the worker's here."""
    there, here, worker = random.sample(range(*_PORTS), 3)
    command = [
        *("env", *_SETTINGS),
        *(python, "-m", "dask", "worker", f"tcp://127.0.0.1:{there}", "--nthreads", "1", "--no-dashboard"),
        *("--memory-limit", "0", "--name", host, "--death-timeout", f"{_ARRIVAL:.0f}"),
        *("--listen-address", f"tcp://127.0.0.1:{worker}", "--contact-address", f"tcp://127.0.0.1:{here}"),
    ]
    forwards = [
        *("-R", f"127.0.0.1:{there}:127.0.0.1:{scheduler}"),
        *("-L", f"127.0.0.1:{here}:127.0.0.1:{worker}"),
    ]
    options = [word for option in _OPTIONS for word in ("-o", option)]
    with said.open("wb") as log:
        process = subprocess.Popen(
            [ssh, *options, *forwards, "--", host, shlex.join(command)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # what the keyboard interrupts ends in its order
        )
    return _Connection(process, said)


def _why(connection: _Connection) -> str:
    """Return why a host has no worker."""
    said = last_line(connection.said)
    if connection.process.poll() is None:
        return f"SSH had no worker there in {_ARRIVAL:.0f} s" + (f": {said}" if said else "")
    return f"SSH could not start a worker there: {said or 'it said nothing'}"


def _end(connections: Mapping[str, _Connection]) -> None:
    """End what is left of connections."""
    end = time.monotonic() + _ENDING
    for connection in connections.values():
        with suppress(subprocess.TimeoutExpired):
            connection.process.wait(max(0.0, end - time.monotonic()))
        connection.process.kill()
        connection.process.wait()
