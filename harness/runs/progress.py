"""How far a run is: what a sweep reports, and whoever looks on reads."""

import json
from contextlib import suppress
from dataclasses import dataclass

from harness.runs.findings import Gathered
from harness.runs.job import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How far the sweep of an op is: groups measured of all, what was found last, cells noisy so far."""

    op: str
    done: int
    total: int
    said: str
    noisy: int = 0


class Progress:
    """Appends to the job's progress file how far the sweep is."""

    def __init__(self, job: Job, gathered: Gathered) -> None:
        self._path, self._rounds, self._gathered = job.progress, job.settings.rounds, gathered
        self.write(0, len(gathered.groups), "")

    def write(self, order: int, waiting: int, said: str) -> None:
        """Say what was found last in a round of that order, in which so many groups still wait."""
        if self._path is None:
            return
        groups = len(self._gathered.groups)
        line = {
            "op": self._gathered.op.name,
            "done": (order + 1) * groups - waiting,
            "total": self._rounds * groups,
            "said": said,
            "noisy": self._gathered.noisy_cells(),
        }
        # Who looks on may have gone, or the disk for drafts be full: no measurement is given up for that.
        with suppress(OSError), self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
