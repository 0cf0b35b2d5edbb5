"""Real worker processes that tests hand on to one another: to start one takes longer than a small round."""

import os
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import Any, ClassVar

import pytest

from harness.timing.rules import Rules
from harness.workers.process import WorkerProcess

_UNSEEN = (
    *("HOME", "USERPROFILE", "MPLCONFIGDIR", "PYTEST_CURRENT_TEST"),
    *("HARNESS_JOB", "ASV_ENV_NAME", "ASV_COMMIT"),
)
"""Variables that no worker looks at."""
BRIEF = partial(Rules, turn=2e-4, window=2e-4, warm_least=4e-4, warm_most=1e-3, passes=2, budget=4e-3)
"""Rules that are spent on little more than the first calls."""


def make_brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs in this process take over workers of earlier ones and be short, ceilings too."""
    monkeypatch.setattr("harness.workers.parents.WorkerProcess", SharedWorker)
    monkeypatch.setattr("harness.runs.measure.Rules", BRIEF)
    monkeypatch.setattr("harness.runs.ceilings.PROBE", 3e-4)
    monkeypatch.setattr("harness.runs.ceilings.free_memory", lambda: 10**8)  # probes nothing larger


class SharedWorker(WorkerProcess):
    """A worker whose process goes on with the next of its kind, unless it died or still owes an answer."""

    _idle: ClassVar[dict[Any, list[dict[str, Any]]]] = defaultdict(list)

    def _launch(self) -> None:
        waiting = self._idle[self._kind()]
        if waiting:
            self.__dict__.update(waiting.pop())
            return
        super()._launch()

    def _kind(self) -> object:
        """Return what two workers have to have in common to stand for one another."""
        seen = {name: value for name, value in os.environ.items() if name not in _UNSEEN}
        return self._way, self._libraries, frozenset(seen.items())

    def stop(self) -> None:
        if self._over or self._owed or not self._is_ready or self._process.poll() is not None:
            super().stop()
            return
        state = dict(self.__dict__)
        del state["_hang_limit"]
        self._idle[self._kind()].append(state)
        self._over = True

    @classmethod
    def end(cls) -> None:
        """End every process that waits for another test."""
        for worker in cls._waiting():
            WorkerProcess.stop(worker)
        cls._idle.clear()

    @classmethod
    def _waiting(cls) -> Iterator["SharedWorker"]:
        """Yield the waiting processes as workers again."""
        for states in cls._idle.values():
            for state in states:
                worker = cls.__new__(cls)
                worker.__dict__.update(state)
                yield worker
