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
ON_REQUEST = re.compile(r"torch-((?:cuda|mps|xpu)(?::[0-9A-Za-z-]+)?)")
"""Names of backends that are no lines of the table: another kind of device, or one of several."""


def backend_named(name: str, *, cold: bool = False, pinned: bool = False) -> Backend:
    """
    Return the backend of that name.

    Parameters
    ----------
    name : str
        One of `BACKENDS`, or what `ON_REQUEST` matches: ``torch-mps``, ``torch-xpu``, or one device of
        several by its index or UUID, as in ``torch-cuda:1``.
    cold, pinned : bool, optional
        See `harness.backends.torch.TorchBackend`; nothing to a backend of another library.

    Returns
    -------
    Backend

    Raises
    ------
    UnknownNameError
        If there is no such backend.
    """
    found = BACKENDS.get(name)
    if found is None and (asked := ON_REQUEST.fullmatch(name)):
        found = TorchBackend(name=name, device=asked[1])
    if found is None:
        known = [*BACKENDS, "torch-cuda:1 and the like", "torch-mps", "torch-xpu"]
        raise UnknownNameError.of("backend", name, known)
    return replace(found, cold=cold, pinned=pinned) if isinstance(found, TorchBackend) else found


BASELINE = "numpy"
REQUIRED: tuple[Library, ...] = ("numpy", "torch")
"""The libraries that are always installed; backends of others are measured on request only."""
