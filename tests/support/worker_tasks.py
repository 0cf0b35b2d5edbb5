"""Tasks of a single call for real worker processes, and what is known of those processes."""

import time
from pathlib import Path

import psutil
import pytest

from harness.model import Op, Span
from harness.workers.process import Death, WorkerProcess
from harness.workers.task import Finding, Group, GroupFindings, Lane, Task
from tests.support.workers import BRIEF

FINE = "np.abs(x)"
HANG = f"import time\ntime.sleep(600)\n{FINE}"


def task(*statements: str, backend: str = "numpy", n: int = 16) -> Task:
    """Return a task that has a group with one lane for each statement."""
    op = Op(name="abs", summary="", spelling={"numpy": FINE, "torch": "torch.abs(x)"})
    groups = (
        Group(n=n, dtype="float32", lanes=(Lane(backend=backend, spans=(Span.CALL,), statement=statement),))
        for statement in statements
    )
    return Task(op=op, groups=tuple(groups), rules=BRIEF(), seed=0, order=0)


def answered(worker: WorkerProcess) -> Finding | Death:
    """Return what the next group's lane came to."""
    answer = worker.answer()
    if isinstance(answer, GroupFindings):
        (finding,) = answer.findings
        return finding
    assert isinstance(answer, Death)
    return answer


def asked(worker: WorkerProcess, statement: str, backend: str = "numpy", n: int = 16) -> Finding | Death:
    """Return what a statement comes to in a task of its own."""
    worker.give(task(statement, backend=backend, n=n))
    return answered(worker)


def said(worker: WorkerProcess, expression: str, imports: str = "os") -> str:
    """Return the value of an expression where a task is done, as the reason of its failure."""
    return asked(worker, f"import {imports}\nraise RuntimeError(str(({expression})))").reason.removeprefix(
        "RuntimeError: "
    )


def pids(worker: WorkerProcess) -> tuple[int, int]:
    """Return the numbers of the process that does a task, and of its parent."""
    own, parent = said(worker, "os.getpid(), os.getppid()").strip("()").split(", ")
    return int(own), int(parent)


def written(path: Path) -> int:
    """Return the number that a process writes into a file, once it is there."""
    for _ in range(3000):
        if path.exists() and (text := path.read_text()):
            return int(text)
        time.sleep(0.02)
    pytest.fail(f"nobody has written {path}")


def has_ended(pid: int) -> bool:
    """Return whether a process ends within a minute, or has."""
    try:
        process = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return True
    return not psutil.wait_procs([process], 60)[1]


def telling(path: Path, what: str = "os.getpid()") -> str:
    """Return statements that write a number into a file."""
    return f"import os, subprocess\nopen({str(path)!r}, 'w').write(str({what}))\n"
