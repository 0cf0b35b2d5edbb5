"""Fleets over real schedulers and workers: what is measured, and what becomes of every fault."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

import pytest

from harness.fleet.record import read_record
from harness.store.runs import read_runs
from tests.support.fleets import Cluster, cluster, until
from tests.support.projects import PROJECT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
__all__ = ["cluster"]
SHORT = ("--quick", "--op", "abs", "--seconds", "4", "--max-size", "256", "--backend", "torch-cpu-1t")
LONG = ("--op", "abs", "--seconds", "90", "--backend", "torch-cpu-1t")


def start(
    cluster: Cluster, results: Path, words: Sequence[str], command: str = "run"
) -> "subprocess.Popen[str]":
    """Start the command over a cluster."""
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "harness", "fleet", command, "--scheduler", cluster.address),
            *("--results", str(results), *words),
        ],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def states(results: Path) -> dict[str, str]:
    """Return the state of each host of the last fleet."""
    record = read_record(results)
    return {name: str(one.state) for name, one in record.outcomes.items()} if record else {}


def test_each_computer_measures_once_with_all_its_threads(cluster: Cluster, tmp_path: Path) -> None:
    cluster.add("a", "b")
    cluster.add("c", host="a")
    results = tmp_path / "results"
    process = start(cluster, results, SHORT)
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert states(results) == {"a": "measured", "b": "measured"}
    runs = list(read_runs(results))
    assert sorted(run.machine for run in runs) == ["a", "b"]
    # Dask's nanny allows each worker one thread.
    threads = {run.facts["libraries"]["threads"]["numpy"]["OpenBLAS"] for run in runs}
    assert threads == {len(os.sched_getaffinity(0))}
    assert out.count("measured") == 2
    record = read_record(results)
    assert record
    assert {one.progress.op for one in record.outcomes.values() if one.progress} == {"abs"}
    assert not cluster.children()


def test_a_worker_that_is_killed_is_told_and_the_next_start_measures_it_alone(
    cluster: Cluster, tmp_path: Path
) -> None:
    cluster.add("a", "b")
    results = tmp_path / "results"
    process = start(cluster, results, SHORT)
    until(lambda: len(cluster.children()) >= 2, "measuring")
    os.killpg(cluster.workers["b"].pid, signal.SIGKILL)
    _, err = process.communicate()
    assert process.returncode == 6
    assert states(results) == {"a": "measured", "b": "lost"}
    assert "not done: b (of 2 in all); the same command measures those alone" in err
    cluster.workers.pop("b").wait()
    cluster.add("b")
    again = start(cluster, results, SHORT)
    again.communicate()
    assert again.returncode == 0
    assert states(results) == {"a": "has it already", "b": "measured"}
    assert sorted(run.machine for run in read_runs(results)) == ["a", "b"]


@pytest.mark.parametrize("how", ["interrupted", "killed"])
def test_when_the_client_ends_so_does_what_is_measured(how: str, cluster: Cluster, tmp_path: Path) -> None:
    cluster.add("a")
    results = tmp_path / "results"
    process = start(cluster, results, LONG)
    until(cluster.children, "measuring")
    process.send_signal(signal.SIGINT if how == "interrupted" else signal.SIGKILL)
    process.communicate()
    until(lambda: not cluster.children(), "the end of what is measured")
    if how == "interrupted":
        assert process.returncode == 130
        assert states(results) == {"a": "stopped"}


def test_when_the_scheduler_ends_nobody_waits_for_ever(cluster: Cluster, tmp_path: Path) -> None:
    cluster.add("a")
    results = tmp_path / "results"
    process = start(cluster, results, LONG)
    until(cluster.children, "measuring")
    cluster.scheduler.kill()
    out, err = process.communicate()
    assert process.returncode == 6
    assert out.splitlines()[1].endswith("the scheduler is gone")
    assert states(results) == {"a": "lost"}
    assert "Traceback" not in err
    until(lambda: not cluster.children(), "the end of what is measured")


def test_what_is_beyond_its_time_is_ended(cluster: Cluster, tmp_path: Path) -> None:
    cluster.add("a")
    results = tmp_path / "results"
    process = start(cluster, results, ["--limit", "4", *LONG])
    out, _ = process.communicate()
    assert process.returncode == 6
    assert states(results) == {"a": "failed"}
    assert "not done within its limit of 4 s" in out
    assert not cluster.children()


def test_functions_are_measured_on_a_fleet_as_well(cluster: Cluster, tmp_path: Path) -> None:
    cluster.add("a")
    results = tmp_path / "results"
    words = [
        "xp.sin(x) + 1",
        "--name",
        "plus",
        "--sizes",
        "100,1000",
        "--seconds",
        "10",
        "--on",
        "numpy,torch-cpu-1t",
    ]
    process = start(cluster, results, words, "measure")
    _, err = process.communicate()
    assert process.returncode == 0, err
    (run,) = read_runs(results)
    assert json.dumps(run.facts["functions"]).count("xp.sin(x) + 1")
    assert run.machine == "a"  # as it is called in the fleet, not by asv
    assert "a: measuring\n" in err


def test_a_worker_that_cannot_import_the_harness_has_its_reason(cluster: Cluster, tmp_path: Path) -> None:
    cluster.add("a")
    cluster.add_broken("b")
    results = tmp_path / "results"
    process = start(cluster, results, SHORT)
    out, err = process.communicate()
    assert process.returncode == 6, err
    assert sorted(states(results).values()) == ["measured", "refused"]
    assert "its worker cannot import the harness: " in err
    assert "No module named 'harness.fleet'" in err
    assert "Traceback" not in out + err


def test_a_full_disk_at_home_is_one_sentence(cluster: Cluster, tmp_path: Path) -> None:
    results = tmp_path / "results"
    results.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(results)]
    made = subprocess.run(mount, check=False, capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"no small disk can be made here: {made.stderr.strip()}")
    try:
        (results / "much").write_bytes(bytes(16 * 1024))
        cluster.add("a")
        process = start(cluster, results, SHORT)
        out, err = process.communicate()
        assert process.returncode == 6, err
        assert "what came back is not kept: [Errno 28] No space left on device" in out
        assert "fleet.json cannot be written (No space left on device); make room there" in err
        assert "Traceback" not in err
        assert not list(results.rglob("run.json"))
    finally:
        subprocess.run(["umount", str(results)], check=True)  # noqa: S607 - where it is depends


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--machine", "HARNESS_HOST"),
        ("--bogus", "No such option"),
        ("--send", "x is no file in "),
    ],
)
@pytest.mark.parametrize("command", ["run", "measure"])
def test_what_a_host_would_refuse_is_refused_before_any_is_asked(
    command: str, option: str, said: str
) -> None:
    words = ["fleet", command, "--hosts", "a", option, "x", *(["xp.sin(x)"] if command == "measure" else [])]
    done = subprocess.run(
        [sys.executable, "-m", "harness", *words], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert said in done.stderr


def test_a_cluster_without_workers_is_one_sentence(cluster: Cluster, tmp_path: Path) -> None:
    process = start(cluster, tmp_path / "results", SHORT)
    _, err = process.communicate()
    assert process.returncode == 6
    assert err.splitlines() == [
        f"asking {cluster.address} for its hosts",
        "harness: the cluster has no worker; on each host: dask worker ADDRESS --nthreads 1",
    ]


def test_hosts_are_reached_beside_another_cluster(tmp_path: Path) -> None:
    with closing(socket.socket()) as other:
        with suppress(OSError):  # it is taken anyhow
            other.bind(("127.0.0.1", 8787))
            other.listen()
        words = ["fleet", "measure", "--hosts", "nowhere.invalid", "--results", str(tmp_path), "xp.sin(x)"]
        done = subprocess.run(
            [sys.executable, "-m", "harness", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    first, second, *_ = done.stderr.splitlines()
    assert first == "reaching hosts by SSH, for a minute at most: nowhere.invalid"
    assert second.startswith("nowhere.invalid: refused: ")
