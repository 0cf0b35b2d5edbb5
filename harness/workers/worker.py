"""The process that measures: it takes tasks on its input and gives values on its output.

Run as ``python -m harness.workers.worker HEARTBEAT BACKEND...``; it knows no files and no other processes.
"""

import gc
import os
import pickle
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

from harness.machine.ceiling_probe import measure_ceilings
from harness.machine.host_counters import Host
from harness.machine.thread_pools import ThreadPools
from harness.timing.yardstick import Yardstick
from harness.workers.failure import finding_of
from harness.workers.group import Equipment, measure_group
from harness.workers.heartbeat import Pulse
from harness.workers.libraries import describe_libraries
from harness.workers.task import CeilingTask, DeviceCeilings, Task


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

    answer(describe_libraries(pools, sys.argv[2:]))
    gc.disable()
    yardstick = Yardstick()
    with suppress(EOFError):  # no more tasks
        while True:
            task: Task | CeilingTask = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that started this one
            if isinstance(task, CeilingTask):
                for device in task.devices:
                    answer(_ceilings(device, task, pools, pulse))
                continue
            host = Host(task.rules.patience, yardstick)
            equipment = Equipment(task=task, pools=pools, pulse=pulse, host=host)
            for group in task.groups:
                gc.collect()
                answer(measure_group(group, equipment))


def _ceilings(device: str, task: CeilingTask, pools: ThreadPools, pulse: Pulse) -> DeviceCeilings:
    """Measure the ceilings of a device."""
    try:
        ceilings = measure_ceilings(
            device,
            task.dtypes,
            seconds=task.seconds,
            memory=task.memory,
            pools=pools,
            beat=partial(pulse.beat, None),
        )
        return DeviceCeilings(ceilings=tuple(ceilings))
    except Exception as error:  # noqa: BLE001 - a device that fails here costs its own ceilings only
        return DeviceCeilings(reason=finding_of(error).reason)


def _offer_to_the_oom_killer() -> None:
    """Have the kernel end this process first when memory runs out: it costs a cell, any other one a run."""
    with suppress(FileNotFoundError):  # not on Linux
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


if __name__ == "__main__":
    main()
