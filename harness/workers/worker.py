"""One round of one op, in a process of its own: takes tasks on its input, gives values on its output.

Run as ``python -m harness.workers.worker HEARTBEAT BACKEND...``. It knows nothing of rounds, files or other
processes.
"""

import gc
import os
import pickle
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

from harness.machine.ceiling_probe import probe
from harness.machine.instruments import Host
from harness.machine.thread_pools import ThreadPools
from harness.timing.yardstick import Yardstick
from harness.workers.bench import Bench
from harness.workers.failure import failed
from harness.workers.heartbeat import Pulse
from harness.workers.libraries import observed
from harness.workers.task import (
    CeilingTask,
    DeviceCeilings,
    Task,
)


def main() -> None:
    """Say what is here, take tasks until there are no more, and answer group by group."""
    _offer_to_the_oom_killer()
    # Whatever a library prints must not get between the values.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    pulse, pools = Pulse(Path(sys.argv[1])), ThreadPools()

    def answer(value: object) -> None:
        pickle.dump(value, answers)
        answers.flush()

    answer(observed(pools, sys.argv[2:]))
    gc.disable()
    yardstick = Yardstick()
    with suppress(EOFError):  # no more tasks
        while True:
            task: Task | CeilingTask = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that started this one
            if isinstance(task, CeilingTask):
                for device in task.devices:
                    answer(_ceilings(device, task, pools, pulse))
                continue
            bench = Bench(task, pools, pulse, Host(task.rules.patience, yardstick))
            for group in task.groups:
                gc.collect()
                answer(bench.findings(group))


def _ceilings(device: str, task: CeilingTask, pools: ThreadPools, pulse: Pulse) -> DeviceCeilings:
    """Measure the ceilings of a device."""
    try:
        found = probe(
            device,
            task.dtypes,
            seconds=task.seconds,
            memory=task.memory,
            pools=pools,
            beat=partial(pulse.at, None),
        )
        return DeviceCeilings(ceilings=tuple(found))
    except Exception as error:  # noqa: BLE001 - a device that fails here costs its own ceilings only
        return DeviceCeilings(reason=failed(error).reason)


def _offer_to_the_oom_killer() -> None:
    """Have the kernel end this process first when memory runs out: it costs a cell, any other one a run."""
    with suppress(FileNotFoundError):  # not on Linux
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


if __name__ == "__main__":
    main()
