"""The NUMA nodes of this computer: which of them this process may use, and which one a GPU is on."""

import re
from pathlib import Path

from harness.machine.processors import affinity, kernel_text, numbers_of

_ROOT = Path("/")


def nodes(root: Path = _ROOT) -> dict[int, bool]:
    """Return whether this process may use a node, by its number; empty where the kernel tells of none."""
    may = affinity()
    found = {}
    for folder in (root / "sys/devices/system/node").glob("node[0-9]*"):
        processors = numbers_of(kernel_text(folder / "cpulist") or "")
        if processors:  # there are nodes of memory alone
            found[int(folder.name.removeprefix("node"))] = bool(processors & may)
    return dict(sorted(found.items()))


def node_of(pci: str | None, root: Path = _ROOT) -> int | None:
    """Return the node that a device is next to, by its address on the bus; None where nothing tells."""
    match = re.fullmatch(r"([0-9a-f]+):([0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f])", (pci or "").lower())
    if match is None:
        return None
    # NVML writes the domain with eight digits, the kernel with four.
    folder = root / "sys/bus/pci/devices" / f"{int(match[1], 16):04x}:{match[2]}"
    node = kernel_text(folder / "numa_node") or ""
    return int(node) if node.isdecimal() else None  # -1 is none
