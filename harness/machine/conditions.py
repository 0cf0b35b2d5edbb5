"""What can be read of this computer that bears on a measurement: read in one place, judged elsewhere."""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from harness.machine.interference import Busy, look
from harness.machine.processors import cpu_quota, kernel_text

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "OMP_THREAD_LIMIT",
)
"""Variables that set how many threads NumPy or Torch use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """
    What can be read of an NVIDIA GPU; None where the driver does not say.

    Attributes
    ----------
    index : int
        Its number.
    name : str
        Its model.
    persistent : bool or None
        Whether the driver stays loaded while no process uses the GPU.
    clock_rights : bool or None
        Whether this user may fix its clocks.
    top_clock : int or None
        Fastest clock of its processors, in MHz.
    others : int or None
        Processes that compute on it.
    """

    index: int
    name: str
    persistent: bool | None = None
    clock_rights: bool | None = None
    top_clock: int | None = None
    others: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """
    What was read; None where it cannot be.

    Attributes
    ----------
    busy : Busy
        What others take.
    processors, affinity : int
        Logical processors, and those of them that this process may use.
    quota : float or None
        Processors' worth of time that the control group grants; None for no limit.
    environment : dict of str to str
        Those of `THREAD_VARIABLES` that are set.
    governors : frozenset of str or None
        Frequency governors of the processors.
    boost : bool or None
        Whether processors may run above their nominal frequency.
    smt : bool or None
        Whether two logical processors share a core.
    huge_pages : str or None
        Setting of transparent huge pages: ``always``, ``madvise`` or ``never``.
    swap : int
        Bytes in use.
    on_battery : bool or None
        None where there is no battery.
    gpus : tuple of Gpu
        NVIDIA's.
    """

    busy: Busy
    processors: int
    affinity: int
    quota: float | None = None
    environment: dict[str, str]
    governors: frozenset[str] | None = None
    boost: bool | None = None
    smt: bool | None = None
    huge_pages: str | None = None
    swap: int = 0
    on_battery: bool | None = None
    gpus: tuple[Gpu, ...] = ()


def read(root: Path = Path("/")) -> Readings:
    """
    Read this computer; it takes half a second, in which the load of others is looked at.

    Parameters
    ----------
    root : Path
        The folder that holds ``proc`` and ``sys``.

    Returns
    -------
    Readings
    """
    cpu = root / "sys/devices/system/cpu"
    battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    processors = psutil.cpu_count() or 1
    return Readings(
        busy=look(),
        processors=processors,
        affinity=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else processors,
        quota=cpu_quota(root),
        environment={name: os.environ[name] for name in THREAD_VARIABLES if name in os.environ},
        governors=frozenset(filter(None, map(kernel_text, cpu.glob("cpu*/cpufreq/scaling_governor"))))
        or None,
        boost=_boost(cpu),
        smt=_switch(kernel_text(cpu / "smt/active")),
        huge_pages=_chosen(kernel_text(root / "sys/kernel/mm/transparent_hugepage/enabled")),
        swap=psutil.swap_memory().used,
        on_battery=None if battery is None else not battery.power_plugged,
        gpus=_gpus(),
    )


def _boost(cpu: Path) -> bool | None:
    """Return whether boosting is on; Intel's driver says it the other way round."""
    off = _switch(kernel_text(cpu / "intel_pstate/no_turbo"))
    return _switch(kernel_text(cpu / "cpufreq/boost")) if off is None else not off


def _switch(text: str | None) -> bool | None:
    """Return whether one of the kernel's switches is on."""
    return None if text is None else text == "1"


def _chosen(text: str | None) -> str | None:
    """Return the word that stands in brackets."""
    return None if text is None else text.partition("[")[2].partition("]")[0]


def _gpus() -> tuple[Gpu, ...]:
    """Return what NVIDIA's driver says; none where there is no driver."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return ()
    try:
        return tuple(_gpu(index) for index in range(pynvml.nvmlDeviceGetCount()))
    finally:
        pynvml.nvmlShutdown()


def _gpu(index: int) -> Gpu:
    """Return what the driver says of one GPU."""
    import pynvml

    handle = pynvml.nvmlDeviceGetHandleByIndex(index)

    def told(question: Callable[..., Any], *words: int) -> Any:  # noqa: ANN401 - each has another answer
        with suppress(pynvml.NVMLError):  # not supported by this GPU, or not for this user
            return question(handle, *words)
        return None

    persistent = told(pynvml.nvmlDeviceGetPersistenceMode)
    restricted = told(pynvml.nvmlDeviceGetAPIRestriction, pynvml.NVML_RESTRICTED_API_SET_APPLICATION_CLOCKS)
    processes = told(pynvml.nvmlDeviceGetComputeRunningProcesses)
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return Gpu(
        index=index,
        name=pynvml.nvmlDeviceGetName(handle),
        persistent=None if persistent is None else bool(persistent),
        clock_rights=True if root else None if restricted is None else not restricted,
        top_clock=told(pynvml.nvmlDeviceGetMaxClockInfo, pynvml.NVML_CLOCK_SM),
        others=None if processes is None else len(processes),
    )
