"""Commands whose process ends when the process that started it does, however that ends.

Every link of a run is started so: asv by the command line, the sweeps by asv, the workers by their sweep.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1
"""From Linux' <sys/prctl.h>; the setting outlives the exec, but is not passed on to children."""


def tied(command: Sequence[str]) -> list[str]:
    """
    Return a command, of an absolute path, that the kernel kills when this process ends; only Linux has this.

    The kernel looks at the thread that starts it: that has to be one that lives as long as the process.
    """
    if sys.platform != "linux":
        return list(command)
    return [sys.executable, "-P", "-m", "harness.workers.lifeline", str(os.getpid()), *command]


def tie_to(parent: int) -> None:
    """Have the kernel kill this process when its parent ends, and end at once where it has ended already."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def main() -> None:
    """Tie this process to its parent and become the command: ``lifeline PARENT COMMAND...``."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    tie_to(parent)
    os.execv(command[0], command)  # noqa: S606 - the command is the harness's own


if __name__ == "__main__":
    main()
