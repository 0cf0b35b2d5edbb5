"""The table of backends: a new one is a file beside this and a line below; and what a cell's label means."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from harness.backends.backend import Backend
from harness.backends.jax import JaxBackend
from harness.backends.numpy import NumpyBackend
from harness.backends.torch import TorchBackend
from harness.errors import UnknownNameError, UsageError
from harness.model import RIVAL, Library
from harness.names import is_plain

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
    """
    Return the backend of that name; `cold` and `pinned` are nothing but to a `TorchBackend`.

    ``old@numpy`` is the backend ``numpy`` under that name, for a spelling that is called ``old``.
    """
    rival, at, own = name.rpartition(RIVAL)
    if at and not (is_plain(rival) and is_plain(name.replace(":", ""))):
        raise UsageError(
            f"{name[:40]!r} has no name that can be stored in front of its {RIVAL}; give it one, as in "
            f"old{RIVAL}{own or BASELINE}"
        )
    backend = listed(name)
    if backend is None:
        names = [*BACKENDS, "torch-cuda:1 and the like", "torch-mps", "torch-xpu"]
        raise UnknownNameError.of("backend", own, names)
    return replace(backend, cold=cold, pinned=pinned) if isinstance(backend, TorchBackend) else backend


def listed(label: str) -> Backend | None:
    """Return the backend that a cell's label means, under that label; None where it is not known here."""
    name = without_rival(label)
    backend = BACKENDS.get(name)
    if backend is None and (match := ON_REQUEST.fullmatch(name)):
        backend = TorchBackend(name=name, device=match[1])
    if backend is None or name == label:
        return backend
    return replace(backend, name=label)  # type: ignore[type-var] # a backend is a dataclass


def in_order(labels: Iterable[str]) -> list[str]:
    """Return labels in the order in which they are shown: as the table has their backends, then as given."""
    places = {name: place for place, name in enumerate(BACKENDS)}
    return sorted(labels, key=lambda label: places.get(without_rival(label), len(places)))


def without_rival(label: str) -> str:
    """Return the name of the backend in a label: ``numpy`` of ``old@numpy``, and of ``numpy``."""
    return label.rpartition(RIVAL)[2]


def is_on_device(label: str) -> bool:
    """Return whether a label is known to mean a backend that computes elsewhere than on the CPU."""
    backend = listed(label)
    return backend is not None and backend.device != "cpu"
