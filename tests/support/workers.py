"""Real worker processes that tests hand on to one another: to start one takes longer than a small round."""

import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from harness.runs.settings import Settings
from harness.workers.process import Death, WorkerProcess
from harness.workers.task import CeilingTask, GroupFindings, Task

_UNSEEN = ("HOME", "USERPROFILE", "PYTEST_CURRENT_TEST", "HARNESS_JOB", "ASV_ENV_NAME", "ASV_COMMIT")
"""Variables that no worker looks at."""


def make_brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sweeps in this process take over workers of earlier ones and be short, ceilings too."""
    for module in ("runs.sweep", "runs.ceilings", "validation.trials"):
        monkeypatch.setattr(f"harness.{module}.WorkerProcess", SharedWorker)
    usual = Settings.rules
    short = {"window": 1e-3, "warm_least": 2e-3, "warm_most": 4e-3, "budget": 4e-3}
    monkeypatch.setattr(Settings, "rules", lambda settings: replace(usual(settings), **short))
    monkeypatch.setattr("harness.runs.ceilings.free_memory", lambda: 10**8)  # probes nothing larger


class SharedWorker(WorkerProcess):
    """A worker whose process goes on with the next of its kind, unless it died or still owes an answer."""

    _idle: ClassVar[dict[Any, list[dict[str, Any]]]] = defaultdict(list)

    def _start(self) -> None:
        waiting = self._idle[self._kind()]
        if waiting:
            self.__dict__.update(waiting.pop())
            return
        super()._start()
        self._owed, self._greeting = 0, dict[str, Any]()

    def _kind(self) -> object:
        """Return what two workers have to have in common to stand for one another."""
        seen = {name: value for name, value in os.environ.items() if name not in _UNSEEN}
        return tuple(self._backends), frozenset(seen.items())

    def hello(self) -> dict[str, Any]:
        self._greeting = self._greeting or super().hello()
        return dict(self._greeting)

    def give(self, task: Task | CeilingTask) -> None:
        self._owed += len(task.devices if isinstance(task, CeilingTask) else task.groups)
        super().give(task)

    def answer(self) -> GroupFindings | Death:
        found = super().answer()
        self._owed -= 1
        return found

    def stop(self) -> None:
        if self._over or self._owed or not self._greeting or self._process.poll() is not None:
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
