"""The processors that this process may use: which ones, how much of their time, and their caches."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil


def affinity() -> frozenset[int]:
    """Return the logical processors that this process may use; all of them where the system does not tell."""
    if hasattr(os, "sched_getaffinity"):
        return frozenset(os.sched_getaffinity(0))
    return frozenset(range(psutil.cpu_count() or 1))


def cpu_quota(root: Path = Path("/")) -> float | None:
    """
    Return how many processors' worth of time this process may use; `root` holds ``proc`` and ``sys``.

    It is the smallest quota of its control group and of those around it; None for no limit.
    """
    # Linux, Documentation/admin-guide/cgroup-v2.rst (cpu.max) and scheduler/sched-bwc.rst (cpu.cfs_quota_us).
    # `docker run --cpus 0.5` makes a quota of 0.5.
    quotas = [quota for folder in _group_folders(root) if (quota := _quota(folder)) is not None]
    return min(quotas, default=None)


def _group_folders(root: Path) -> Iterator[Path]:
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
    """Return the bytes of all data caches of a level together, by ``L1``, ``L2`` ...; empty if not told."""
    sizes: dict[tuple[str, str], int] = {}
    for processor in affinity():
        for folder in Path(f"/sys/devices/system/cpu/cpu{processor}/cache").glob("index*"):
            names = ("level", "size", "shared_cpu_list", "type")
            level, size, shared, kind = (kernel_text(folder / name) for name in names)
            if level and size and shared and size.endswith("K") and kind != "Instruction":
                sizes[f"L{level}", shared] = int(size[:-1]) * 1024
    totals = dict.fromkeys(sorted({level for level, _shared in sizes}), 0)
    for (level, _shared), size_bytes in sizes.items():
        totals[level] += size_bytes
    return totals


def core_kinds(root: Path = Path("/")) -> tuple[str, ...]:
    """
    Return the kinds of cores among the processors that this process may use, the fastest first.

    Intel's by their drivers' names, such as ``"cpu_core 0-11"``, Arm's by their capacity, as ``"1024 4-7"``;
    empty if all are alike or the kernel does not tell.
    """
    may, kinds = affinity(), dict[str, set[int]]()
    for name in ("cpu_core", "cpu_atom"):  # of Linux' perf, where a processor has both
        listed = kernel_text(root / "sys/devices" / name / "cpus")
        kinds[name] = numbers_of(listed or "") & may
    if not any(kinds.values()):
        folder = root / "sys/devices/system/cpu"
        told = {cpu: kernel_text(folder / f"cpu{cpu}/cpu_capacity") for cpu in sorted(may)}
        for capacity in sorted({int(text) for text in told.values() if text}, reverse=True):
            kinds[str(capacity)] = {cpu for cpu, text in told.items() if text == str(capacity)}
    present = {name: cpus for name, cpus in kinds.items() if cpus}
    return tuple(f"{name} {_ranges(cpus)}" for name, cpus in present.items()) if len(present) > 1 else ()


def numbers_of(text: str) -> set[int]:
    """Return the numbers of a list of the kernel's, such as ``0-3,8``."""
    numbers: set[int] = set()
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        numbers |= set(range(int(first), int(last or first) + 1))
    return numbers


def _ranges(numbers: set[int]) -> str:
    """Return numbers as a list of the kernel's."""
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and number == parts[-1][-1] + 1:
            parts[-1][1:] = [number]
        else:
            parts.append([number])
    return ",".join("-".join(map(str, part)) for part in parts)


def kernel_text(path: Path) -> str | None:
    """Return what a file under ``/proc`` or ``/sys`` says, stripped; None where it cannot be read."""
    with suppress(OSError):
        return path.read_text(encoding="utf-8").strip()
    return None
