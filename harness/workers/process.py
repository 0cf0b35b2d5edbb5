"""A worker process seen from outside: start it, give it tasks, notice that one dies or hangs, end it."""

import math
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, Self

from harness.backends.table import REQUIRED
from harness.errors import MeasureError
from harness.machine.temporary_folders import temporary_folder
from harness.model import Status
from harness.names import one_line
from harness.workers import channel
from harness.workers.heartbeat import HEARTBEAT
from harness.workers.lifeline import tied
from harness.workers.task import AnyTask, Begun, Ended, LibrariesTask, answers_owed

START_LIMIT = 300.0
"""Seconds that a worker may take to import its libraries, on a cold and busy disk."""
RAISE_IT = "a run that is given more seconds waits a quarter of those of each op"
"""How the limit is raised; see `harness.runs.settings.Settings.hang_limit_of`."""
END_LIMIT = 10.0
"""Seconds that a fork may take to end after it was killed, most of them to give its memory back."""
_SHORT_SPINS = {"OPENBLAS_THREAD_TIMEOUT": "20", "GOMP_SPINCOUNT": "30000"}
"""A pool's threads spin after a call, OpenBLAS' for 2^26 cycles or 25 ms and libgomp's for 7 ms. Meanwhile
they would steal another pool's cores, so the next turn waits for them. 2^20 cycles and 0.9 ms still span the
gap between two calls of a block: a thread that sleeps in it is woken for every call, which costs more than
the call (measured)."""
_PROGRAM = (sys.executable, "-P", "-m", "harness.workers.worker")
"""The folder where the user is stays off the path: a file there could bear the name of one of Python's."""
Start = Literal["fork", "spawn"]
"""How a round begins: as the fork of a warm parent, or in a process that serves one op after another."""
USUAL_START: Start = "fork" if sys.platform == "linux" else "spawn"
"""Windows cannot fork, and the system's own libraries do not survive it on macOS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """How a task ended before its time, and what this means for the lane that it was in."""

    lane: int | None  # its index; None between lanes
    status: Status
    reason: str
    late: bool = False
    """Whether nothing was wrong with it but that the time was over."""


class WorkerProcess:
    """
    A process that measures one round of each op; a context that leaves no process behind.

    A task is killed with its group after `hang_limit` seconds without a heartbeat. That is looked at once per
    limit, so that watching disturbs nothing; a hang ends after one to two limits.
    """

    def __init__(
        self, hang_limit: float, start: Start = USUAL_START, libraries: Sequence[str] = REQUIRED
    ) -> None:
        self._hang_limit, self._way, self._libraries = hang_limit, start, tuple(libraries)
        self._launch()

    def _launch(self) -> None:
        self._over, self._owed, self._task_pid, self._said = False, 0, 0, 0
        self._is_ready = False
        self._folder = temporary_folder()
        self._pulse = Path(self._folder.name) / "pulse"
        self._pulse.write_bytes(bytes(HEARTBEAT.size))
        self._errors = Path(self._folder.name) / "stderr"
        try:
            self._process = self._started()
        except BlockingIOError as error:
            self._folder.cleanup()
            raise _too_many(error) from error
        self._values: queue.SimpleQueue[Any] = queue.SimpleQueue()
        try:
            threading.Thread(target=_pass_on, args=(self._process.stdout, self._values), daemon=True).start()
        except RuntimeError as error:
            self.stop()
            raise _too_many(error) from error

    def _started(self) -> "subprocess.Popen[bytes]":
        """Return the process, which has just been started."""
        with self._errors.open("ab") as errors:
            return subprocess.Popen(
                tied([*_PROGRAM, str(self._pulse), self._way, *self._libraries]),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
                env={**_SHORT_SPINS, **os.environ},
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def wait_until_ready(self, within: float = math.inf) -> bool:
        """
        Wait for the import of the libraries, and raise `MeasureError` if it fails.

        Return whether it is done; one that is not after those seconds is stopped.
        """
        if self._is_ready:
            return True
        try:
            value = self._values.get(timeout=max(min(within, START_LIMIT), 0.0))
        except queue.Empty:
            if within < START_LIMIT:
                self.stop()
                return False
            value = None
        if value is None:
            words = self._last_words()
            self.stop()
            libraries = ", ".join(self._libraries)
            raise MeasureError(f"a worker could not start: {words}; try `python -c 'import {libraries}'`")
        self._is_ready = True
        return True

    def libraries(self, backends: Sequence[str] = (), within: float = math.inf) -> dict[str, Any]:
        """Return what `harness.workers.libraries.describe_libraries` says in the process."""
        self.give(LibrariesTask(backends=tuple(backends)))
        answer = self.answer(within)
        if isinstance(answer, Death) and answer.late:
            raise MeasureError(
                "a worker had no time to look at its libraries, on a machine that is busy or cold; try once "
                "more, or give it more seconds"
            )
        if isinstance(answer, Death):
            raise MeasureError(
                f"a worker could not look at its libraries: {answer.reason}; "
                "try `python -c 'import numpy, torch; torch.ones(9) @ torch.ones(9)'`"
            )
        described: dict[str, Any] = answer
        return described

    def give(self, task: AnyTask) -> None:
        """Hand over a task; a fresh process takes the place of one that has ended."""
        if self._owed:  # what was left of the last one is no longer wanted
            self._end_task()
        if self._over:
            self._launch()
        self.wait_until_ready()
        self._owed, self._task_pid, self._said = answers_owed(task), 0, self._errors.stat().st_size
        with suppress(BrokenPipeError):  # its death is told by `answer`
            channel.send(task, self._process.stdin)  # type: ignore[arg-type] # it was started with a pipe

    def answer(self, within: float = math.inf) -> Any:  # noqa: ANN401 - what the task asks for
        """Return the next answer to the task, or a `Death` that ended it instead, after so many seconds."""
        steps, ends = -1, time.monotonic() + within
        while True:
            left = max(ends - time.monotonic(), 0.0)
            try:
                value = self._values.get(timeout=min(self._hang_limit, left))
            except queue.Empty:
                before, (steps, lane) = steps, self._heartbeat()
                if left <= self._hang_limit:
                    self._end_task()
                    return Death(
                        lane=lane, status=Status.TIMEOUT, reason="it took longer than the run may", late=True
                    )
                if steps != before:
                    continue
                self._end_task()
                return Death(
                    lane=lane,
                    status=Status.TIMEOUT,
                    reason=f"no sign of life for {self._hang_limit:g} s; the process was killed; {RAISE_IT}",
                )
            if isinstance(value, Begun | Ended):
                self._note(value)
                if isinstance(value, Ended) and not self._owed:
                    return self._death(value.code)
            elif value is None:
                death = self._death(self._process.wait())
                self.stop()
                return death
            else:
                self._owed -= 1
                return value

    def stop(self) -> None:
        """Kill the process and its task's with their groups, and wait for its end; again does nothing."""
        if self._over:
            return  # by now its number may be another process's
        self._over, self._owed = True, 0
        self._catch_up()
        if self._task_pid:
            _kill_group(self._task_pid)
        if hasattr(os, "killpg"):
            _kill_group(self._process.pid)
        else:
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr] # it was started with pipes
        self._folder.cleanup()

    def _end_task(self) -> None:
        """End a task's fork with its children; the process itself only where there is none, or it stays."""
        self._catch_up()
        if self._owed and self._way == "fork" and self._task_pid:
            _kill_group(self._task_pid)
            with suppress(queue.Empty):
                while self._owed and (value := self._values.get(timeout=END_LIMIT)) is not None:
                    self._note(value)
        if self._owed:
            self.stop()

    def _catch_up(self) -> None:
        """Take what the process has said by now of a task whose answers are no longer wanted."""
        with suppress(queue.Empty):
            while True:
                self._note(self._values.get_nowait())

    def _note(self, value: object) -> None:
        """Keep which process the task has; once that has ended, its number may be another process's."""
        if isinstance(value, Begun):
            self._task_pid = value.pid
        elif isinstance(value, Ended) and self._task_pid:  # else it is of the task before
            self._owed = self._task_pid = 0

    def _death(self, code: int) -> Death:
        """Return how a task ended by itself."""
        (_, lane), words = self._heartbeat(), self._last_words()
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
        """Return the last line that the process wrote to its error output since it was given its task."""
        with suppress(OSError):
            lines = self._errors.read_bytes()[self._said :].decode(errors="replace").strip().splitlines()
            if lines:
                return one_line(lines[-1])
        return "it said nothing"


def _too_many(error: Exception) -> MeasureError:
    """Return that the system starts no more processes or threads."""
    return MeasureError(
        f"no process that measures can be started ({error}): the container or `ulimit -u` limits how many "
        "processes and threads there may be; raise that limit"
    )


def _kill_group(leader: int) -> None:
    """Kill a process with its group, which may have ended already."""
    for kill in (os.killpg, os.kill):
        with suppress(ProcessLookupError, PermissionError):
            kill(leader, signal.SIGKILL)


def _pass_on(pipe: IO[bytes], values: "queue.SimpleQueue[Any]") -> None:
    """Put every value that comes out of a pipe into the queue, and None at its end."""
    # ValueError: the pipe was closed by `stop` while this thread was reading.
    with suppress(EOFError, OSError, ValueError):
        while True:
            values.put(channel.receive(pipe))
    values.put(None)
