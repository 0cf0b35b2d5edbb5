"""Whether an answer is of the libraries that are installed here."""

from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

_LIBRARIES = ("numpy", "torch")


def other_versions(facts: Mapping[str, Any]) -> str:
    """Return in what versions a run's libraries differ from those installed here; empty where in none."""
    pairs = list(_others(facts["libraries"]))
    if not pairs:
        return ""
    measured, here = (" and ".join(texts) for texts in zip(*pairs, strict=True))
    return f"this was measured with {measured}; here is {here}, for which `harness run` tells"


def _others(libraries: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield a library as it was measured and as it is here, where these differ by more than their build."""
    for name in _LIBRARIES:
        try:
            here = version(name)
        except PackageNotFoundError:
            continue
        measured = str(libraries.get(name) or here)
        if measured.partition("+")[0] != here.partition("+")[0]:
            yield f"{name} {measured}", f"{name} {here}"
