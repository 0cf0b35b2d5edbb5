"""What an exception in a worker means for its cell, and when the process is of no further use."""

import os
import sys
from typing import NoReturn

from harness.backends.backend import Backend
from harness.backends.torch import ran_out_of_memory
from harness.errors import UsageError
from harness.model import Status
from harness.names import one_line
from harness.timing.loop import UnmeasurableError
from harness.workers.task import Finding

GIVEN_UP = 70
"""Exit code of a worker whose device is of no further use to it."""


def finding_of(error: Exception, backend: Backend | None = None) -> Finding:
    """Return what an exception means for its cell; none of a backend's comes from the reference."""
    if isinstance(error, UnmeasurableError):
        return Finding(status=Status.SKIPPED, reason=str(error))
    if isinstance(error, UsageError):
        return Finding(status=Status.WRONG, reason=one_line(str(error)))
    where = "the reference failed: " if backend is None else ""
    reason = one_line(f"{where}{type(error).__name__}: {str(error).strip()}")
    if backend is not None and backend.is_lasting(error):
        _give_up(reason)
    memory = isinstance(error, MemoryError) or ran_out_of_memory(error)
    return Finding(status=Status.OOM if memory else Status.CRASHED, reason=reason)


def _give_up(reason: str) -> NoReturn:
    """End the process: its device fails every further call, and only a fresh process gets a sound one."""
    sys.stderr.write(f"{reason}\n")
    sys.stderr.flush()
    # No tidying up: it would call the device again, and say more than why.
    os._exit(GIVEN_UP)
