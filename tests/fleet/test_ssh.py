"""Fleets over SSH, against real daemons on hosts of their own."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from harness.store.runs import read_runs
from tests.fleet.test_fleet import LONG, SHORT, states
from tests.support.fleets import command_of, until
from tests.support.projects import PROJECT
from tests.support.remote_hosts import RemoteHosts, remote_hosts

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
__all__ = ["remote_hosts"]


def start(hosts: RemoteHosts, results: Path, names: str, *words: str) -> "subprocess.Popen[str]":
    """Start the command over SSH."""
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "harness", "fleet", "run", "--hosts", names),
            *("--results", str(results), *words),
        ],
        cwd=PROJECT,
        env=hosts.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_hosts_are_measured_and_one_that_does_not_answer_is_told(
    remote_hosts: RemoteHosts, tmp_path: Path
) -> None:
    results = tmp_path / "results"
    process = start(remote_hosts, results, "one,two,gone,one", *SHORT)
    out, err = process.communicate()
    assert process.returncode == 6
    assert states(results) == {"gone": "lost", "one": "measured", "two": "measured"}
    assert "SSH could not start a worker there: ssh: connect to host" in out
    assert "1 of 3 hosts have no run: gone" in err
    assert sorted(run.machine for run in read_runs(results)) == ["one", "two"]
    assert not any(map(remote_hosts.processes, remote_hosts.names))


def test_a_host_that_refuses_the_key_or_lacks_the_python_is_told_why(
    remote_hosts: RemoteHosts, tmp_path: Path
) -> None:
    results = tmp_path / "results"
    process = start(remote_hosts, results, "one", "--python", "/no/such/python", *SHORT)
    out, _ = process.communicate()
    assert process.returncode == 6
    assert "SSH could not start a worker there: env: '/no/such/python': No such file" in " ".join(out.split())
    (remote_hosts.path.parent / "authorized").write_text("")
    process = start(remote_hosts, results, "one", *SHORT)
    out, err = process.communicate()
    assert process.returncode == 6
    assert "Permission denied (publickey" in out
    assert "Traceback" not in err


def test_a_connection_that_breaks_is_told_and_nothing_goes_on_there(
    remote_hosts: RemoteHosts, tmp_path: Path
) -> None:
    results = tmp_path / "results"
    process = start(remote_hosts, results, "one", *LONG)
    until(lambda: measuring(remote_hosts), "measuring")
    for child in psutil.Process(process.pid).children():
        if Path(command_of(child)[0]).name == "ssh":
            child.send_signal(signal.SIGKILL)
    out, _ = process.communicate()
    assert process.returncode == 6
    assert states(results) == {"one": "lost"}
    assert "its worker was lost while it measured" in out
    until(lambda: not remote_hosts.processes("one"), "the end of what is measured")


def test_ctrl_c_ends_what_is_measured_on_the_hosts(remote_hosts: RemoteHosts, tmp_path: Path) -> None:
    results = tmp_path / "results"
    process = start(remote_hosts, results, "one", *LONG)
    until(lambda: measuring(remote_hosts), "measuring")
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 130
    assert states(results) == {"one": "stopped"}
    assert not remote_hosts.processes("one")


def measuring(hosts: RemoteHosts) -> bool:
    """Whether the first host measures."""
    return any("harness run" in " ".join(command_of(one)) for one in hosts.processes("one"))
