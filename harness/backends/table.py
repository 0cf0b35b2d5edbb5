"""The table of backends, what a name and a cell's label mean, and which backends others have added."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace

from harness.backends.backend import Backend
from harness.backends.cupy import CupyBackend
from harness.backends.entry_points import Found, found
from harness.backends.jax import JaxBackend
from harness.backends.numpy import NumpyBackend
from harness.backends.torch import TorchBackend
from harness.errors import UnknownNameError, UsageError
from harness.model import RIVAL, Library
from harness.names import is_plain, one_line

_TABLE: tuple[Backend, ...] = (
    NumpyBackend(name="numpy"),
    NumpyBackend(name="numpy-1t", threads=1),
    TorchBackend(name="torch-cpu"),
    TorchBackend(name="torch-cpu-1t", threads=1),
    TorchBackend(name="torch-cpu-compile", compiled=True),
    TorchBackend(name="torch-cuda", device="cuda"),
    TorchBackend(name="torch-cuda-compile", device="cuda", compiled=True),
    CupyBackend(name="cupy"),
    JaxBackend(name="jax-cpu"),
)
BACKENDS: Mapping[str, Backend] = {backend.name: backend for backend in _TABLE}
"""Every backend by name, in the order in which they are shown."""
BASELINE = "numpy"
REQUIRED: tuple[Library, ...] = ("numpy", "torch")
"""The libraries that are always installed."""
USUAL = ("numpy", "numpy-1t", "torch-cpu", "torch-cpu-1t", "torch-cuda")
"""The backends of a run that names none; all others are measured on request only."""
_OTHER_DEVICE = re.compile(r"torch-((?:cuda|mps|xpu)(?::[0-9A-Za-z-]+?)?)(-compile)?")
"""Names of backends that are no lines of the table: another kind of device, or one of several by its index or
UUID, as in ``torch-cuda:1``."""


def backend_named(name: str, *, cold: bool = False, pinned: bool = False) -> Backend:
    """
    Return the backend of that name; `cold` and `pinned` are for those that have such fields.

    ``old@numpy`` is the backend ``numpy`` under that name, for a spelling that is called ``old``.
    """
    rival, at, own = name.rpartition(RIVAL)
    if at and not (is_plain(rival) and is_plain(name.replace(":", ""))):
        raise UsageError(
            f"{name[:40]!r} has no name that can be stored in front of its {RIVAL}; give it one, as in "
            f"old{RIVAL}{own or BASELINE}"
        )
    backend = listed(name) or _of_others(name)
    if backend is None:
        names = [*BACKENDS, "torch-cuda:1 and the like", "torch-mps", "torch-xpu", *others().backends]
        raise UnknownNameError.of("backend", own, names)
    known = {field.name for field in fields(backend)}  # type: ignore[arg-type] # a backend is a dataclass
    asked = {key: value for key, value in {"cold": cold, "pinned": pinned}.items() if key in known}
    return replace(backend, **asked) if asked else backend  # type: ignore[type-var] # as above


def listed(label: str) -> Backend | None:
    """
    Return the backend that a cell's label means, under that label; None where it is not known here.

    Those of other distributions never are: a question to the results imports nobody's code.
    """
    name = without_rival(label)
    backend = BACKENDS.get(name)
    if backend is None and (match := _OTHER_DEVICE.fullmatch(name)):
        backend = TorchBackend(name=name, device=match[1], compiled=match[2] is not None)
    return backend and _called(backend, label)


def others() -> Found:
    """Return the backends that other distributions add, which are imported for it."""
    return found(tuple(BACKENDS))


def why_missing(backend: Backend) -> str:
    """Return why this machine cannot run a backend, or an empty text, whatever it raises when it is asked."""
    try:
        return backend.missing()
    except Exception as error:  # noqa: BLE001 - another's code may raise anything
        return one_line(f"it cannot be asked what it lacks: {type(error).__name__}: {error}")


def _of_others(label: str) -> Backend | None:
    """Return the backend of another distribution that a label means; raise where it is of no use."""
    name = without_rival(label)
    if fault := others().faults.get(name):
        raise UnknownNameError(fault)
    backend = others().backends.get(name)
    return backend and _called(backend, label)


def _called(backend: Backend, name: str) -> Backend:
    """Return a backend under another name."""
    if backend.name == name:
        return backend
    return replace(backend, name=name)  # type: ignore[type-var] # a backend is a dataclass


def in_order(labels: Iterable[str]) -> list[str]:
    """Return labels in the order in which they are shown: as the table has their backends, then as given."""
    places = {name: place for place, name in enumerate(BACKENDS)}
    return sorted(labels, key=lambda label: places.get(without_rival(label), len(places)))


def may_compile(backend: Backend) -> bool:
    """Return whether the first call in a process may compile, so that no warm-up can begin with it."""
    return backend.library not in REQUIRED or (isinstance(backend, TorchBackend) and backend.compiled)


def without_rival(label: str) -> str:
    """Return the name of the backend in a label: ``numpy`` of ``old@numpy``, and of ``numpy``."""
    return label.rpartition(RIVAL)[2]


def is_on_device(label: str) -> bool:
    """Return whether a label is known to mean a backend that computes elsewhere than on the CPU."""
    backend = listed(label)
    return backend is not None and backend.device != "cpu"
