"""How far a run is: what a sweep reports, and whoever looks on reads."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass

from harness.runs.findings import OpFindings
from harness.runs.job import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How far the sweep of an op is, as a line of the progress file."""

    op: str
    done: int  # groups measured, over all rounds
    total: int
    latest: str  # what was found last, in words
    noisy: int = 0  # cells so far


class Progress:
    """Appends to the job's progress file how far the sweep is."""

    def __init__(self, job: Job, findings: OpFindings) -> None:
        self._path, self._rounds, self._findings = job.progress, job.settings.rounds, findings
        self.write(0, len(findings.groups), "")

    def write(self, order: int, waiting: int, words: str) -> None:
        """Say what was found last in a round of that order, in which so many groups still wait."""
        if self._path is None:
            return
        groups = len(self._findings.groups)
        step = Step(
            op=self._findings.op.name,
            done=(order + 1) * groups - waiting,
            total=self._rounds * groups,
            latest=words,
            noisy=self._findings.noisy_cells(),
        )
        # Who looks on may have gone, or the disk for drafts be full: no measurement is given up for that.
        with suppress(OSError), self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(step)) + "\n")
