"""What this computer is: its card and its free memory. It loads no numerical library."""

import os
import platform
from pathlib import Path
from typing import Any

import psutil

from harness.machine.gpus import cards
from harness.machine.processors import caches, cpu_quota, kernel_text


def card(name: str) -> dict[str, Any]:
    """
    Describe this computer.

    Parameters
    ----------
    name : str
        What it is called in the store.

    Returns
    -------
    dict
        ``name``, ``os``, ``arch``, ``cpu`` (the model), ``cores`` (physical), ``threads`` (logical),
        ``affinity`` (logical processors this process may use), ``cpu_quota`` (processors' worth of time
        that its control group grants; None for no limit), ``governor`` (None where it cannot be read),
        ``caches``, see `caches`, ``ram`` (bytes), and ``gpus``, see `harness.machine.gpus.cards`.
    """
    return {
        "name": name,
        "os": f"{platform.system()} {platform.release()}",
        "arch": platform.machine(),
        "cpu": _cpu_model(),
        "cores": psutil.cpu_count(logical=False),
        "threads": psutil.cpu_count(),
        "affinity": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else psutil.cpu_count(),
        "cpu_quota": cpu_quota(),
        "governor": kernel_text(Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")),
        "caches": caches(),
        "ram": psutil.virtual_memory().total,
        "gpus": cards(),
    }


def free_memory() -> int:
    """
    Return the bytes of host memory that a process could still have.

    Returns
    -------
    int
        What the system calls available, or what the control group leaves if that is less.
    """
    free = int(psutil.virtual_memory().available)
    for limit, usage in (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ):
        allowed, used = kernel_text(Path(limit)), kernel_text(Path(usage))
        if allowed and used and allowed.isdigit():
            free = min(free, int(allowed) - int(used))
    return free


def _cpu_model() -> str:
    """Return the processor's model as the system prints it."""
    for line in (kernel_text(Path("/proc/cpuinfo")) or "").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
