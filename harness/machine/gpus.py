"""What NVIDIA's driver says of the GPUs: their cards, their settings, their state, and who works on them.

It is all NVML, which opens no context on a GPU and may be asked before a fork.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pynvml

from harness.model import DeviceState

REASONS = {
    0x1: "idle",
    0x2: "application clocks",
    0x4: "power cap",
    0x8: "hardware slowdown",
    0x10: "sync boost",
    0x20: "heat (software)",
    0x40: "heat (hardware)",
    0x80: "power brake",
    0x100: "display clocks",
}
"""Why a clock is lower than it could be, by NVML's bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuSettings:
    """How a GPU is set up just now; None where the driver does not say."""

    index: int
    persistent: bool | None = None
    """Whether the driver stays loaded while no process uses the GPU."""
    clock_rights: bool | None = None
    """Whether this user may fix its clocks."""
    top_clock: int | None = None  # MHz, of its processors
    processes: int | None = None  # that compute on it


def cards() -> list[dict[str, Any]]:
    """Describe every NVIDIA GPU; None for what one does not tell."""
    with _nvml() as ready:
        return [_card(handle) for handle in _handles().values()] if ready else []


def _card(handle: Any) -> dict[str, Any]:  # noqa: ANN401 - NVML's pointer
    """Describe one GPU."""
    cuda = _ask(pynvml.nvmlSystemGetCudaDriverVersion_v2)
    memory, pci = _ask(pynvml.nvmlDeviceGetMemoryInfo, handle), _ask(pynvml.nvmlDeviceGetPciInfo, handle)
    milliwatts = _ask(pynvml.nvmlDeviceGetEnforcedPowerLimit, handle)
    ecc, mig = _ask(pynvml.nvmlDeviceGetEccMode, handle), _ask(pynvml.nvmlDeviceGetMigMode, handle)
    return {
        "name": _ask(pynvml.nvmlDeviceGetName, handle),
        "uuid": _ask(pynvml.nvmlDeviceGetUUID, handle),
        "pci": pci and pci.busId,
        "link": {
            "generation": _ask(pynvml.nvmlDeviceGetCurrPcieLinkGeneration, handle),
            "lanes": _ask(pynvml.nvmlDeviceGetCurrPcieLinkWidth, handle),
            "most_generation": _ask(pynvml.nvmlDeviceGetMaxPcieLinkGeneration, handle),
            "most_lanes": _ask(pynvml.nvmlDeviceGetMaxPcieLinkWidth, handle),
        },
        "memory": memory and memory.total,  # bytes
        "power_limit": None if milliwatts is None else milliwatts * 1e-3,  # watts
        "ecc": ecc and bool(ecc[0]),
        "mig": mig and bool(mig[0]),
        "driver": _ask(pynvml.nvmlSystemGetDriverVersion),
        "cuda": cuda and f"{cuda // 1000}.{cuda % 1000 // 10}",  # the newest that the driver can run
    }


def processes() -> list[dict[str, Any]]:
    """Return GPU (UUID), number and memory (bytes, or None) of the other processes that compute on GPUs."""
    with _nvml() as ready:
        return [
            {
                "gpu": _ask(pynvml.nvmlDeviceGetUUID, handle),
                "pid": process.pid,
                "memory": process.usedGpuMemory,
            }
            for handle in (_handles().values() if ready else ())
            for process in _ask(pynvml.nvmlDeviceGetComputeRunningProcesses, handle) or []
            if process.pid != os.getpid()
        ]


def settings() -> list[GpuSettings]:
    """Return how every NVIDIA GPU is set up just now."""
    with _nvml() as ready:
        return [_settings(index, handle) for index, handle in _handles().items()] if ready else []


def _settings(index: int, handle: Any) -> GpuSettings:  # noqa: ANN401 - as above
    """Return how one GPU is set up."""
    persistent = _ask(pynvml.nvmlDeviceGetPersistenceMode, handle)
    restricted = _ask(
        pynvml.nvmlDeviceGetAPIRestriction, handle, pynvml.NVML_RESTRICTED_API_SET_APPLICATION_CLOCKS
    )
    running = _ask(pynvml.nvmlDeviceGetComputeRunningProcesses, handle)
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return GpuSettings(
        index=index,
        persistent=None if persistent is None else bool(persistent),
        clock_rights=True if root else None if restricted is None else not restricted,
        top_clock=_ask(pynvml.nvmlDeviceGetMaxClockInfo, handle, pynvml.NVML_CLOCK_SM),
        processes=None if running is None else len(running),
    )


def gauge(uuid: str | None) -> Callable[[], DeviceState | None]:
    """
    Return a function that reads the state of a GPU; its answer is None where no GPU can be asked.

    NVML stays open from now on. The UUID has no ``GPU-`` in front; it is None for what NVIDIA did not make.
    """
    handle = None if uuid is None else _lasting_handle(uuid)
    return (lambda: None) if handle is None else (lambda: _state(handle))


def _state(handle: Any) -> DeviceState:  # noqa: ANN401 - as above
    """Read clocks, temperature, power and what holds the clock down."""
    milliwatts = _ask(pynvml.nvmlDeviceGetPowerUsage, handle)
    bits = _ask(pynvml.nvmlDeviceGetCurrentClocksThrottleReasons, handle) or 0
    return DeviceState(
        sm_clock=_hertz(_ask(pynvml.nvmlDeviceGetClockInfo, handle, pynvml.NVML_CLOCK_SM)),
        memory_clock=_hertz(_ask(pynvml.nvmlDeviceGetClockInfo, handle, pynvml.NVML_CLOCK_MEM)),
        temperature=_ask(pynvml.nvmlDeviceGetTemperature, handle, pynvml.NVML_TEMPERATURE_GPU),
        power=None if milliwatts is None else milliwatts * 1e-3,
        reasons=", ".join(name for bit, name in REASONS.items() if bits & bit),
    )


def _hertz(megahertz: float | None) -> float | None:
    return None if megahertz is None else megahertz * 1e6


def _handles() -> dict[int, Any]:
    """Return NVML's handles of all GPUs that answer, by index."""
    count = _ask(pynvml.nvmlDeviceGetCount) or 0
    handles = {index: _ask(pynvml.nvmlDeviceGetHandleByIndex, index) for index in range(count)}
    return {index: handle for index, handle in handles.items() if handle is not None}


def _lasting_handle(uuid: str) -> Any:  # noqa: ANN401 - as above
    """Return NVML's handle of a GPU, or None; NVML stays open."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return None
    return _ask(pynvml.nvmlDeviceGetHandleByUUID, f"GPU-{uuid}")


def _ask(question: Callable[..., Any], *words: Any) -> Any:  # noqa: ANN401 - NVML's own types
    """Return what NVML answers, or None where this GPU or driver does not tell, or not this user."""
    try:
        return question(*words)
    except pynvml.NVMLError:
        return None


@contextmanager
def _nvml() -> Iterator[bool]:
    """Open NVML for a moment; the value says whether there is one."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        yield False
        return
    try:
        yield True
    finally:
        pynvml.nvmlShutdown()
