"""Backends of other distributions: found by their entry points, and imported only when one is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from harness.backends.backend import Backend
from harness.names import is_plain, one_line

GROUP = "harness.backends"
"""The group of the entry points, each of which is a backend or a sequence of them."""
_MEMBERS = tuple(name for name in vars(Backend) if not name.startswith("_"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the entry points of this environment come to."""

    backends: Mapping[str, Backend] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    """The distribution of each, with its version; of what is at fault, too."""
    faults: Mapping[str, str] = field(default_factory=dict)
    """Why a backend, or an entry point by its name, cannot be used."""


@cache
def found(taken: tuple[str, ...]) -> Found:
    """Import all backends that other distributions offer; those with a name that is `taken` are at fault."""
    backends: dict[str, Backend] = {}
    origins: dict[str, str] = {}
    faults: dict[str, str] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
        origin = f"{point.dist.name} {point.dist.version}" if point.dist else "an unknown distribution"
        offered, fault = _offered(point)
        if fault:
            faults[point.name] = one_line(f"{point.value} of {origin} is of no use: {fault}")
            origins.setdefault(point.name, origin)
        for backend in offered:
            name = backend.name
            if name not in taken and name not in backends:
                backends[name], origins[name] = backend, origin
                continue
            owner = "harness" if name in taken else origins[name]
            faults[name] = f"{origin} and {owner} both have a backend called {name}; uninstall one of them"
    usable = {name: backend for name, backend in backends.items() if name not in faults}
    return Found(backends=usable, origins=origins, faults=faults)


def _offered(point: EntryPoint) -> tuple[Sequence[Backend], str]:
    """Return the backends of an entry point, or what is wrong with it."""
    try:
        loaded: Any = point.load()
    except Exception as error:  # noqa: BLE001 - whatever another's import raises costs that one only
        return (), f"{type(error).__name__}: {error}"
    offered = loaded if isinstance(loaded, list | tuple) else (loaded,)
    fault = next(filter(None, map(_fault_of, offered)), "")
    return ((), fault) if fault else (offered, "")


def _fault_of(offered: Any) -> str:  # noqa: ANN401 - whatever another has put there
    """Return why something is no backend; empty where it is one."""
    if isinstance(offered, type):
        return f"{offered.__name__} is a class; give an instance of it"
    kind = type(offered).__name__
    if lacking := [name for name in _MEMBERS if not hasattr(offered, name)]:
        return f"a {kind} is no Backend, for it lacks {', '.join(lacking)}"
    if not hasattr(offered, "__dataclass_fields__"):
        return f"{kind} has to be a dataclass, so that a rival can be given its backend under another name"
    if not is_plain(offered.name) or "@" in offered.name:
        return f"{kind} is called {offered.name!r:.40}, which is no backend's name"
    return ""
