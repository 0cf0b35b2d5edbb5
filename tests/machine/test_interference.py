"""A busy host: loaded on purpose, it is noticed before a run and in what is timed on it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import psutil
import pytest

from harness.machine.interference import BUSY_LOAD, look, other_runs
from harness.model import THREADED, Round, Status
from harness.timing.noise import round_median, timed_status
from harness.workers.process import WorkerProcess
from harness.workers.task import Finding
from tests.support.worker_tasks import asked
from tests.support.workers import SharedWorker

SPIN = "print('up', flush=True)\nwhile True: pass"


@pytest.fixture
def load() -> Iterator[list[int]]:
    """Run more than two busy processes per processor; give the numbers of the processes."""
    spinning = [
        subprocess.Popen([sys.executable, "-c", SPIN], stdout=subprocess.PIPE)
        for _ in range(2 + 2 * (psutil.cpu_count() or 1))
    ]
    for process in spinning:
        assert process.stdout is not None
        process.stdout.readline()
    yield [process.pid for process in spinning]
    for process in spinning:
        process.kill()
        process.communicate()


@pytest.fixture
def worker() -> Iterator[WorkerProcess]:
    """Start a worker before the host is busy."""
    with WorkerProcess(60.0) as started:
        started.wait_until_ready()
        yield started


@pytest.mark.slow
def test_work_of_other_processes_is_seen_and_named(load: list[int]) -> None:
    seen = look(1.0)
    assert seen.load > BUSY_LOAD
    assert len(load) > 3
    assert len(seen.busiest) == 3
    assert all(re.fullmatch(r".+: \d+%", name) for name in seen.busiest)
    # Some other may have ended by the time that it is asked for its name.
    assert any(re.fullmatch(r".+ \(process \d+\): \d+%", name) for name in seen.busiest)


class Alternating:
    """A yardstick that finds the processor slowed every second time."""

    def __init__(self) -> None:
        self.readings = cycle([1.0, 2.0])

    def read(self, *, idle: bool) -> float:
        assert idle
        return next(self.readings)


def test_how_often_the_processor_is_slowed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.machine.interference.Yardstick", Alternating)
    assert look(0.3).slowed == pytest.approx(0.5, abs=0.2)


@pytest.mark.slow
@pytest.mark.skipif(
    not Path("/proc/pressure/cpu").exists(), reason="this kernel does not count who waits for a processor"
)
@pytest.mark.skipif(psutil.cpu_count() == 1, reason="there is one processor, so nothing has two threads")
def test_what_threads_that_wait_for_one_another_on_a_busy_host_take_longer_is_marked(
    worker: WorkerProcess, load: list[int]
) -> None:
    """A round may pass between two turns of the scheduler: then it is right, and need not be marked."""
    assert load
    rounds: list[Round] = []
    is_noisy: list[bool] = []
    while len(rounds) < 6 or not any(is_noisy):
        assert len(rounds) < 40, "none is marked"
        finding = asked(worker, "torch.abs(x)", "torch-cpu", n=4**9)
        assert isinstance(finding, Finding)
        assert finding.round is not None
        assert (finding.round.cores or 0.0) > THREADED
        rounds.append(finding.round)
        is_noisy.append(timed_status([finding.round])[0] is Status.NOISY)
    fastest = min(min(round_.samples) for round_ in rounds)
    assert all(
        noisy or round_median(round_) < 3 * fastest for round_, noisy in zip(rounds, is_noisy, strict=True)
    )


@pytest.mark.parametrize(
    ("words", "is_run"),
    [
        ("python /home/a/.venv/bin/harness run --quick", True),
        ("/usr/bin/python3.11 -P -m asv run --show-stderr", True),
        ("C:/venv/Scripts/harness.exe run", True),
        ("python /home/a/.venv/bin/harness speedup", False),
        ("asv publish", False),
        ("vim harness run.py", False),
        ("", False),
    ],
)
def test_another_run_is_known_by_its_command_line(words: str, *, is_run: bool) -> None:
    assert other_runs({7: (1, words.split())}, lineage={1}) == ([7] if is_run else [])


def test_a_run_is_told_once_and_this_one_not_at_all() -> None:
    worker = ["python", "-m", "harness.workers.worker", "pulse"]
    processes = {
        10: (1, ["python", "harness", "run"]),
        11: (10, ["python", "-m", "asv", "run"]),
        12: (11, ["python", "-c", "fork"]),
        13: (12, worker),
        14: (13, worker),  # its fork
        20: (1, ["python", "harness", "run"]),
        21: (20, ["python", "-m", "asv", "run"]),
        22: (21, worker),
        23: (22, worker),
        30: (1, ["jupyter"]),
        31: (30, worker),
        32: (30, worker),
    }
    assert other_runs(processes, lineage={1, 20, 21}) == [10, 30]


@pytest.mark.slow
def test_a_living_run_is_found_and_a_killed_one_leaves_nothing() -> None:
    SharedWorker.end()  # whose parent this process would be: that would make it the run
    script = (
        "from harness.workers.process import WorkerProcess\n"
        "with WorkerProcess(60.0) as worker: worker.wait_until_ready(); print(flush=True); input()"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with run:
        assert run.stdout is not None
        assert run.stdout.readline() == "\n"
        (worker,) = psutil.Process(run.pid).children()
        assert run.pid in look(0.0).runs
        worker.kill()
        run.kill()
    assert run.pid not in look(0.0).runs
