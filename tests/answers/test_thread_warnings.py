"""The threads of a run: observed in its workers, noted beside its figures, loud where they are unfair."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from harness.answers.thread_warnings import thread_note, thread_warnings

WORKER = """
import json
from harness.machine.card import card
from harness.workers.process import WorkerProcess
with WorkerProcess(60.0) as worker:
    libraries = worker.libraries(["old@torch-cpu"])
print(json.dumps({"machine": card("here"), "libraries": libraries, "settings": {}}))
"""
NO_VARIABLES = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
several = pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < 2,
    reason="on one processor there is one thread anyway, and only Linux has affinities",
)


def observed(script: str = WORKER, **variables: str) -> dict[str, Any]:
    """Return the facts that a real worker tells in an environment with these variables."""
    environment = NO_VARIABLES | variables
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout))


def facts(
    threads: dict[str, dict[str, int]], *, quota: float | None = None, affinity: int = 2, **variables: str
) -> dict[str, Any]:
    """Return scripted facts of a machine with two cores."""
    return {
        "machine": {"cores": 2, "threads": 2, "affinity": affinity, "cpu_quota": quota},
        "libraries": {"threads": threads, "environment": variables},
        "settings": {"backends": list(threads)},
    }


@pytest.mark.slow
@several
def test_a_worker_observes_the_pools_of_every_backend() -> None:
    threads = observed()["libraries"]["threads"]
    assert sum(threads["numpy"].values()) > 1
    assert threads["torch-cpu"]["Torch"] > 1
    assert set(threads["numpy-1t"].values()) == set(threads["torch-cpu-1t"].values()) == {1}
    assert "old@torch-cpu" not in threads  # whose threads are those of torch-cpu


@pytest.mark.slow
@several
def test_one_thread_set_from_outside_is_observed_and_said_aloud() -> None:
    run = observed(OMP_NUM_THREADS="1")
    assert {sum(pools.values()) for pools in run["libraries"]["threads"].values()} == {1}
    assert "torch-cpu: 1 Torch thread; " in thread_note(run)
    (warning,) = thread_warnings(run)
    assert warning.startswith("with OMP_NUM_THREADS=1, numpy ran on 1 thread and torch-cpu ran on 1 thread")


@pytest.mark.slow
@several
@pytest.mark.parametrize(
    ("variable", "limited", "free"),
    [("OPENBLAS_NUM_THREADS", "numpy", "torch-cpu"), ("MKL_NUM_THREADS", "torch-cpu", "numpy")],
)
def test_a_limit_on_one_library_alone_never_goes_unnoticed(variable: str, limited: str, free: str) -> None:
    """The trap of the one-thread baseline: one library on all processors against the other on one."""
    run = observed(**{variable: "1"})
    threads = run["libraries"]["threads"]
    if sum(threads[limited].values()) > 1:
        pytest.skip(f"the {limited} that is installed here does not heed {variable}")
    assert sum(threads[free].values()) > 1
    warnings = thread_warnings(run)
    assert any(f"with {variable}=1, {limited} ran on 1 thread" in line for line in warnings)
    assert any("compares numbers of threads as well" in line for line in warnings)


@pytest.mark.slow
@several
def test_an_affinity_to_one_processor_is_observed() -> None:
    run = observed("import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])" + WORKER)
    assert run["machine"]["affinity"] == 1
    assert {sum(pools.values()) for pools in run["libraries"]["threads"].values()} == {1}
    assert "; 1 of " in thread_note(run)
    assert "with an affinity to 1 of " in thread_warnings(run)[0]


def test_a_fair_run_gets_a_note_and_no_warning() -> None:
    fair = facts({"numpy": {"OpenBLAS": 2}, "numpy-1t": {"OpenBLAS": 1}, "torch-cpu": {"Torch": 2}})
    assert thread_note(fair) == "numpy: 2 OpenBLAS threads; torch-cpu: 2 Torch threads; 2 of 2 processors"
    assert thread_warnings(fair) == []
    assert thread_warnings(facts({"numpy": {"OpenBLAS": 4}, "torch-cpu": {"Torch": 2}}, affinity=4)) == []


def test_rivals_have_the_threads_of_their_backends() -> None:
    run = facts({"numpy": {"OpenBLAS": 2}, "numpy-1t": {"OpenBLAS": 1}, "torch-cpu": {"Torch": 2}})
    on_numpy = run | {"settings": {"backends": ["old@numpy", "new@numpy"], "baseline": "old@numpy"}}
    assert thread_note(on_numpy) == "numpy: 2 OpenBLAS threads; 2 of 2 processors"
    on_one = run | {"settings": {"backends": ["old@numpy-1t"], "baseline": "old@numpy-1t"}}
    assert thread_note(on_one) == ""


def test_a_quota_below_the_threads_is_said() -> None:
    limited = facts({"numpy": {"MKL": 2}, "torch-cpu": {"Torch": 2}}, quota=0.5)
    assert thread_note(limited).endswith("2 of 2 processors, of whose time a quota grants 0.5")
    assert "a quota grants the time of 0.5 processors to 2 threads" in thread_warnings(limited)[0]


@pytest.mark.parametrize(
    ("quota", "backends", "wins"),
    [
        (1.0, ("numpy", "numpy-1t", "torch-cpu", "torch-cpu-1t"), "one thread wins: numpy-1t, torch-cpu-1t;"),
        (1.5, ("numpy", "torch-cpu"), "one thread wins: OMP_NUM_THREADS=1;"),
        (8.0, ("numpy", "numpy-1t", "torch-cpu"), "as it has processors win: OMP_NUM_THREADS=8;"),
    ],
)
def test_under_a_quota_what_wins_in_lasting_work_is_said_before_all_else(
    quota: float, backends: tuple[str, ...], wins: str
) -> None:
    """On a host of 384 processors Torch has 192 threads in a container that may use the time of 8."""
    threads = {"numpy": {"OpenBLAS": 64}, "torch-cpu": {"Torch": 192}}
    limited = facts(threads, quota=quota, affinity=384)
    limited["settings"] = {"backends": list(backends)}
    assert wins in thread_warnings(limited)[0]


def test_more_threads_than_processors_are_said_with_a_remedy() -> None:
    crowded = facts({"numpy": {"OpenBLAS": 2}, "torch-cpu": {"Torch": 16}})
    (warning,) = thread_warnings(crowded)
    assert warning.startswith("torch-cpu ran on 16 threads but may use 2 processors: ")
    assert warning.endswith("set OMP_NUM_THREADS=2")


@pytest.mark.parametrize("variable", ["GOMP_CPU_AFFINITY", "KMP_AFFINITY", "OMP_PLACES", "OMP_THREAD_LIMIT"])
def test_threads_that_are_bound_or_limited_where_no_number_tells_are_said(variable: str) -> None:
    pools = {"numpy": {"OpenBLAS": 2}, "torch-cpu": {"Torch": 2}}
    run = facts(pools)
    run["libraries"]["environment"][variable] = "1"
    (warning,) = thread_warnings(run)
    assert warning.startswith(f"with {variable}=1 the threads of OpenMP, which Torch uses, may be fewer")
    assert thread_warnings(facts(pools, OMP_PROC_BIND="false")) == []


def test_a_pool_that_cannot_be_seen_is_not_taken_for_one_thread() -> None:
    unseen = facts({"numpy": {}, "torch-cpu": {"Torch": 2}})
    assert "numpy: threads that cannot be counted" in thread_note(unseen)
    assert thread_warnings(unseen) == []


def test_a_run_from_before_threads_were_observed_gets_no_sentence() -> None:
    old = facts({})
    del old["libraries"]["threads"], old["machine"]["cpu_quota"]
    assert (thread_note(old), thread_warnings(old)) == ("", [])
