"""How CuPy's device is waited for and timed: its streams, events and last cache."""

from typing import Any

from harness.timing.loop import UnmeasurableError

_SPIN = """
extern "C" __global__ void spin(long long cycles) {
    long long begin = clock64();
    while (clock64() - begin < cycles) {}
}
"""
"""A kernel that keeps one thread of the device busy, as `HeldLoop` needs it."""


class CupyDevice:
    """The current device of CuPy; see `harness.timing.device_clock.Device`."""

    def __init__(self) -> None:
        import cupy

        self._cupy = cupy
        self._spin: Any = None
        self._cache: Any = None

    def synchronize(self) -> None:
        """Wait for every stream of the device, not for the current one alone."""
        self._cupy.cuda.runtime.deviceSynchronize()

    def mark(self) -> Any:  # noqa: ANN401 - an event of CuPy's
        """Record an event in the current stream."""
        event = self._cupy.cuda.Event()
        event.record()
        return event

    def seconds(self, first: Any, last: Any) -> float:  # noqa: ANN401 - as above
        """Return the seconds between two events."""
        return float(self._cupy.cuda.get_elapsed_time(first, last)) * 1e-3

    def reached(self, mark: Any) -> bool:  # noqa: ANN401 - as above
        """Return whether the stream has come to the event."""
        return bool(mark.done)

    def spin(self, units: int) -> None:
        """Keep the current stream busy by a kernel that counts cycles."""
        import numpy as np

        if self._spin is None:
            self._spin = self._cupy.RawKernel(_SPIN, "spin")
        self._spin((1,), (1,), (np.int64(units),))

    def flush(self) -> None:
        """Write as much in the current stream as the last cache of the device holds, if it tells its size."""
        if self._cache is None:
            size = device_properties(self._cupy).get("l2CacheSize", 0)
            if not size:
                raise UnmeasurableError("the device does not tell how large its L2 cache is, to flush it")
            self._cache = self._cupy.empty(size, dtype="uint8")
        self._cache.fill(0)


def device_properties(cupy: Any) -> dict[str, Any]:  # noqa: ANN401 - the module
    """Return what CUDA says of the current device."""
    runtime = cupy.cuda.runtime
    return dict(runtime.getDeviceProperties(runtime.getDevice()))
