"""What this computer is: its card and its free memory."""

import platform
from pathlib import Path
from typing import Any

import psutil

from harness.machine.gpus import cards
from harness.machine.numa import node_of, nodes
from harness.machine.power import on_battery
from harness.machine.processors import affinity, caches, cpu_quota, kernel_text

_GROUP_MEMORY = (  # limit and usage of a control group, of version 2 and 1
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)


def card(name: str) -> dict[str, Any]:
    """Describe this computer, which has that name in the store; None for what it does not tell."""
    numa, gpus = nodes(), cards()
    if len(numa) > 1:  # from the other node a transfer takes several times as long
        gpus = [{**gpu, "numa_node": node_of(gpu["pci"])} for gpu in gpus]
    return {
        "name": name,
        "os": f"{platform.system()} {platform.release()}",
        "arch": platform.machine(),
        "cpu": _cpu_model(),
        "cores": psutil.cpu_count(logical=False),
        "threads": psutil.cpu_count(),
        "affinity": len(affinity()),  # logical processors that this process may use
        "cpu_quota": cpu_quota(),  # processors' worth of time; None for no limit
        "governor": kernel_text(Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")),
        "on_battery": on_battery(),  # None without one
        "caches": caches(),  # bytes, by level
        "ram": psutil.virtual_memory().total,
        "gpus": gpus,
        **({"numa": {"nodes": len(numa), "usable": [*filter(numa.get, numa)]}} if len(numa) > 1 else {}),
    }


def free_memory() -> int:
    """Return the bytes that are available, or those that the control group leaves if that is less."""
    free = int(psutil.virtual_memory().available)
    for limit, usage in _GROUP_MEMORY:
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
