"""Fleets over SSH: real servers on hosts in network namespaces, as a user types it."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from harness.fleet.record import read_record
from harness.store.runs import read_runs
from tests.fleet.test_fleet import LONG, SHORT, states
from tests.support.fleets import command_of, until
from tests.support.projects import PROJECT
from tests.support.ssh_hosts import Hosts, ssh_hosts

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
__all__ = ["ssh_hosts"]


def start(hosts: Hosts, names: str, results: Path, words: Sequence[str]) -> "subprocess.Popen[str]":
    """Start the command over hosts."""
    command = [sys.executable, "-m", "harness", "fleet", "run", "--hosts", names, "--results", str(results)]
    return subprocess.Popen(
        [*command, *words],
        cwd=PROJECT,
        env=hosts.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def reasons(results: Path) -> dict[str, str]:
    """Return what is said of each host of the last fleet."""
    record = read_record(results)
    return {name: one.reason for name, one in record.outcomes.items()} if record else {}


def test_hosts_that_ssh_reaches_measure_and_each_other_one_has_its_reason(
    ssh_hosts: Hosts, tmp_path: Path
) -> None:
    ssh_hosts.add("a")
    address = ssh_hosts.add("b")
    ssh_hosts.name("shut", "127.0.0.9")
    ssh_hosts.name("stranger", address, key="other")
    results = tmp_path / "results"
    process = start(ssh_hosts, "a,b,shut,stranger,-oProxyCommand=x", results, SHORT)
    _, err = process.communicate()
    assert process.returncode == 6, err
    assert "Traceback" not in err
    assert "not done: shut, stranger, -oProxyCommand=x (of 5 in all)" in err
    assert {name: state for name, state in states(results).items() if state != "refused"} == {
        "a": "measured",
        "b": "measured",
    }
    said = reasons(results)
    assert "Connection refused; `ssh -o BatchMode=yes shut true` has to work" in said["shut"]
    assert "Permission denied (publickey" in said["stranger"]
    assert sorted(run.machine for run in read_runs(results)) == ["a", "b"]
    until(lambda: not ssh_hosts.processes("a") + ssh_hosts.processes("b"), "the end of all there")


def test_a_host_without_the_harness_or_of_an_unknown_key_is_one_sentence(
    ssh_hosts: Hosts, tmp_path: Path
) -> None:
    address = ssh_hosts.add("a")
    results = tmp_path / "results"
    process = start(ssh_hosts, "a", results, ["--remote-python", "/usr/bin/python-of-nobody", *SHORT])
    process.communicate()
    assert process.returncode == 6
    assert "no worker begins there" in reasons(results)["a"]
    assert "--remote-python names a Python that has" in reasons(results)["a"]
    (tmp_path / "hosts" / "known").write_text("")
    ssh_hosts.name("unknown", address, known=False)
    process = start(ssh_hosts, "unknown", results, SHORT)
    process.communicate()
    assert process.returncode == 6
    assert "Host key verification failed" in reasons(results)["unknown"]


@pytest.mark.parametrize("how", ["interrupted", "killed"])
def test_when_home_ends_nothing_is_left_on_a_host(how: str, ssh_hosts: Hosts, tmp_path: Path) -> None:
    ssh_hosts.add("a")
    results = tmp_path / "results"
    process = start(ssh_hosts, "a", results, LONG)
    until(lambda: ssh_hosts.measuring("a"), "measuring")
    at_home = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT if how == "interrupted" else signal.SIGKILL)
    process.communicate()
    until(lambda: not ssh_hosts.processes("a"), "the end of all there")
    until(lambda: not any(map(command_of, at_home)), "the end of all here")
    if how == "interrupted":
        assert process.returncode == 130
        assert states(results) == {"a": "stopped"}


def test_a_host_that_is_cut_off_is_lost_and_the_others_go_on(ssh_hosts: Hosts, tmp_path: Path) -> None:
    for name in ("a", "b"):
        ssh_hosts.add(name)
    results = tmp_path / "results"
    process = start(ssh_hosts, "a,b", results, SHORT)
    until(lambda: ssh_hosts.measuring("a") and ssh_hosts.measuring("b"), "measuring")
    there = ssh_hosts.processes("b")
    ssh_hosts.cut("b")
    _, err = process.communicate()
    assert process.returncode == 6, err
    assert states(results) == {"a": "measured", "b": "lost"}
    assert reasons(results)["b"] == "its worker is gone"
    until(lambda: not any(map(command_of, there)), "the end of all there")
