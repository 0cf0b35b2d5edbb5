"""When whoever looks on is told once more what is being done, since nothing else was shown for a while."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from harness.runs.progress import STARTING, Step

SILENCE = 10.0
"""Seconds without anything new after which a run that goes on says so."""


class Watch:
    """Passes steps on to `show`, which returns whether it showed any, and the latest once more to `again`."""

    def __init__(
        self,
        show: Callable[[Step], bool],
        again: Callable[[Step], object],
        now: Callable[[], float] = time.monotonic,
        silence: float = SILENCE,
    ) -> None:
        self._show, self._again, self._now, self._silence = show, again, now, silence
        self._lock, self._step = threading.RLock(), STARTING
        self._told = self._shown = now()

    def __call__(self, step: Step) -> None:
        """Take a step."""
        with self._lock:
            self._step, self._told = step, self._now()
            if self._show(step):
                self._shown = self._told

    def look(self) -> float:
        """Tell what is being done if nothing was shown for too long; return the seconds until that may be."""
        with self._lock:
            now = self._now()
            if now - self._shown >= self._silence:
                self._again(replace(self._step, elapsed=self._step.elapsed + now - self._told))
                self._shown = now
            return self._shown + self._silence - now


@contextmanager
def looking(watch: Watch) -> Iterator[None]:
    """Look again and again, on a thread that sleeps in between; where there can be none, never."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(watch.look()):
            pass

    thread = threading.Thread(target=look, daemon=True)
    with suppress(RuntimeError):  # a container may have no more of them; the run says so if it needs one
        thread.start()
    try:
        yield
    finally:
        over.set()
        if thread.ident is not None:
            thread.join()
