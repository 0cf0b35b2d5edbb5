"""What share of the processors this process's control group grants it, on Linux."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def cpu_quota(root: Path = Path("/")) -> float | None:
    """
    Return how many processors' worth of time this process may use.

    Parameters
    ----------
    root : Path
        The folder that holds ``proc`` and ``sys``.

    Returns
    -------
    float or None
        The smallest quota of the process's control group and of those around it, such as 0.5 for
        ``docker run --cpus 0.5``; None where there is none, or no control group.

    References
    ----------
    Linux, Documentation/admin-guide/cgroup-v2.rst (``cpu.max``) and scheduler/sched-bwc.rst
    (``cpu.cfs_quota_us``).
    """
    quotas = [quota for folder in _folders(root) if (quota := _quota(folder)) is not None]
    return min(quotas, default=None)


def kernel_text(path: Path) -> str | None:
    """
    Return the contents of one of the kernel's files.

    Parameters
    ----------
    path : Path
        Somewhere under ``/proc`` or ``/sys``.

    Returns
    -------
    str or None
        Without the line break at its end; None where there is no such file, or it may not be read.
    """
    with suppress(OSError):
        return path.read_text(encoding="utf-8").strip()
    return None


def _folders(root: Path) -> Iterator[Path]:
    """Yield the folders of the groups that this process is in, innermost first, of both versions."""
    groups = root / "sys/fs/cgroup"
    for line in (kernel_text(root / "proc/self/cgroup") or "").splitlines():
        _, controllers, path = line.split(":", 2)
        if not controllers:
            tops = (groups, groups / "unified")
        elif "cpu" in controllers.split(","):
            tops = (groups / controllers, groups / "cpu")
        else:
            continue
        # In a container the path may be the host's; what is above it is then all that can be seen.
        inner = Path(path.lstrip("/"))
        for top in tops:
            yield from (top / part for part in (inner, *inner.parents))


def _quota(folder: Path) -> float | None:
    """Return the quota of one group."""
    words = (kernel_text(folder / "cpu.max") or "").split()
    words = words or [kernel_text(folder / f"cpu.cfs_{part}_us") or "" for part in ("quota", "period")]
    with suppress(ValueError):  # "max", or no such file
        quota, period = map(int, words)
        return quota / period if quota > 0 else None
    return None


def caches() -> dict[str, int]:
    """
    Return the caches for data that this process's processors have.

    Returns
    -------
    dict of str to int
        Bytes of all of a level together, by ``L1``, ``L2`` and so on; empty where the system does not tell.
    """
    found: dict[tuple[str, str], int] = {}
    for processor in os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else ():
        for folder in Path(f"/sys/devices/system/cpu/cpu{processor}/cache").glob("index*"):
            names = ("level", "size", "shared_cpu_list", "type")
            level, size, shared, kind = (kernel_text(folder / name) for name in names)
            if level and size and shared and size.endswith("K") and kind != "Instruction":
                found[f"L{level}", shared] = int(size[:-1]) * 1024
    levels = sorted({level for level, _ in found})
    return {level: sum(size for (own, _), size in found.items() if own == level) for level in levels}
