"""The process that measures: warm, it forks for every task, or does the tasks itself.

Run as ``python -m harness.workers.worker HEARTBEAT fork|spawn LIBRARY...``; it knows no files and no other
processes. A parent that forks has imported the libraries and never calls them: it starts no pool and touches
no device, so that its forks are as fresh as new processes, without the second that an import takes.
"""

import gc
import os
import sys
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import IO, NoReturn

from harness.machine.ceiling_probe import measure_ceilings
from harness.machine.host_counters import Host
from harness.machine.thread_pools import ThreadPools
from harness.timing.loop import empty_floor
from harness.timing.yardstick import Yardstick
from harness.workers import channel
from harness.workers.allocator import settle_allocator
from harness.workers.failure import finding_of
from harness.workers.global_state import GlobalState
from harness.workers.group import Equipment, measure_group
from harness.workers.heartbeat import Pulse
from harness.workers.libraries import describe_libraries
from harness.workers.lifeline import tie_to
from harness.workers.survey import survey
from harness.workers.task import (
    AnyTask,
    Begun,
    CeilingTask,
    DeviceCeilings,
    Ended,
    LibrariesTask,
    SurveyTask,
)

READY = "ready"
"""The first value: the libraries are imported."""
Answer = Callable[[object], None]


def main() -> None:
    """Take tasks until there are no more, and answer each group by group."""
    # Whatever a library prints must not get between the values, and the tasks are not for an op to read.
    tasks, answers = os.fdopen(os.dup(sys.stdin.fileno()), "rb"), os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    pulse, forks = Pulse(Path(sys.argv[1])), sys.argv[2] == "fork"
    for library in sys.argv[3:]:
        import_module(library)
    # Python warns of forks beside threads; OpenBLAS, which starts its own at import, stops them for a fork.
    warnings.filterwarnings("ignore", message=".*multi-threaded, use of fork", category=DeprecationWarning)
    gc.disable()
    gc.freeze()
    yardstick = Yardstick()
    empty_floor()  # once, and known to all forks
    channel.send(READY, answers)
    with suppress(EOFError):  # no more tasks
        while True:
            task: AnyTask = channel.receive(tasks)
            pulse.beat(None)
            if forks:
                _in_a_fork(partial(_work, task, pulse, yardstick), answers)
            else:
                channel.send(Begun(os.getpid()), answers)
                _work(task, pulse, yardstick, partial(channel.send, file=answers))


def _in_a_fork(work: Callable[[Answer], None], answers: IO[bytes]) -> None:
    """Do a task in a fork, pass on its answers, and say how it ended."""
    read, write = os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        _be_a_fork(work, write, parent)
    os.close(write)
    _lead_a_group(pid)
    channel.send(Begun(pid), answers)
    channel.forward(read, answers)
    _, status = os.waitpid(pid, 0)
    channel.send(Ended(os.waitstatus_to_exitcode(status)), answers)


def _be_a_fork(work: Callable[[Answer], None], write: int, parent: int) -> NoReturn:
    """Do a task and end, whatever happens."""
    code = 1
    try:
        _lead_a_group(0)
        tie_to(parent)
        _offer_to_the_oom_killer()
        with os.fdopen(write, "wb") as answers:
            work(partial(channel.send, file=answers))
        code = 0
    except BaseException:  # noqa: BLE001 - its last line is told as the reason
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _lead_a_group(pid: int) -> None:
    """Make a process the leader of a group of its own; both sides try, and the later one may fail."""
    with suppress(OSError):
        os.setpgid(pid, pid)


def _work(task: AnyTask, pulse: Pulse, yardstick: Yardstick, answer: Answer) -> None:
    """Do a task."""
    pools, state = _pools(), _state()
    if isinstance(task, LibrariesTask):
        answer(describe_libraries(pools, task.backends))
    elif isinstance(task, CeilingTask):
        for device in task.devices:
            answer(_ceilings(device, task, pools, pulse))
    elif isinstance(task, SurveyTask):
        for seen in survey(task, pools, pulse, state):
            answer(seen)
    else:
        settle_allocator()
        equipment = Equipment(task=task, pools=pools, pulse=pulse, host=_host(yardstick), state=state)
        for group in task.groups:
            gc.collect()
            answer(measure_group(group, equipment))


@cache
def _pools() -> ThreadPools:
    """Return the thread pools of this process; never asked for in a parent."""
    return ThreadPools()


@cache
def _state() -> GlobalState:
    """Return what is set for this process, read before any code is had that is measured."""
    return GlobalState(_pools())


@cache
def _host(yardstick: Yardstick) -> Host:
    """Return the instruments of this process, whose files stay open."""
    return Host(yardstick)


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
