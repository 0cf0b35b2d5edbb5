"""Processes that end with the one that started them."""

import subprocess
import sys

import psutil
import pytest

from harness.workers.lifeline import tied

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent"),
]


def test_a_process_that_is_tied_ends_with_the_one_that_started_it() -> None:
    """The sleeper stands for a worker that hangs in native code: it can do nothing about itself."""
    script = (
        "import subprocess, sys; from harness.workers.lifeline import tied\n"
        "child = subprocess.Popen(tied([sys.executable, '-c', "
        "'import ctypes, os; print(os.getpid(), flush=True); ctypes.PyDLL(None).sleep(600)']),"
        " stdout=subprocess.PIPE, start_new_session=True)\n"
        "print(child.stdout.readline().decode(), flush=True); child.wait()"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    sleeper = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.communicate()
    gone, alive = psutil.wait_procs([sleeper], 30)
    assert (len(gone), alive) == (1, [])


def test_a_process_whose_parent_ended_before_it_could_be_tied_does_not_start() -> None:
    *_, orphaned = tied(["/bin/echo", "started"])[:4], "1"
    done = subprocess.run(
        [sys.executable, "-m", "harness.workers.lifeline", orphaned, "/bin/echo", "started"],
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, b"")
