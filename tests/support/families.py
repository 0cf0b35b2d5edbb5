"""A command as a user starts it, with every process that comes of it, so that none is overlooked."""

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import psutil

TAG = "HARNESS_TEST_FAMILY"
HARNESS = (sys.executable, "-c", "from harness.cli.app import main; main()")
INTERRUPTIBLE = ("env", "--default-signal=INT")
"""A shell has its background jobs, and all that they start, ignore Ctrl-C."""
AT_TERMINAL = (*INTERRUPTIBLE, "setsid", "--ctty")


class Family:
    """A run as a user starts it, with every process that comes of it."""

    def __init__(
        self,
        project: Path,
        *words: str,
        terminal: int | None = None,
        output: Path | None = None,
        before: tuple[str, ...] = (),
    ) -> None:
        self.tag = uuid4().hex
        with (output or Path(os.devnull)).open("wb") as out:
            self.run = subprocess.Popen(
                [*(AT_TERMINAL if terminal else before), *HARNESS, *words],
                cwd=project,
                env={**os.environ, TAG: self.tag},
                stdin=terminal or subprocess.DEVNULL,
                stdout=terminal or out,
                stderr=terminal or subprocess.PIPE,
            )

    def alive(self, part: str = "") -> list[psutil.Process]:
        """Return the processes that run, or those of them whose command has that part."""
        alive = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                ours = process.environ().get(TAG) == self.tag and process.status() != psutil.STATUS_ZOMBIE
                if ours and part in " ".join(process.cmdline()):
                    alive.append(process)
        return alive

    def end(self) -> str:
        """Wait until no process is left, and return what the run said; fail if one stays."""
        _, said = self.run.communicate(timeout=300)
        self.gone(30)
        return said.decode() if said else ""

    def gone(self, seconds: float) -> None:
        """Fail if a process is still there after so many seconds."""
        limit = time.monotonic() + seconds
        while left := self.alive():
            assert time.monotonic() < limit, [process.cmdline() for process in left]
            psutil.wait_procs(left, 0.05)
