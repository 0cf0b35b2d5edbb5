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
from harness.store.op_files import op_files, read_cost
from harness.store.runs import Run
from harness.workers.lifeline import tied

POLL = 0.5
"""Seconds between two looks at the progress: rare enough to disturb nothing."""
_LAST_LINES = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run came to."""

    run: Run
    failures: str
    """What asv says if it reports failures, else empty."""
    shares: dict[str, float]
    """Of the wall time, adding up to 1: ``timed`` blocks, ``warm-up``, process ``starts``, the rest of the
    ``sweeps`` (references, settling, ceilings, storing) and ``asv``."""
    seconds: float
    """Wall time."""


def run_asv(job: Job, benchmarks: Sequence[str], follow: Callable[[Step], None]) -> Outcome:
    """Measure benchmarks of these patterns through ``asv run``, none meaning all, and follow its progress."""
    began = time.perf_counter()
    check_writable(job.folder.parent)
    with tempfile.TemporaryDirectory(prefix="harness-run-") as folder:
        code, lines = _call(_command(job, benchmarks), job, Path(folder), follow)
    if code < 0:
        raise MeasureError(f"asv was killed by {signal.Signals(-code).name}; {what_is_kept(job)}")
    failures = _failures(lines) if code else ""
    if not (job.folder / "run.json").exists():
        raise MeasureError(f"asv measured nothing; it says:\n{failures or 'nothing'}")
    run = finish(job.folder)
    wall = time.perf_counter() - began
    return Outcome(run=run, failures=failures, shares=_shares(run, wall), seconds=wall)


def what_is_kept(job: Job) -> str:
    """Return in words what a run leaves that did not come to its end."""
    finished = any(op_files(job.folder))
    return f"the ops that were finished are kept in {job.folder}" if finished else "no op was finished"


def _command(job: Job, benchmarks: Sequence[str]) -> list[str]:
    """Return the command line of asv."""
    command = [sys.executable, "-m", "asv", "run", "--show-stderr", "--machine", job.machine]
    if not hasattr(os, "fork"):  # on Windows, where the forkserver of asv.conf.json cannot be
        command += ["--launch-method", "spawn"]
    for pattern in benchmarks:
        command += ["--bench", pattern]
    return command


def _call(
    command: Sequence[str], job: Job, folder: Path, follow: Callable[[Step], None]
) -> tuple[int, list[str]]:
    """Call asv with a folder for its log and its progress; return its exit code and what it said."""
    log, progress = folder / "asv.log", folder / "progress"
    progress.touch()
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
    return process.returncode, log.read_text(encoding="utf-8", errors="replace").strip().splitlines()


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


def _failures(lines: Sequence[str]) -> str:
    """Return the sentences of our own errors in asv's output; where there is none, its last lines."""
    mark = f"{MeasureError.__name__}: "
    sentences = [line.partition(mark)[2] for line in lines if mark in line]
    return "\n".join(dict.fromkeys(sentences) or lines[-_LAST_LINES:])


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
