"""How Torch's GPUs are waited for and timed: their streams and events; and which device a name means.

All that differs between CUDA, ROCm (which Torch calls cuda), MPS and XPU is in this file.
"""

import warnings
from typing import Any

from harness.names import one_line
from harness.timing.loop import UnmeasurableError

SIDE = 1024
"""Side of the product that holds a stream where Torch has no kernel that only waits."""
UNITS = 1000
"""Units of holding work per such product; a unit is near a nanosecond with either."""


def resolve(device: str) -> str:
    """
    Return Torch's own name of a device, with an index in the place of a UUID.

    Unchanged without a UUID, as in ``cuda:1``, and where no visible device has that of ``cuda:GPU-5fd4...``.
    """
    import torch

    kind, _, which = device.partition(":")
    if not which or which.isdigit():
        return device
    for index in range(getattr(torch, kind).device_count()):
        if uuid_of(f"{kind}:{index}") == plain_uuid(which):
            return f"{kind}:{index}"
    return device


def plain_uuid(text: object) -> str:
    """Return a UUID as Torch writes it: NVIDIA's tools put GPU- in front."""
    return str(text).lower().removeprefix("gpu-")


def uuid_of(device: str) -> str | None:
    """Return the UUID of a device by Torch's own name of it; None where Torch does not tell."""
    import torch

    kind = device.partition(":")[0]
    properties = getattr(getattr(torch, kind), "get_device_properties", None)
    uuid = getattr(properties(device), "uuid", None) if properties else None
    return None if uuid is None else plain_uuid(uuid)


def is_available(module: Any) -> bool:  # noqa: ANN401 - such as torch.cuda
    """Return whether Torch finds a device of a kind; what it warns of then `why_none` tells."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return bool(module.is_available())


def why_none(module: Any) -> str:  # noqa: ANN401 - as above
    """Return in Torch's words why it finds no device of a kind, such as a driver that is missing or old."""
    try:
        getattr(module, "init", bool)()  # there is no device that it could open
    except Exception as error:  # noqa: BLE001 - an error of another kind for each kind of device
        return one_line(str(error).partition(". ")[0])
    return ""


class TorchDevice:
    """One of Torch's devices, by a name that `resolve` knows; see `harness.timing.device_clock.Device`."""

    def __init__(self, device: str) -> None:
        import torch

        self._device = torch.device(resolve(device))
        self._module = getattr(torch, self._device.type)
        self._spin = getattr(self._module, "_sleep", None)
        self._square: Any = None
        self._cache: Any = None

    def synchronize(self) -> None:
        """Wait for every stream of the device, not for the current one alone."""
        if self._device.type == "mps":
            self._module.synchronize()  # there is but one, and it takes no argument
        else:
            self._module.synchronize(self._device)

    def mark(self) -> Any:  # noqa: ANN401 - an event of the device's kind
        """Record an event in the current stream."""
        event = self._module.Event(enable_timing=True)
        if hasattr(self._module, "current_stream"):
            event.record(self._module.current_stream(self._device))
        else:
            event.record()
        return event

    def seconds(self, first: Any, last: Any) -> float:  # noqa: ANN401 - as above
        """Return the seconds between two events."""
        return float(first.elapsed_time(last)) * 1e-3

    def reached(self, mark: Any) -> bool:  # noqa: ANN401 - as above
        """Return whether the stream has come to the event."""
        return bool(mark.query())

    def spin(self, units: int) -> None:
        """Keep the current stream busy: by a kernel that counts cycles, or by products of matrices."""
        if self._spin is not None:
            with self._module.device(self._device):
                self._spin(units)
            return
        import torch

        if self._square is None:
            self._square = torch.ones(SIDE, SIDE, device=self._device)
        for _ in range(max(1, round(units / UNITS))):
            torch.mm(self._square, self._square)

    def flush(self) -> None:
        """Write as much in the current stream as the last cache of the device holds, if it tells its size."""
        if self._cache is None:
            import torch

            properties = getattr(self._module, "get_device_properties", None)
            size = getattr(properties(self._device), "L2_cache_size", 0) if properties else 0
            if not size:
                raise UnmeasurableError("the device does not tell how large its L2 cache is, to flush it")
            self._cache = torch.empty(size, dtype=torch.uint8, device=self._device)
        self._cache.zero_()
