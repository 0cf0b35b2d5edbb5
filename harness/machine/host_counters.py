"""The instruments that the sampling reads: clocks, counters, and what others take of the processors."""

import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from harness.timing.yardstick import Yardstick

_resource: Any = None
with suppress(ModuleNotFoundError):  # not on Windows
    import resource as _resource

IDLE_LIMIT = 0.2
"""Seconds after which a pool that still spins is left to spin."""
_THREADS = Path("/proc/self/task")
_RUNNING = b") R "
"""What follows the name of a thread that has a processor or waits for one."""
STILL = 0.3
"""CPU seconds per second, below which only the polling itself is running."""


class Host:
    """The real instruments, see `harness.timing.contender.Instruments`; a yardstick may have seen more."""

    def __init__(self, yardstick: Yardstick | None = None) -> None:
        self._yardstick = yardstick or Yardstick()
        self._files: dict[str, int] = {}
        self._delays: dict[str, int] = {}  # nanoseconds, by thread; of one that has ended the last
        self._counts_steal = hasattr(psutil.cpu_times(), "steal")
        self._cores = os.cpu_count() or 1

    now = staticmethod(time.perf_counter)

    def thread_seconds(self) -> dict[int, float]:
        """Return the CPU seconds of each thread so far, or their sum; of one that sleeps it is exact."""
        nanoseconds = {thread: int(text.split()[0]) for thread, text in _of_threads("schedstat").items()}
        return {thread: 1e-9 * used for thread, used in nanoseconds.items()} or {0: time.process_time()}

    def faults(self) -> int:
        """Return the page faults of this process so far; 0 where the system does not count them."""
        return _usage().ru_minflt if _resource else 0

    def switches(self) -> int:
        """Return the involuntary context switches of this process so far; 0 where they are not counted."""
        return _usage().ru_nivcsw if _resource else 0

    def delay(self) -> float:
        """Return seconds so far in which threads wanted a processor and had none; 0 where not counted."""
        # The pressure of the whole host, /proc/pressure/cpu, weighs processors by whole ticks of 1 to 4 ms:
        # read once in a turn beside six spinning processes it said 0 in 15 of 20 readings.
        with suppress(FileNotFoundError):  # not on Linux
            for thread in os.listdir(_THREADS):  # noqa: PTH208 - read twice in every turn
                with suppress(OSError, IndexError):  # it ended meanwhile
                    if thread not in self._files:
                        self._files[thread] = os.open(f"{_THREADS}/{thread}/schedstat", os.O_RDONLY)
                    self._delays[thread] = int(os.pread(self._files[thread], 100, 0).split()[1])
        return sum(self._delays.values()) * 1e-9

    def steal(self) -> float:
        """Return seconds per processor that the hypervisor gave to others so far; 0 if not counted."""
        return psutil.cpu_times().steal / self._cores if self._counts_steal else 0.0

    def wait_for_idle(self) -> None:
        """Wait until pool threads that spin have gone to sleep."""
        limit = time.perf_counter() + IDLE_LIMIT
        is_idle = False
        while not is_idle and time.perf_counter() < limit:
            began, used = time.perf_counter(), time.process_time()
            time.sleep(1e-4)
            # One that spins, but has no processor, uses none: whether it would is a question of its state.
            if others := _of_threads("stat", but=threading.get_native_id()):
                is_idle = not any(_RUNNING in text for text in others.values())
            else:
                is_idle = time.process_time() - used < STILL * (time.perf_counter() - began)

    def pace(self, *, idle: bool) -> float:
        """Return `Yardstick.read`: 1 is as fast as this process has ever seen the processor."""
        return self._yardstick.read(idle=idle)


def _of_threads(name: str, but: int = 0) -> dict[int, bytes]:
    """Return what the kernel says of each thread of this process but one; nothing where it does not tell."""
    texts: dict[int, bytes] = {}
    with suppress(FileNotFoundError):  # not on Linux
        for thread in _THREADS.iterdir():
            if int(thread.name) != but:
                with suppress(OSError):  # it ended meanwhile
                    texts[int(thread.name)] = (thread / name).read_bytes()
    return texts


def _usage() -> Any:  # noqa: ANN401 - a struct_rusage, where there is one
    return _resource.getrusage(_resource.RUSAGE_SELF)
