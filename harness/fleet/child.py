"""The harness that a Dask worker starts: a process of its own, in which nothing of Dask is left."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from harness.fleet.order import Order, Receipt, unpack
from harness.fleet.steps import VARIABLE, Progress, read_progress
from harness.names import one_line
from harness.workers.lifeline import tied

_LOOK = 0.5
"""Seconds between looks at the process."""
_ENDING = 10.0
"""Seconds that it has to end in once it is told to."""
TIMED_OUT = 124
"""The exit code of what was ended at its limit, as that of timeout(1)."""
_STRAY = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MALLOC_TRIM_THRESHOLD_")
"""What Dask's nanny sets for the worker that it starts."""


def measure_as_told(
    order: Order, wanted: Callable[[], bool], tell: Callable[[Progress | None], None]
) -> Receipt:
    """
    Run the harness in a folder of its own and return the files of its results.

    It is ended when it is `wanted` no more, at its limit, or with this process; `tell` gets how far it is.
    """
    with tempfile.TemporaryDirectory(prefix="harness-fleet-", ignore_cleanup_errors=True) as place:
        folder, log, steps = Path(place), Path(place) / "said", Path(place) / "steps"
        unpack(order.files, folder)
        own = ["--results", str(folder / "results"), "--machine", order.machine]
        with log.open("wb") as said:
            process = subprocess.Popen(
                tied([sys.executable, "-m", "harness", *order.words, *own]),
                cwd=folder,
                env={**own_environment(os.environ), VARIABLE: str(steps)},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        code = _waited_for(process, order.limit, wanted, lambda: tell(read_progress(steps)))
        reason = "" if code == 0 else _why(code, order.limit, last_line(log))
        runs = folder / "results" / "runs"
        files = {
            path.relative_to(folder / "results").as_posix(): path.read_bytes()
            for path in sorted(runs.rglob("*"))
            if path.is_file() and not any(part.startswith(".") for part in path.relative_to(runs).parts)
        }
    return Receipt(code=code, reason=reason, files=files)


def own_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return a worker's environment without what Dask has put there: one thread for every pool, above all."""
    return {
        name: text
        for name, text in environment.items()
        if name not in _STRAY and not name.startswith("DASK_")
    }


def _waited_for(
    process: "subprocess.Popen[bytes]", limit: float, wanted: Callable[[], bool], tell: Callable[[], None]
) -> int:
    """Wait for the end of a process, or bring it about; return its exit code."""
    end = time.monotonic() + limit
    while process.poll() is None:
        in_time = time.monotonic() < end
        if not in_time or not wanted():
            _end(process)
            return process.returncode if in_time else TIMED_OUT
        tell()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK)
    return process.returncode


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a process and what it has started: it is asked, then killed."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_ENDING)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _why(code: int, limit: float, said: str) -> str:
    """Return why a command failed."""
    if code == TIMED_OUT:
        return f"not done within its limit of {limit:.0f} s; --limit raises it"
    ended = f"ended by signal {-code}" if code < 0 else f"ended with code {code}"
    return f"{ended}: {said}" if said else ended


def last_line(log: Path) -> str:
    """Return what a command said last."""
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((one_line(line) for line in reversed(lines) if line.strip()), "")
