"""Worker processes seen from outside: forks that die or hang, and parents that go on."""

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from harness.errors import MeasureError
from harness.model import Status
from harness.workers.parents import Parents
from harness.workers.process import RAISE_IT, Death, WorkerProcess
from tests.support.projects import PROJECT
from tests.support.worker_tasks import (
    FINE,
    HANG,
    answered,
    asked,
    has_ended,
    pids,
    said,
    task,
    telling,
    written,
)

pytestmark = pytest.mark.slow
forks = pytest.mark.skipif(sys.platform != "linux", reason="forks are used on Linux only")


@pytest.fixture(scope="module")
def parent() -> Iterator[WorkerProcess]:
    """Start a parent that all tests share: whatever becomes of its forks, it goes on."""
    with WorkerProcess(60.0, "fork") as worker:
        worker.wait_until_ready()
        yield worker


@forks
@pytest.mark.parametrize(
    ("statement", "status", "reason"),
    [
        ("os._exit(3)", Status.CRASHED, "the process ended with 3: it said nothing"),
        ("os.write(2, b'no more\\n'); os._exit(4)", Status.CRASHED, "the process ended with 4: no more"),
        ("sys.exit('enough')", Status.CRASHED, "the process ended with 1: SystemExit: enough"),
        ("os.kill(os.getpid(), 9)", Status.OOM, "killed by the system (SIGKILL)"),
        ("ctypes.string_at(0)", Status.CRASHED, "the process died of SIGSEGV"),
        ("os.abort()", Status.CRASHED, "the process died of SIGABRT"),
    ],
)
def test_a_fork_that_dies_costs_its_task_and_the_next_one_begins_in_the_same_parent(
    parent: WorkerProcess, statement: str, status: Status, reason: str
) -> None:
    before, warm = pids(parent)
    death = asked(parent, f"import ctypes, os, sys\n{statement}\n{FINE}")
    assert isinstance(death, Death)
    assert (death.lane, death.status) == (0, status)
    assert death.reason.startswith(reason)
    fresh, still = pids(parent)
    assert still == warm
    assert fresh != before
    assert asked(parent, FINE).status is Status.OK


@forks
def test_what_was_answered_before_a_death_is_kept(parent: WorkerProcess) -> None:
    parent.give(task(FINE, FINE, "import os\nos._exit(5)", FINE))
    first, second, death = (answered(parent) for _ in range(3))
    assert first.status is second.status is Status.OK
    assert isinstance(death, Death)
    assert death.reason.startswith("the process ended with 5")


@forks
def test_the_last_words_of_an_earlier_task_are_no_reason_for_a_later_ones_death(
    parent: WorkerProcess,
) -> None:
    assert asked(parent, f"import os\nos.write(2, b'all is lost\\n')\n{FINE}").status is Status.OK
    assert asked(parent, "import os\nos._exit(6)").reason == "the process ended with 6: it said nothing"


