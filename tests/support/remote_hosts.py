"""Hosts that SSH reaches: network namespaces of this machine, each with an sshd of its own."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from harness.fleet.hosts import NAMED
from tests.support.fleets import command_of

_NEEDED = ("ip", "ssh", "sshd", "ssh-keygen")
_SSHD = """Port 22
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized
StrictModes no
UsePAM no
PidFile none
SetEnv {named}={name}
"""
_SSH = """Host {name}
  HostName {address}
"""
_EVERY = """Host *
  User root
  IdentityFile {folder}/key
  IdentitiesOnly yes
  IdentityAgent none
  StrictHostKeyChecking no
  UserKnownHostsFile {folder}/known
  LogLevel ERROR
"""


@dataclass(frozen=True)
class RemoteHosts:
    """Hosts by name, and the folder of an ssh that knows them."""

    names: Sequence[str]
    path: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a command needs to find that ssh."""
        return {**os.environ, "PATH": f"{self.path}:{os.environ['PATH']}"}

    def processes(self, name: str) -> list[psutil.Process]:
        """Return what runs on a host because of a fleet."""
        said = _run("ip", "netns", "pids", _space(name))
        found = []
        for number in map(int, said.split()):
            with suppress(psutil.NoSuchProcess):
                process = psutil.Process(number)
                found += [process] * any(
                    word in " ".join(command_of(process)) for word in ("dask", "harness")
                )
        return found


@pytest.fixture
def remote_hosts(tmp_path: Path) -> Iterator[RemoteHosts]:
    """Return two hosts that SSH reaches, ``one`` and ``two``, and ``gone``, which nothing answers for."""
    missing = [name for name in _NEEDED if shutil.which(name) is None]
    if missing or os.geteuid():
        pytest.skip(f"needs root, and {', '.join(missing) or 'all is there'}")
    folder = tmp_path / "ssh"
    (folder / "bin").mkdir(parents=True)
    for key in ("key", "host_key"):
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key))
    shutil.copy(folder / "key.pub", folder / "authorized")
    names, daemons = ("one", "two"), []
    config = [_SSH.format(name="gone", address=_address(0, 9))]
    try:
        for number, name in enumerate(names):
            config.append(_SSH.format(name=name, address=_host(name, number)))
            settings = folder / f"sshd_{name}"
            settings.write_text(_SSHD.format(folder=folder, named=NAMED, name=name))
            daemons.append(_sshd(name, settings))
        (folder / "config").write_text("".join((*config, _EVERY.format(folder=folder))))
        ssh = folder / "bin" / "ssh"
        ssh.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {folder}/config "$@"\n')
        ssh.chmod(0o755)
        yield RemoteHosts(names, ssh.parent)
    finally:
        for name in names:
            _remove(name)
        for daemon in daemons:
            daemon.wait()


def _space(name: str) -> str:
    """Return the name of a host's namespace: of this process alone."""
    return f"harness-{os.getpid()}-{name}"


def _link(name: str) -> str:
    """Return the name of the end of a host's cable that is here."""
    return f"h{os.getpid()}{name[:3]}"


def _address(number: int, end: int) -> str:
    """Return an address in a network of this process and a host; addresses for documentation and tests."""
    return f"198.{18 + os.getpid() // 200 % 2}.{os.getpid() % 200}.{16 * number + end}"


def _host(name: str, number: int) -> str:
    """Make a namespace that a pair of interfaces joins to this one; return its address."""
    space, here = _space(name), _link(name)
    try:
        _run("ip", "netns", "add", space)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no network namespace can be made here: {error.stderr}")
    _run("ip", "link", "add", here, "type", "veth", "peer", "name", "e0", "netns", space)
    _run("ip", "address", "add", f"{_address(number, 1)}/28", "dev", here)
    _run("ip", "link", "set", here, "up")
    for command in (f"address add {_address(number, 2)}/28 dev e0", "link set e0 up", "link set lo up"):
        _run("ip", "-n", space, *command.split())
    return _address(number, 2)


def _sshd(name: str, settings: Path) -> "subprocess.Popen[bytes]":
    """Start an sshd on a host."""
    Path("/run/sshd").mkdir(exist_ok=True)
    command = ["ip", "netns", "exec", _space(name), str(shutil.which("sshd")), "-D", "-f", str(settings)]
    with settings.with_suffix(".log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)


def _remove(name: str) -> None:
    """End all that runs on a host, and the host."""
    with suppress(subprocess.CalledProcessError):
        for number in map(int, _run("ip", "netns", "pids", _space(name)).split()):
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        _run("ip", "link", "delete", _link(name))
        _run("ip", "netns", "delete", _space(name))


def _run(*command: str) -> str:
    """Run a command; return what it says."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
