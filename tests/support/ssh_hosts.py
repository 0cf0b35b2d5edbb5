"""Hosts that SSH reaches: network namespaces of this computer, each with a real server for SSH."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psutil
import pytest

from harness.fleet.hosts import NAMED
from tests.support.fleets import command_of, until

_NEEDED = ("ip", "ssh", "ssh-keygen", "sshd")


_NUMBERS = count(1)
"""Of hosts, each new: the kernel takes down a namespace's devices when it finds the time."""


class Hosts:
    """Namespaces, the server in each, and an ssh that knows them by name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: list[str] = []
        self.servers: dict[str, subprocess.Popen[bytes]] = {}
        for key in ("user", "other", "server"):
            _do("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key))
        (folder / "known").touch()
        (folder / "config").touch()
        # The user's own configuration cannot be another's: ssh finds it by the user's number.
        (folder / "ssh").write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {folder}/config "$@"\n')
        (folder / "ssh").chmod(0o755)
        self.environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}

    def name(self, alias: str, address: str, *, key: str = "user", known: bool = True) -> None:
        """Have ssh know a name."""
        with (self._folder / "config").open("a") as config:
            config.write(
                f"Host {alias}\n HostName {address}\n User root\n Port 2222\n IdentitiesOnly yes\n"
                f" IdentityFile {self._folder / key}\n UserKnownHostsFile {self._folder / 'known'}\n"
            )
        if known:
            public = (self._folder / "server.pub").read_text()
            with (self._folder / "known").open("a") as file:
                file.write(f"[{address}]:2222 {public}")

    def add(self, name: str) -> str:
        """Return the address of a new host of this name."""
        number = next(_NUMBERS)
        space, here, there = (f"hx{os.getpid()}{kind}{number}" for kind in "nhp")
        # Of the block for tests of network devices, RFC 2544.
        net = f"198.18.{os.getpid() % 256}"
        address, home = f"{net}.{4 * number + 2}", f"{net}.{4 * number + 1}"
        _do("ip", "netns", "add", space)
        self._made.append(space)
        _do("ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", space)
        _do("ip", "address", "add", f"{home}/30", "dev", here)
        _do("ip", "link", "set", here, "up")
        for words in (
            ("address", "add", f"{address}/30", "dev", there),
            ("link", "set", there, "up"),
            ("link", "set", "lo", "up"),
        ):
            _do("ip", "-n", space, *words)
        config = self._folder / f"sshd-{name}"
        config.write_text(
            f"ListenAddress {address}:2222\nHostKey {self._folder / 'server'}\nPidFile none\nUsePAM no\n"
            f"PermitRootLogin prohibit-password\nStrictModes no\n"
            f"AuthorizedKeysFile {self._folder / 'user.pub'}\nSetEnv {NAMED}={name}\n"
        )
        log = self._folder / f"sshd-{name}.log"
        Path("/run/sshd").mkdir(exist_ok=True)
        server = ["ip", "netns", "exec", space, str(shutil.which("sshd")), "-D", "-e", "-f", str(config)]
        with log.open("wb") as said:
            self.servers[name] = subprocess.Popen(server, stderr=said, start_new_session=True)
        until(lambda: "listening" in log.read_text(), f"the server of {name}")
        self.name(name, address)
        return address

    def processes(self, name: str) -> list[psutil.Process]:
        """Return what a host's server has started."""
        try:
            return list(psutil.Process(self.servers[name].pid).children(recursive=True))
        except psutil.NoSuchProcess:
            return []

    def measuring(self, name: str) -> bool:
        """Whether a host measures."""
        return any("harness" in command_of(one) for one in self.processes(name))

    def cut(self, name: str) -> None:
        """Kill a host's server and its connections."""
        for one in self.processes(name):
            if one.name() == "sshd":
                one.kill()
        self.servers[name].kill()

    def end(self) -> None:
        """End what is left."""
        for name, server in self.servers.items():
            for one in self.processes(name):
                one.kill()
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGKILL)
            server.wait()
        for space in self._made:
            _do("ip", "netns", "delete", space)


def _do(*words: str) -> None:
    """Run a command."""
    subprocess.run(words, check=True, capture_output=True, stdin=subprocess.DEVNULL)


@pytest.fixture
def ssh_hosts(tmp_path: Path) -> Iterator[Hosts]:
    """Return hosts to be added to; skipped where there cannot be any."""
    lacking = [name for name in _NEEDED if shutil.which(name) is None]
    if lacking:
        pytest.skip(f"{' and '.join(lacking)} is not installed")
    probe = f"hx{os.getpid()}"
    try:
        _do("ip", "netns", "add", probe)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"network namespaces cannot be made here: {error.stderr.decode().strip()}")
    _do("ip", "netns", "delete", probe)
    folder = tmp_path / "hosts"
    folder.mkdir()
    hosts = Hosts(folder)
    yield hosts
    hosts.end()
