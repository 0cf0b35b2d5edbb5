"""The owner of a run that asv drives: one process that measures op after op, as asv's processes ask it to.

asv has a process of its own for every op, each of which would start its own warm processes. So its plug-in
starts this one, which ends with asv and keeps them from op to op; what asks it is on this computer, too.

Run as ``python -m harness.runs.owner``, it says on its output at which port it listens.
"""

import os
import secrets
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack, suppress
from multiprocessing.connection import Client, Connection, Listener
from typing import Any

from harness.errors import HarnessError, MeasureError
from harness.model import Cell, Op
from harness.runs.job import Job
from harness.runs.sweep import sweep
from harness.workers.lifeline import tied
from harness.workers.parents import Parents, libraries_for

VARIABLE = "HARNESS_OWNER"
"""Environment variable with what it takes to ask the owner: its port, its key, and its interpreter."""
_HOST = "127.0.0.1"


def start_owner() -> "subprocess.Popen[bytes]":
    """Start the owner of a run, which ends with this process; what starts from now on can ask it."""
    key = secrets.token_hex()
    owner = subprocess.Popen(
        tied([sys.executable, "-m", "harness.runs.owner"]),
        stdout=subprocess.PIPE,
        start_new_session=True,
        env=os.environ | {VARIABLE: key},
    )
    with owner.stdout as said:  # type: ignore[union-attr] # it was started with a pipe
        port = said.readline().decode().strip()
    if not port:
        raise MeasureError("the process that is to measure for asv did not start; what it said stands above")
    os.environ[VARIABLE] = f"{port} {key} {sys.executable}"
    return owner


def measured_cells(op: Op, job: Job) -> list[Cell]:
    """Return the cells of an op: from an owner of this interpreter if there is one, else measured here."""
    port, _, rest = os.environ.get(VARIABLE, "").partition(" ")
    key, _, interpreter = rest.partition(" ")
    if interpreter != sys.executable:
        # asv, stopped by Ctrl-C, ends this process by SIGTERM and gives it a second, to store what it has.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        return sweep(op, job)
    try:
        with Client((_HOST, int(port)), authkey=key.encode()) as owner:
            owner.send((op, job))
            answer = owner.recv()
    except (EOFError, OSError) as error:
        raise MeasureError(
            f"the process that measures for asv has ended ({error!r}); start asv again"
        ) from error
    if isinstance(answer, HarnessError):
        raise answer
    cells: list[Cell] = answer
    return cells


def stop_owner(owner: "subprocess.Popen[bytes]", limit: float = 10.0) -> None:
    """End the owner, which stores what it has of the op that it is in."""
    owner.send_signal(signal.SIGINT)
    try:
        owner.wait(limit)
    except subprocess.TimeoutExpired:
        owner.kill()
        owner.wait()


def main() -> None:
    """Listen, and measure what is asked for until a SIGINT, or the end of what started this process."""
    stop = threading.Event()

    def interrupt(*_: object) -> None:
        stop.set()
        raise KeyboardInterrupt

    with Listener((_HOST, 0), authkey=os.environ[VARIABLE].encode()) as listener, suppress(KeyboardInterrupt):
        signal.signal(signal.SIGINT, interrupt)
        sys.stdout.write(f"{listener.address[1]}\n")
        sys.stdout.flush()
        with ExitStack() as stack:
            parents: Parents | None = None
            while not stop.is_set():
                with listener.accept() as asking:
                    op, job = asking.recv()
                    parents = parents or stack.enter_context(
                        Parents(job.settings.hang_limit_of(1), job.settings.start, libraries_for([op]))
                    )
                    _answer(asking, op, job, parents)


def _answer(asking: "Connection[Any, Any]", op: Op, job: Job, parents: Parents) -> None:
    """Measure an op and send its cells, or why there are none."""
    try:
        answer: object = sweep(op, job, parents)
    except HarnessError as error:
        answer = error
    with suppress(OSError):  # who asked has been ended meanwhile
        asking.send(answer)


if __name__ == "__main__":
    main()
