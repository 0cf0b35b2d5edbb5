"""How the spans of a device were taken, in words, from the facts of a run."""

from collections.abc import Mapping
from typing import Any

from harness.backends.table import listed
from harness.model import Cache

Facts = Mapping[str, Any]
"""The contents of a ``run.json``; in a run of an older version the spans were taken the usual way."""


def cache_state(facts: Facts) -> str:
    """Return what the last cache of a device held before a call of the span `device`."""
    return str(facts["settings"].get("l2", Cache.HOT))


def host_memory(facts: Facts) -> str:
    """Return through which memory of the host a round trip to a device went."""
    return "pinned" if facts["settings"].get("pinned") else "pageable"


def span_notes(facts: Facts) -> list[str]:
    """Return in a sentence each how spans of a device were taken, where it was not the usual way."""
    if not _on_a_device(facts):
        return []
    notes = []
    if cache_state(facts) == Cache.COLD:
        notes.append("device: with a cold L2 cache, written over before every call; the other spans: hot")
    if host_memory(facts) == "pinned":
        notes.append("round_trip to a GPU: through pinned host memory, the copies into it included")
    return notes


def span_options(facts: Facts) -> list[str]:
    """Return the options of `harness run` that take the spans of a device in the same way again."""
    cold = ["--l2 cold"] if cache_state(facts) == Cache.COLD else []
    return [*cold, *(["--pinned"] if host_memory(facts) == "pinned" else [])]


def _on_a_device(facts: Facts) -> bool:
    """Whether a run may have cells of another device than the CPU."""
    chosen, missing = facts["settings"].get("backends"), facts["libraries"].get("missing", {})
    if chosen is None:
        return True
    backends = [listed(label) for label in chosen if label not in missing]
    return any(backend is None or backend.device != "cpu" for backend in backends)
