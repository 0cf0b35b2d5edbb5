"""Real Dask clusters on loopback: a scheduler and workers as processes, each its own computer by name."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from harness.fleet.hosts import NAMED

_ARRIVAL = 60.0
"""Seconds that anything may take to be there, beside other work."""


class Cluster:
    """A scheduler and its workers."""

    def __init__(self, folder: Path, tls: Sequence[str] = ()) -> None:
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"{'tls' if tls else 'tcp'}://127.0.0.1:{port}"
        self._folder, self._tls = folder, tls
        host = self.address.rpartition(":")[0]
        self.scheduler = self._start("scheduler", "scheduler", "--host", host, "--port", str(port))
        self.workers: dict[str, subprocess.Popen[bytes]] = {}

    def add(self, *names: str, host: str | None = None) -> None:
        """Start workers, on computers of their own or on one."""
        for name in names:
            options = ("--nthreads", "1", "--local-directory", str(self._folder / name))
            self.workers[name] = self._start(name, "worker", self.address, *options, host=host or name)
        logs = [self._folder / f"{name}.log" for name in names]
        until(lambda: all("Registered to" in log.read_text() for log in logs), "workers")

    def add_broken(self, name: str) -> None:
        """Start a worker whose Python finds another harness than ours."""
        folder = self._folder / f"{name}-python"
        folder.mkdir()
        (folder / "harness.py").touch()
        self.workers[name] = self._start(
            name, "worker", self.address, "--nthreads", "1", host=name, folder=folder
        )
        until(lambda: "Registered to" in (self._folder / f"{name}.log").read_text(), "a worker")

    def children(self) -> list[psutil.Process]:
        """Return the processes that measure for this cluster."""
        found = []
        for worker in self.workers.values():
            if worker.poll() is None:
                every = psutil.Process(worker.pid).children(recursive=True)
                found += [one for one in every if "harness" in " ".join(command_of(one))]
        return found

    def _start(
        self, name: str, *words: str, host: str = "", folder: Path | None = None
    ) -> "subprocess.Popen[bytes]":
        with (self._folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", *words, *self._tls, "--no-dashboard"],
                cwd=folder,
                env={**os.environ, NAMED: host},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def end(self) -> None:
        """End what is left."""
        for process in (*self.workers.values(), self.scheduler):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def command_of(process: psutil.Process) -> list[str]:
    """Return a process's command line; nothing of one that has ended."""
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def until(is_so: Callable[[], object], what: str) -> None:
    """Wait until something is so."""
    end = time.monotonic() + _ARRIVAL
    while not is_so():
        assert time.monotonic() < end, f"{what} did not come about in {_ARRIVAL:.0f} s"
        time.sleep(0.1)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Return a cluster without workers."""
    folder = tmp_path / "cluster"
    folder.mkdir()
    cluster = Cluster(folder)
    yield cluster
    cluster.end()
