"""CuPy as far as the harness calls it, on a scripted device; its arrays are NumPy's, on the host."""

from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from tests.support.devices import Mark, ScriptedDevice

UUID = bytes(range(16))
CACHE = 4096


class Array(np.ndarray):
    """An array that is said to lie on the device."""

    def get(self) -> Any:  # noqa: ANN401 - NumPy's array
        return np.array(self)


class Event:
    """A mark in the current stream of a scripted device."""

    def __init__(self, device: ScriptedDevice) -> None:
        self._device, self.mark = device, Mark()

    def record(self) -> None:
        self.mark = self._device.mark()

    @property
    def done(self) -> bool:
        return self._device.reached(self.mark)


class Cupy(ModuleType):
    """A module whose functions are NumPy's, and a piece of work for the device."""

    def __init__(self, device: ScriptedDevice, *, work: float = 1e-4) -> None:
        super().__init__("cupy")
        self._device, self._work = device, work
        self.buffers = list[int]()
        self.properties: dict[str, Any] = {"l2CacheSize": CACHE, "uuid": UUID}
        self.cuda = SimpleNamespace(
            Event=lambda: Event(device),
            get_elapsed_time=lambda first, last: device.seconds(first.mark, last.mark) * 1e3,
            runtime=SimpleNamespace(
                deviceSynchronize=device.synchronize,
                getDevice=lambda: 0,
                getDeviceCount=lambda: 1,
                getDeviceProperties=lambda _index: self.properties,
                memGetInfo=lambda: (10, 20),
            ),
        )

    def __getattr__(self, name: str) -> Callable[..., Any]:
        function = getattr(np, name)

        def on_device(*words: Any, **options: Any) -> Any:  # noqa: ANN401 - NumPy's own
            self._device.launch(self._work)
            return np.asarray(function(*words, **options)).view(Array)

        return on_device

    def RawKernel(self, _code: str, _name: str) -> Callable[..., None]:  # noqa: N802 - CuPy's name
        return lambda _grid, _block, words: self._device.spin(int(words[0]))

    def empty(self, size: int, dtype: str) -> SimpleNamespace:
        self.buffers.append(np.dtype(dtype).itemsize * size)
        return SimpleNamespace(fill=lambda _value: self._device.flush())
