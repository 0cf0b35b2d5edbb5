"""Torch's devices beyond the CPU: which one a name means, its streams and events, its errors.

All that differs between CUDA, ROCm (which Torch calls cuda), MPS and XPU is in this file.
"""

from typing import Any

from harness.timing.loop import UnmeasurableError

SIDE = 1024
"""Side of the product that holds a stream where Torch has no kernel that only waits."""
_UNIT = 1000
"""Units of holding work per such product; a unit is near a nanosecond with either."""


def resolve(device: str) -> str:
    """
    Return Torch's own name of a device.

    Parameters
    ----------
    device : str
        A kind with an index or a UUID, such as ``"cuda"``, ``"cuda:1"`` or ``"cuda:GPU-5fd4f1b2-..."``.

    Returns
    -------
    str
        With an index in the place of a UUID; unchanged where no visible device has it.
    """
    import torch

    kind, _, which = device.partition(":")
    if not which or which.isdigit():
        return device
    module = getattr(torch, kind)
    for index in range(module.device_count()):
        if uuid(f"{kind}:{index}") == plain_uuid(which):
            return f"{kind}:{index}"
    return device


def plain_uuid(text: object) -> str:
    """Return a UUID as Torch writes it: NVIDIA's tools put GPU- in front."""
    return str(text).lower().removeprefix("gpu-")


def uuid(device: str) -> str | None:
    """Return the UUID of a device by Torch's name of it; None where Torch does not tell."""
    import torch

    kind = device.partition(":")[0]
    properties = getattr(getattr(torch, kind), "get_device_properties", None)
    found = getattr(properties(device), "uuid", None) if properties else None
    return None if found is None else plain_uuid(found)


def missing(device: str) -> str:
    """
    Return why a device cannot be used.

    Parameters
    ----------
    device : str
        See `resolve`.

    Returns
    -------
    str
        A reason in words; empty where it can.
    """
    import torch

    kind, _, which = device.partition(":")
    if kind == "cuda" and torch.version.cuda is None and torch.version.hip is None:
        return f"this Torch ({torch.__version__}) is built without CUDA"
    module = getattr(torch, kind, None)
    if module is None or not hasattr(module, "synchronize"):
        return f"this Torch ({torch.__version__}) knows no device called {kind}"
    if not module.is_available():
        return f"Torch finds no {kind} device"
    count, index = module.device_count(), resolve(device).partition(":")[2]
    if which and not (index.isdigit() and int(index) < count):
        return f"Torch finds no {kind} device {which}, only {count} from {kind}:0 on"
    return ""


def free_memory(device: str) -> int | None:
    """Return the free bytes of a device's own memory; None where that is not told."""
    import torch

    told = getattr(getattr(torch, device.partition(":")[0]), "mem_get_info", None)
    try:
        return int(told(resolve(device))[0]) if told else None
    except RuntimeError:
        return None  # a device that was lost: its cells say so, the others go on


def ran_out_of_memory(error: BaseException) -> bool:
    """Return whether an error of Torch means that memory ran out."""
    text = str(error).lower()
    signs = ("out of memory", "can't allocate memory", "status_alloc_failed")
    return type(error).__name__ == "OutOfMemoryError" or any(sign in text for sign in signs)


def is_lasting(error: BaseException) -> bool:
    """Return whether the process can use the device no more after this error."""
    if ran_out_of_memory(error):
        return False
    text = str(error)
    # Torch 2.8 gave these a type of its own; before they were a plain RuntimeError.
    return type(error).__name__ == "AcceleratorError" or "CUDA error:" in text or "HIP error:" in text


def precision() -> dict[str, Any]:
    """Return how exactly Torch multiplies float32 matrices: its setting, and whether TF32 is allowed."""
    import torch

    return {
        "float32_matmul": torch.get_float32_matmul_precision(),
        "tf32_matmul": torch.backends.cuda.matmul.allow_tf32,
        "tf32_cudnn": torch.backends.cudnn.allow_tf32,
    }


class TorchDevice:
    """
    One of Torch's devices; see `harness.timing.device_clock.Device`.

    Parameters
    ----------
    device : str
        Torch's name of it, with an index or without.
    """

    def __init__(self, device: str) -> None:
        import torch

        self._device = torch.device(device)
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
        """Whether the stream has come to the event."""
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
        for _ in range(max(1, round(units / _UNIT))):
            torch.mm(self._square, self._square)

    def flush(self) -> None:
        """
        Write as much in the current stream as the last cache of the device holds.

        Raises
        ------
        UnmeasurableError
            If the device does not tell how much that is.
        """
        if self._cache is None:
            import torch

            properties = getattr(self._module, "get_device_properties", None)
            size = getattr(properties(self._device), "L2_cache_size", 0) if properties else 0
            if not size:
                raise UnmeasurableError("the device does not tell how large its L2 cache is, to flush it")
            self._cache = torch.empty(size, dtype=torch.uint8, device=self._device)
        self._cache.zero_()
