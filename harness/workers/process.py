"""A worker process seen from outside: start it, ask it, notice that it died or hangs, take it down."""

import os
import pickle
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from harness.errors import MeasureError
from harness.model import Status
from harness.names import one_line
from harness.workers.heartbeat import HEARTBEAT
from harness.workers.lifeline import tied
from harness.workers.task import CeilingTask, GroupFindings, Task

START_LIMIT = 300.0
"""Seconds that a worker may take to import its libraries, on a cold and busy disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """How a worker ended before its time, and what this means for the lane that it was in."""

    lane: int | None  # its index; None between lanes
    status: Status
    reason: str


class WorkerProcess:
    """
    A fresh process that measures one round of one op; a context that leaves no process behind.

    It is killed with its group after `hang_limit` seconds without a heartbeat. That is looked at once per
    limit, so that watching disturbs nothing; a hang ends after one to two limits.
    """

    def __init__(self, hang_limit: float, backends: Sequence[str] = ()) -> None:
        self._hang_limit, self._backends = hang_limit, backends
        self._start()

    def _start(self) -> None:
        self._over = False
        self._folder = tempfile.TemporaryDirectory(prefix="harness-", ignore_cleanup_errors=True)
        self._pulse = Path(self._folder.name) / "pulse"
        self._pulse.write_bytes(bytes(HEARTBEAT.size))
        self._errors = Path(self._folder.name) / "stderr"
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                tied([sys.executable, "-m", "harness.workers.worker", str(self._pulse), *self._backends]),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
                # OpenBLAS' threads spin for 2^26 cycles after a call otherwise, 25 ms in which they would
                # steal another pool's cores. 2^20 still spans the gap between two calls of a block: a thread
                # that sleeps in it is woken for every call, which costs more than the call (measured).
                env={"OPENBLAS_THREAD_TIMEOUT": "20", **os.environ},
            )
        self._answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        threading.Thread(target=_pass_on, args=(self._process.stdout, self._answers), daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def hello(self) -> dict[str, Any]:
        """Return what `harness.workers.libraries.describe_libraries` says in the process."""
        try:
            libraries = self._answers.get(timeout=START_LIMIT)
        except queue.Empty:
            libraries = None
        if libraries is None:
            words = self._last_words()
            self.stop()
            raise MeasureError(f"a worker could not start: {words}; try `python -c 'import numpy, torch'`")
        return dict(libraries)

    def restart(self) -> float:
        """Start a fresh process in the place of one that ended; return the seconds until it was ready."""
        began = time.perf_counter()
        self._start()
        self.hello()
        return time.perf_counter() - began

    def give(self, task: Task | CeilingTask) -> None:
        """Hand the process its task; an answer per group or device follows."""
        with suppress(BrokenPipeError):  # its death is told by `answer`
            pickle.dump(task, self._process.stdin)  # type: ignore[arg-type] # it was started with a pipe
            self._process.stdin.flush()  # type: ignore[union-attr] # as above

    def answer(self) -> GroupFindings | Death:
        """Return the next group's findings, or how the process ended instead."""
        steps = -1
        while True:
            try:
                answer: GroupFindings | None = self._answers.get(timeout=self._hang_limit)
            except queue.Empty:
                before, (steps, lane) = steps, self._heartbeat()
                if steps != before:
                    continue
                self.stop()
                return Death(
                    lane=lane,
                    status=Status.TIMEOUT,
                    reason=f"no sign of life for {self._hang_limit:g} s; the process was killed",
                )
            return self._death() if answer is None else answer

    def stop(self) -> None:
        """Kill the process with its group, and wait for its end; a second call does nothing."""
        if self._over:
            return  # by now its number may be another process's
        self._over = True
        with suppress(ProcessLookupError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr] # it was started with pipes
        self._folder.cleanup()

    def _death(self) -> Death:
        """Return how the process ended by itself."""
        code, (_, lane), words = self._process.wait(), self._heartbeat(), self._last_words()
        self.stop()
        if code < 0:
            name = signal.Signals(-code).name
            if name == "SIGKILL":
                reason = "killed by the system (SIGKILL), as it does when memory runs out"
                return Death(lane=lane, status=Status.OOM, reason=reason)
            return Death(lane=lane, status=Status.CRASHED, reason=f"the process died of {name}")
        return Death(lane=lane, status=Status.CRASHED, reason=f"the process ended with {code}: {words}")

    def _heartbeat(self) -> tuple[int, int | None]:
        """Return the steps so far and the lane that the process is in."""
        steps, lane = HEARTBEAT.unpack(self._pulse.read_bytes())
        return steps, lane - 1 if lane else None

    def _last_words(self) -> str:
        """Return the last line that the process wrote to its error output."""
        with suppress(OSError):
            lines = self._errors.read_text(errors="replace").strip().splitlines()
            if lines:
                return one_line(lines[-1])
        return "it said nothing"


def _pass_on(pipe: IO[bytes], answers: "queue.SimpleQueue[Any]") -> None:
    """Put every value that comes out of a pipe into the queue, and None at its end."""
    # ValueError: the pipe was closed by `stop` while this thread was reading.
    with suppress(EOFError, OSError, ValueError, pickle.UnpicklingError):
        while True:
            answers.put(pickle.load(pipe))  # noqa: S301 - from a process that we started
    answers.put(None)