@forks
def test_a_fork_that_hangs_is_killed_with_its_children_and_its_parent_serves_the_next(
    parent: WorkerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, warm = pids(parent)
    child = tmp_path / "child"
    starts = telling(child, "subprocess.Popen(['sleep', '600']).pid")
    with monkeypatch.context() as patched:
        patched.setattr(parent, "_hang_limit", 1.5)
        death = asked(parent, starts + HANG)
    assert isinstance(death, Death)
    assert (death.lane, death.status) == (0, Status.TIMEOUT)
    assert death.reason == f"no sign of life for 1.5 s; the process was killed; {RAISE_IT}"
    assert has_ended(written(child))
    assert pids(parent)[1] == warm


@forks
@pytest.mark.parametrize("rest", [[FINE], [HANG]])
def test_what_is_left_of_a_task_that_is_no_longer_wanted_is_ended_and_mixed_into_nothing(
    parent: WorkerProcess, rest: list[str]
) -> None:
    _, warm = pids(parent)
    parent.give(task(FINE, *rest))
    assert answered(parent).status is Status.OK
    if rest == [FINE]:
        time.sleep(0.5)  # the fork may have ended by itself
    assert pids(parent)[1] == warm


@forks
def test_the_number_of_a_fork_that_has_ended_may_be_anothers_and_is_not_killed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with WorkerProcess(60.0, "fork") as worker:
        fork, warm = pids(worker)
        assert has_ended(fork)
        while worker._values.empty():  # its parent has yet to say so
            time.sleep(0.01)
        killed, kill = list[int](), os.killpg

        def recorded(group: int, number: int) -> None:
            killed.append(group)
            kill(group, number)

        with monkeypatch.context() as patched:
            patched.setattr("os.killpg", recorded)
            worker.stop()
    assert killed == [warm]


def test_a_spawned_process_serves_one_task_after_another_and_is_replaced_after_a_death() -> None:
    with WorkerProcess(60.0, "spawn") as worker:
        first, _ = pids(worker)
        assert pids(worker)[0] == first
        death = asked(worker, "import os\nos._exit(3)")
        assert isinstance(death, Death)
        assert (death.lane, death.status) == (0, Status.CRASHED)
        second, _ = pids(worker)
        assert second != first
        worker._hang_limit = 1.5
        assert asked(worker, HANG).status is Status.TIMEOUT
    assert has_ended(first)
    assert has_ended(second)


@forks
def test_a_parent_that_is_killed_takes_its_fork_along_and_another_takes_its_place(tmp_path: Path) -> None:
    fork = tmp_path / "fork"
    with WorkerProcess(60.0, "fork") as worker:
        worker.give(task(telling(fork) + HANG))
        number = written(fork)
        psutil.Process(number).parent().kill()
        death = answered(worker)
        assert isinstance(death, Death)
        assert (death.lane, death.status) == (0, Status.OOM)
        assert has_ended(number)
        assert asked(worker, FINE).status is Status.OK


@forks
def test_a_parent_and_its_fork_end_with_whoever_started_them_however_that_ends(tmp_path: Path) -> None:
    fork = tmp_path / "fork"
    script = """
        import sys
        from harness.workers.process import WorkerProcess
        from tests.support.worker_tasks import task
        with WorkerProcess(600.0, "fork") as worker:
            worker.give(task(sys.argv[1]))
            worker.answer()
    """
    command = [sys.executable, "-c", textwrap.dedent(script), telling(fork) + HANG]
    run = subprocess.Popen(command, cwd=PROJECT)
    number = written(fork)
    warm = psutil.Process(number).ppid()
    assert psutil.Process(warm).ppid() == run.pid
    run.kill()
    run.wait()
    assert has_ended(warm)
    assert has_ended(number)


@forks
def test_every_round_has_a_parent_of_its_own_that_its_forks_resemble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONHASHSEED", raising=False)
    with Parents(60.0, "fork") as parents:
        parents.start(2)
        seeds = [[said(parents.of_round(order), "hash('a')") for _ in range(2)] for order in (0, 1)]
        warm = [pids(parents.of_round(order))[1] for order in (0, 1, 1)]
    (first, again), (other, other_again) = seeds
    assert (first, other) == (again, other_again)
    assert first != other
    assert warm[0] != warm[1] == warm[2]
    assert all(has_ended(pid) for pid in warm)


def test_a_worker_that_cannot_start_says_why_and_what_to_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "torch.py").write_text("raise ImportError('a broken build')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    words = r"could not start: ImportError: a broken build; try `python -c 'import numpy, torch'`"
    with Parents(60.0) as parents, pytest.raises(MeasureError, match=words):
        parents.of_round(0)
    assert children() == []


def test_a_worker_that_takes_too_long_to_start_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "torch.py").write_text("import time\ntime.sleep(600)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr("harness.workers.process.START_LIMIT", 0.5)
    with WorkerProcess(60.0) as worker, pytest.raises(MeasureError, match="could not start: it said nothing"):
        worker.wait_until_ready()
    assert children() == []


@pytest.mark.parametrize(
    ("what", "error"),
    [
        ("subprocess.Popen", BlockingIOError(11, "Resource temporarily unavailable")),
        ("threading.Thread", RuntimeError("can't start new thread")),
    ],
)
def test_a_limit_on_processes_is_named_and_none_stays(
    monkeypatch: pytest.MonkeyPatch, what: str, error: Exception
) -> None:
    def full(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(f"harness.workers.process.{what}", full)
    before = set(psutil.Process().children())
    with pytest.raises(MeasureError, match=r"no process .* can be started \(.*\): .* raise that limit"):
        WorkerProcess(60.0, libraries=("json",))
    assert {child for child in psutil.Process().children() if child.is_running()} <= before


def test_processes_that_are_not_ready_in_time_are_ended_and_the_others_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Parents(60.0, libraries=("json",)) as parents:
        assert parents.start(1)
        (tmp_path / "torch.py").write_text("import time\ntime.sleep(600)")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        monkeypatch.setattr(parents, "_libraries", ("torch",))
        assert not parents.start(3, within=0.5)
        assert parents.count == 1
        assert children() == []


def test_a_folder_with_files_that_are_called_as_modules_of_python_is_no_hindrance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("random", "queue", "json", "harness"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('mine')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with WorkerProcess(60.0, libraries=("json",)) as worker:
        assert worker.wait_until_ready()


def children() -> list[int]:
    """Return the workers of this process that have a broken Torch before them."""
    of_this = psutil.Process().children()
    return [child.pid for child in of_this if "PYTHONPATH" in os.environ and is_broken(child)]


def is_broken(process: psutil.Process) -> bool:
    """Return whether a process was started with the same path as this test."""
    try:
        return bool(process.environ().get("PYTHONPATH") == os.environ["PYTHONPATH"])
    except psutil.Error:
        return False


def test_an_answer_that_is_not_there_in_time_ends_the_task_and_says_that_it_was_late(
    parent: WorkerProcess,
) -> None:
    parent.give(task(HANG, FINE))
    began = time.monotonic()
    answer = parent.answer(0.5)
    assert isinstance(answer, Death)
    assert (answer.late, answer.status) == (True, Status.TIMEOUT)
    assert answer.reason == "it took longer than the run may"
    assert time.monotonic() - began < 30
    assert asked(parent, FINE).status is Status.OK
