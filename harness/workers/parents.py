"""The worker processes of a run: one per round, started some at a time, and ended with the run."""

import math
import os
import signal
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Self

from harness.backends.table import REQUIRED
from harness.model import Op
from harness.workers.process import USUAL_START, Start, WorkerProcess

FOR_FUNCTIONS = (*REQUIRED, "array_api_compat.numpy", "array_api_compat.torch", "cloudpickle")
"""Libraries that a user's function needs besides: to import them takes a fork 0.1 s."""


def libraries_for(ops: Iterable[Op]) -> tuple[str, ...]:
    """Return what processes that measure ops should have imported."""
    return FOR_FUNCTIONS if any(op.function for op in ops) else REQUIRED


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Put a Ctrl-C off until the end, where this thread is the one that is interrupted."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    seen: list[FrameType | None] = []
    signal.signal(signal.SIGINT, lambda _number, frame: seen.append(frame))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if seen:
            before(signal.SIGINT, seen[0])


class Parents:
    """
    Warm processes by round; a context that leaves none behind.

    One per round and not one for all: a fork inherits its parent's layout of addresses and its hash seed, by
    which small sizes differ by 2 to 4 % between parents, and all forks of one alike.
    """

    def __init__(
        self, hang_limit: float, start: Start = USUAL_START, libraries: Sequence[str] = REQUIRED
    ) -> None:
        self._hang_limit, self._way, self._libraries = hang_limit, start, libraries
        self._workers: list[WorkerProcess] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.stop()

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._workers)

    def start(self, rounds: int, within: float = math.inf) -> bool:
        """
        Have so many ready, and wait: what starts beside a measurement would disturb it.

        Return whether they are; those that are not after so many seconds are stopped.
        """
        ends = time.monotonic() + within
        while (missing := rounds - len(self._workers)) > 0:
            together = min(missing, os.cpu_count() or 1)
            some: list[WorkerProcess] = []
            for _ in range(together):
                with _uninterrupted():  # or a process that has just started would be nobody's
                    some.append(WorkerProcess(self._hang_limit, self._way, self._libraries))
                    self._workers.append(some[-1])
            late = [worker for worker in some if not worker.wait_until_ready(ends - time.monotonic())]
            if late:
                self._workers = [worker for worker in self._workers if worker not in late]
                return False
        return True

    def of_round(self, order: int) -> WorkerProcess:
        """Return the process of a round, from 0 on."""
        self.start(order + 1)
        return self._workers[order]
