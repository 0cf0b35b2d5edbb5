"""Drive a run from the outside: call asv, follow its progress, mark the end."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from harness.errors import MeasureError
from harness.runs.job import VARIABLE, Job
from harness.runs.lifecycle import finish
from harness.runs.progress import Step
from harness.store.files import check_writable
from harness.store.runs import Run, read_cost
from harness.workers.lifeline import tied

POLL = 0.5
"""Seconds between two looks at the progress: rare enough to disturb nothing."""
_LAST_LINES = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    What a run came to.

    Attributes
    ----------
    run : Run
        As it is stored.
    failures : str
        What asv says if it reports failures, else empty.
    shares : dict of str to float
        Shares of the wall time: ``timed`` blocks, ``warm-up``, process ``starts``, the rest of the
        ``sweeps`` (references, settling, ceilings, storing) and ``asv``. They add up to 1.
    seconds : float
        Wall time.
    """

    run: Run
    failures: str
    shares: dict[str, float]
    seconds: float


def run_asv(job: Job, benchmarks: Sequence[str], follow: Callable[[Step], None]) -> Outcome:
    """
    Measure through ``asv run``.

    Parameters
    ----------
    job : Job
        What is measured, and where it is stored.
    benchmarks : sequence of str
        Patterns of asv benchmark names; none means all.
    follow : callable
        Told every step of progress, soon after it was made.

    Returns
    -------
    Outcome

    Raises
    ------
    MeasureError
        If the results cannot be written, nothing was measured, or asv was killed.
    """
    began = time.perf_counter()
    check_writable(job.folder.parent)
    with tempfile.TemporaryDirectory(prefix="harness-run-") as folder:
        log, progress = Path(folder) / "asv.log", Path(folder) / "progress"
        progress.touch()
        command = [sys.executable, "-m", "asv", "run", "--show-stderr", "--machine", job.machine]
        if not hasattr(os, "fork"):  # on Windows, where the forkserver of asv.conf.json cannot be
            command += ["--launch-method", "spawn"]
        for pattern in benchmarks:
            command += ["--bench", pattern]
        environment = os.environ | {VARIABLE: job.text(progress)}
        with log.open("wb") as output:
            process = subprocess.Popen(
                tied(command), cwd=job.project, env=environment, stdout=output, stderr=subprocess.STDOUT
            )
        try:
            _follow(process, progress, follow)
        except BaseException:
            _stop(process)
            raise
        words = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    if process.returncode < 0:
        raise MeasureError(
            f"asv was killed by {signal.Signals(-process.returncode).name}; "
            f"the ops that were finished are kept in {job.folder}"
        )
    failures = _failures(words) if process.returncode else ""
    if not (job.folder / "run.json").exists():
        raise MeasureError(f"asv measured nothing; it says:\n{failures or 'nothing'}")
    run = finish(job.folder)
    wall = time.perf_counter() - began
    return Outcome(run=run, failures=failures, shares=_shares(run, wall), seconds=wall)


def _follow(process: "subprocess.Popen[bytes]", progress: Path, follow: Callable[[Step], None]) -> None:
    """Hand on the lines of the progress file until the process ends."""
    with progress.open(encoding="utf-8") as file:
        over, rest = False, ""
        while not over:
            over = process.poll() is not None
            *lines, rest = (rest + file.read()).split("\n")
            for line in lines:
                follow(Step(**json.loads(line)))
            if not over:
                time.sleep(POLL)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """End asv and with it all that it started, in less than 2 s."""
    # Ctrl-C has reached asv too, as a member of the terminal's group, and a second one would cut its tidying
    # up short; an error in here, or a signal from a program, has not.
    for seconds, insist in ((0.5, partial(process.send_signal, signal.SIGINT)), (1.0, process.kill)):
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            insist()
    process.wait()


def _failures(words: Sequence[str]) -> str:
    """Return the sentences of our own errors in asv's output; where there is none, its last lines."""
    mark = f"{MeasureError.__name__}: "
    told = [line.partition(mark)[2] for line in words if mark in line]
    return "\n".join(dict.fromkeys(told) or words[-_LAST_LINES:])


def _shares(run: Run, wall: float) -> dict[str, float]:
    """Return how the wall time was spent."""
    cost = read_cost(run)
    sweeps = cost.pop("wall", 0.0)
    spent = {
        "timed": cost["timed"],
        "warm-up": cost["warm_up"],
        "starts": cost["starts"],
        "sweeps": sweeps - sum(cost.values()),
        "asv": wall - sweeps,
    }
    return {purpose: seconds / wall for purpose, seconds in spent.items()}
