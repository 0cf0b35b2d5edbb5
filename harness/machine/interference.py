"""What else runs on this computer: how much it takes, which processes it is, and other runs of ours."""

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePath
from typing import Any

import psutil

from harness.machine.processors import kernel_text
from harness.timing.yardstick import SLOWED, Yardstick

LOOK = 0.5
"""Seconds of a look: 50 of the ticks in which the kernel counts what a process used."""
BUSY_PRESSURE = 0.1
"""Share of the last 10 s in which some thread waited for a processor, from which on a host is busy."""
BUSY_LOAD = 0.1
"""Processors' worth of work of other processes from which on a host is busy."""
BUSY_STEAL = 0.02
"""Share of the processors' time that the hypervisor gives to others, from which on it is worth a word."""
BUSY_SLOWED = 0.1
"""Share of a look in which the processor is slowed, from which on it is worth a word."""
_BETWEEN = 0.04  # seconds between two readings of the processor's pace
_MOST_NAMED = 3
_PROGRAMS = ("harness", "harness.exe", "asv", "asv.exe")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interference:
    """What others took of this computer during a look; None where the system does not count it."""

    pressure: float | None = None
    """Share of the last 10 s in which some thread waited for a processor."""
    load: float = 0.0
    """Processors' worth of time that other processes used."""
    busiest: tuple[str, ...] = ()
    """The processes that used most of it, such as ``"python (process 123): 98%"``."""
    steal: float | None = None
    """Share of the processors' time that the hypervisor gave to others."""
    slowed: float = 0.0
    """Share of the look in which the processor was slower than it can be; see `harness.timing.yardstick`."""
    runs: tuple[int, ...] = ()
    """Process numbers of other runs of the harness, or of asv."""


def look(seconds: float = LOOK) -> Interference:
    """Look for so long at what others take of this computer."""
    began, used, times, own_work = time.perf_counter(), _used(), psutil.cpu_times(), time.process_time()
    slowed = _slowed(seconds)
    used_after, times_after, own_work = _used(), psutil.cpu_times(), time.process_time() - own_work
    span, processors = time.perf_counter() - began, psutil.cpu_count() or 1
    # A process that began during the look has used all its time in it.
    loads = {pid: (now - used.get(pid, 0.0)) / span for pid, now in used_after.items() if pid != os.getpid()}
    busiest = sorted(
        (pid for pid in loads if loads[pid] >= BUSY_LOAD / 2), key=loads.__getitem__, reverse=True
    )
    lineage = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return Interference(
        pressure=_pressure(Path("/proc/pressure/cpu")),
        # Of the system as a whole: from within a container not every process can be seen.
        load=max(0.0, (_worked(times_after) - _worked(times) - own_work) / span),
        busiest=tuple(f"{_name(pid)}: {loads[pid]:.0%}" for pid in busiest[:_MOST_NAMED]),
        steal=(times_after.steal - times.steal) / span / processors if hasattr(times, "steal") else None,
        slowed=slowed,
        runs=tuple(other_runs(_commands(), lineage)),
    )


def _slowed(seconds: float) -> float:
    """Return the share of readings, over so many seconds, at which the processor was slowed."""
    yardstick, until = Yardstick(), time.perf_counter() + seconds
    readings = [yardstick.read(idle=True)]
    while time.perf_counter() < until:
        time.sleep(_BETWEEN)
        readings.append(yardstick.read(idle=True))
    return sum(reading > SLOWED for reading in readings) / len(readings)


def other_runs(commands: Mapping[int, tuple[int, Sequence[str]]], lineage: set[int]) -> list[int]:
    """
    Return the first processes of runs of the harness, or of asv, that are not of this process's lineage.

    `commands` holds each process's parent and command line. A list of living processes cannot go stale, as a
    lock file does whose run was killed.
    """
    firsts = {
        # A worker's run is what started it, such as a notebook.
        parent if _has(words, "-m", "harness.workers.worker") else pid
        for pid, (parent, words) in commands.items()
        if _has(words, "-m", "harness.workers.worker") or any(_has(words, name, "run") for name in _PROGRAMS)
    }
    return sorted(pid for pid in firsts - lineage if not firsts & set(_ancestors(pid, commands)))


def _ancestors(pid: int, commands: Mapping[int, tuple[int, Sequence[str]]]) -> list[int]:
    """Return the parent of a process, its parent, and so on."""
    ancestors: list[int] = []
    while pid in commands and (pid := commands[pid][0]) not in ancestors:
        ancestors.append(pid)
    return ancestors


def _has(words: Sequence[str], program: str, verb: str) -> bool:
    """Whether a command line calls that program with that verb, by whichever interpreter."""
    return (program, verb) in pairwise(PurePath(word).name for word in words[:5])


def _worked(times: Any) -> float:  # noqa: ANN401 - psutil's, which has other fields on every system
    """Return the seconds in which processors worked; what the hypervisor took is no work of this system."""
    fields = ("user", "nice", "system", "irq", "softirq", "interrupt", "dpc")
    return float(sum(getattr(times, field, 0.0) for field in fields))


def _used() -> dict[int, float]:
    """Return the CPU seconds of every process so far."""
    return {
        process.pid: times.user + times.system
        for process in psutil.process_iter(["cpu_times"])
        if (times := process.info["cpu_times"]) is not None
    }


def _commands() -> dict[int, tuple[int, list[str]]]:
    """Return every process's parent and command line; of those that may not be looked at, none."""
    return {
        process.pid: (process.info["ppid"] or 0, process.info["cmdline"] or [])
        for process in psutil.process_iter(["ppid", "cmdline"])
    }


def _name(pid: int) -> str:
    """Return how a process is called."""
    with suppress(psutil.Error):
        name = psutil.Process(pid).name()
        return f"{''.join(mark for mark in name if mark.isprintable())} (process {pid})"
    return f"process {pid}"


def _pressure(path: Path) -> float | None:
    """Return the share of the last 10 s in which some thread waited for a processor."""
    text = kernel_text(path)
    return float(text.partition("avg10=")[2].split()[0]) / 100 if text else None
