"""The table of backends: a new one is a file beside this and a line below."""

import re
from collections.abc import Mapping
from dataclasses import replace

from harness.backends.backend import Backend
from harness.backends.jax import JaxBackend
from harness.backends.numpy import NumpyBackend
from harness.backends.torch import TorchBackend
from harness.errors import UnknownNameError
from harness.model import Library

_TABLE: tuple[Backend, ...] = (
    NumpyBackend(name="numpy"),
    NumpyBackend(name="numpy-1t", threads=1),
    TorchBackend(name="torch-cpu"),
    TorchBackend(name="torch-cpu-1t", threads=1),
    TorchBackend(name="torch-cuda", device="cuda"),
    JaxBackend(name="jax-cpu"),
)
BACKENDS: Mapping[str, Backend] = {backend.name: backend for backend in _TABLE}
"""Every backend by name, in the order in which they are shown."""
BASELINE = "numpy"
REQUIRED: tuple[Library, ...] = ("numpy", "torch")
"""The libraries that are always installed; backends of others are measured on request only."""
ON_REQUEST = re.compile(r"torch-((?:cuda|mps|xpu)(?::[0-9A-Za-z-]+)?)")
"""Names of backends that are no lines of the table: another kind of device, or one of several by its index or
UUID, as in ``torch-cuda:1``."""


def backend_named(name: str, *, cold: bool = False, pinned: bool = False) -> Backend:
    """Return the backend of that name; `cold` and `pinned` are nothing but to a `TorchBackend`."""
    backend = BACKENDS.get(name)
    if backend is None and (match := ON_REQUEST.fullmatch(name)):
        backend = TorchBackend(name=name, device=match[1])
    if backend is None:
        names = [*BACKENDS, "torch-cuda:1 and the like", "torch-mps", "torch-xpu"]
        raise UnknownNameError.of("backend", name, names)
    return replace(backend, cold=cold, pinned=pinned) if isinstance(backend, TorchBackend) else backend
