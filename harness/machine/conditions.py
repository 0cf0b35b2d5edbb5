"""What can be read of this computer that bears on a measurement; it does not judge."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from harness.machine import gpus
from harness.machine.gpus import GpuSettings
from harness.machine.interference import Interference, look
from harness.machine.numa import nodes
from harness.machine.power import on_battery
from harness.machine.processors import affinity, core_kinds, cpu_quota, kernel_text

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "OMP_THREAD_LIMIT",
)
"""Variables that set how many threads NumPy or Torch use."""
BINDING_VARIABLES = ("GOMP_CPU_AFFINITY", "KMP_AFFINITY", "OMP_PROC_BIND", "OMP_PLACES")
"""Variables that bind the threads of OpenMP, which Torch uses, to processors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What was read; None where it cannot be."""

    interference: Interference
    processors: int  # logical
    affinity: int  # those of them that this process may use
    quota: float | None = None
    """Processors' worth of time that the control group grants; None for no limit."""
    environment: dict[str, str]  # those of THREAD_VARIABLES that are set
    binding: dict[str, str] = field(default_factory=dict)  # those of BINDING_VARIABLES that are set
    core_kinds: tuple[str, ...] = ()
    """Kinds of cores among those that this process may use, fastest first, such as ``"cpu_core 0-11"``."""
    numa_nodes: tuple[int, ...] = ()  # those that this process may use
    wsl: bool = False  # whether Windows is below
    governors: frozenset[str] | None = None
    boost: bool | None = None  # whether processors may run above their nominal frequency
    smt: bool | None = None  # whether two logical processors share a core
    huge_pages: str | None = None  # always, madvise or never
    swap: int = 0  # bytes in use
    on_battery: bool | None = None  # None where there is no battery
    gpus: tuple[GpuSettings, ...] = ()


def read(root: Path = Path("/")) -> Readings:
    """
    Read this computer, whose ``proc`` and ``sys`` lie in `root`.

    It takes half a second, in which the load of others is looked at.
    """
    cpu = root / "sys/devices/system/cpu"
    return Readings(
        interference=look(),
        processors=psutil.cpu_count() or 1,
        affinity=len(affinity()),
        quota=cpu_quota(root),
        environment=_set(THREAD_VARIABLES),
        binding={name: value for name, value in _set(BINDING_VARIABLES).items() if value != "false"},
        core_kinds=core_kinds(root),
        numa_nodes=tuple(node for node, usable in nodes(root).items() if usable),
        wsl="microsoft" in (kernel_text(root / "proc/version") or "").lower(),
        governors=frozenset(filter(None, map(kernel_text, cpu.glob("cpu*/cpufreq/scaling_governor"))))
        or None,
        boost=_boost(cpu),
        smt=_switch(kernel_text(cpu / "smt/active")),
        huge_pages=_word_in_brackets(kernel_text(root / "sys/kernel/mm/transparent_hugepage/enabled")),
        swap=psutil.swap_memory().used,
        on_battery=on_battery(),
        gpus=tuple(gpus.settings()),
    )


def _set(names: Iterable[str]) -> dict[str, str]:
    """Return the variables of these names that are set."""
    return {name: os.environ[name] for name in names if name in os.environ}


def _boost(cpu: Path) -> bool | None:
    """Return whether boosting is on; Intel's driver says it the other way round."""
    off = _switch(kernel_text(cpu / "intel_pstate/no_turbo"))
    return _switch(kernel_text(cpu / "cpufreq/boost")) if off is None else not off


def _switch(text: str | None) -> bool | None:
    """Return whether one of the kernel's switches is on."""
    return None if text is None else text == "1"


def _word_in_brackets(text: str | None) -> str | None:
    """Return the choice that the kernel marks among those it lists."""
    return None if text is None else text.partition("[")[2].partition("]")[0]
