"""What NVIDIA's driver says of the GPUs: their cards, who else works on them, and their state.

Everything here is NVML: it opens no context on a GPU and may be asked before a fork. Where there is no
driver, or a GPU does not tell something, the answer is nothing and never an error.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


def cards() -> list[dict[str, Any]]:
    """
    Describe every NVIDIA GPU.

    Returns
    -------
    list of dict
        Per GPU its ``name``, ``uuid``, ``pci`` (bus id), ``link`` (generation and lanes, as they are and
        at most), ``memory`` (bytes), ``power_limit`` (watts), ``ecc`` and ``mig`` (whether on), ``driver``
        and ``cuda`` (the newest version that the driver can run); None for what it does not tell. Empty
        where there is no driver.
    """
    with _nvml() as ready:
        return [_card(handle) for handle in _handles()] if ready else []


def others() -> list[dict[str, Any]]:
    """
    Return the processes that compute on the GPUs now, this one left out.

    Returns
    -------
    list of dict
        Per process its ``gpu`` (UUID), ``pid`` and ``memory`` (bytes, or None).
    """
    with _nvml() as ready:
        return [
            {"gpu": _told(pynvml.nvmlDeviceGetUUID, handle), "pid": found.pid, "memory": found.usedGpuMemory}
            for handle in (_handles() if ready else [])
            for found in _told(pynvml.nvmlDeviceGetComputeRunningProcesses, handle) or []
            if found.pid != os.getpid()
        ]


def gauge(uuid: str | None) -> Callable[[], DeviceState | None]:
    """
    Return a function that reads the state of a GPU.

    Parameters
    ----------
    uuid : str or None
        Without the ``GPU-`` that NVIDIA's tools put in front; None for a device that is no GPU of NVIDIA's.

    Returns
    -------
    callable
        Its answer is None where the GPU cannot be asked. NVML stays open from the first call on.
    """
    handle = None if uuid is None else _handle(uuid)
    return (lambda: None) if handle is None else (lambda: _state(handle))


def _state(handle: Any) -> DeviceState:  # noqa: ANN401 - NVML's pointer
    """Read clocks, temperature, power and what holds the clock down."""
    milliwatts = _told(pynvml.nvmlDeviceGetPowerUsage, handle)
    bits = _told(pynvml.nvmlDeviceGetCurrentClocksThrottleReasons, handle) or 0
    return DeviceState(
        sm_clock=_hertz(_told(pynvml.nvmlDeviceGetClockInfo, handle, pynvml.NVML_CLOCK_SM)),
        memory_clock=_hertz(_told(pynvml.nvmlDeviceGetClockInfo, handle, pynvml.NVML_CLOCK_MEM)),
        temperature=_told(pynvml.nvmlDeviceGetTemperature, handle, pynvml.NVML_TEMPERATURE_GPU),
        power=None if milliwatts is None else milliwatts * 1e-3,
        reasons=", ".join(name for bit, name in REASONS.items() if bits & bit),
    )


def _card(handle: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    """Describe one GPU."""
    version = _told(pynvml.nvmlSystemGetCudaDriverVersion_v2)
    memory, pci = _told(pynvml.nvmlDeviceGetMemoryInfo, handle), _told(pynvml.nvmlDeviceGetPciInfo, handle)
    limit = _told(pynvml.nvmlDeviceGetEnforcedPowerLimit, handle)
    ecc, mig = _told(pynvml.nvmlDeviceGetEccMode, handle), _told(pynvml.nvmlDeviceGetMigMode, handle)
    return {
        "name": _told(pynvml.nvmlDeviceGetName, handle),
        "uuid": _told(pynvml.nvmlDeviceGetUUID, handle),
        "pci": pci and pci.busId,
        "link": {
            "generation": _told(pynvml.nvmlDeviceGetCurrPcieLinkGeneration, handle),
            "lanes": _told(pynvml.nvmlDeviceGetCurrPcieLinkWidth, handle),
            "most_generation": _told(pynvml.nvmlDeviceGetMaxPcieLinkGeneration, handle),
            "most_lanes": _told(pynvml.nvmlDeviceGetMaxPcieLinkWidth, handle),
        },
        "memory": memory and memory.total,
        "power_limit": None if limit is None else limit * 1e-3,
        "ecc": ecc and bool(ecc[0]),
        "mig": mig and bool(mig[0]),
        "driver": _told(pynvml.nvmlSystemGetDriverVersion),
        "cuda": version and f"{version // 1000}.{version % 1000 // 10}",
    }


def _handles() -> list[Any]:
    """Return NVML's handles of all GPUs that answer."""
    count = _told(pynvml.nvmlDeviceGetCount) or 0
    found = [_told(pynvml.nvmlDeviceGetHandleByIndex, index) for index in range(count)]
    return [handle for handle in found if handle is not None]


def _handle(uuid: str) -> Any:  # noqa: ANN401 - as above
    """Return NVML's handle of a GPU by its UUID, or None; NVML stays open."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return None
    return _told(pynvml.nvmlDeviceGetHandleByUUID, f"GPU-{uuid}")


def _hertz(megahertz: float | None) -> float | None:
    return None if megahertz is None else megahertz * 1e6


def _told(ask: Callable[..., Any], *words: Any) -> Any:  # noqa: ANN401 - NVML's own types
    """Return what NVML answers, or None where this GPU or driver does not tell."""
    try:
        return ask(*words)
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
