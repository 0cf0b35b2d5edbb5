"""What libraries are installed here, and whether an answer is of others."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any

LIBRARIES = ("numpy", "torch")


def installed() -> dict[str, str]:
    """Return the versions of the libraries that are installed here."""
    found = {}
    for name in LIBRARIES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def differing(there: Mapping[str, Any], here: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield the libraries of two places that differ by more than their build, with both versions."""
    for name in LIBRARIES:
        a, b = (str(libraries.get(name) or "") for libraries in (there, here))
        if a and b and a.partition("+")[0] != b.partition("+")[0]:
            yield name, a, b


def other_versions(facts: Mapping[str, Any]) -> str:
    """Return in what versions a run's libraries differ from those installed here; empty where in none."""
    found = list(differing(facts["libraries"], installed()))
    if not found:
        return ""
    measured, here = (" and ".join(f"{name} {told[side]}" for name, *told in found) for side in (0, 1))
    return f"this was measured with {measured}; here is {here}, for which `harness run` tells"
