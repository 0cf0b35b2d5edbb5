"""How many threads the figures of a run rest on, and what makes that an unfair comparison."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from harness.backends.table import BASELINE, listed, without_rival

Facts = Mapping[str, Any]
"""The contents of a ``run.json``; a run of an older version, which lacks some, gets no sentence."""


def thread_note(facts: Facts) -> str:
    """
    Return how many threads the backends had that use all they can get; empty where that was not observed.

    Such as ``"numpy: 2 OpenBLAS threads; torch-cpu: 2 Torch threads; 2 of 2 processors"``.
    """
    pools = _pools(facts)
    if not pools:
        return ""
    parts = [f"{backend}: {_described(threads)}" for backend, threads in pools.items()]
    machine = facts["machine"]
    quota = machine.get("cpu_quota")
    granted = f", of whose time a quota grants {quota:g}" if quota is not None else ""
    parts.append(f"{machine.get('affinity')} of {machine.get('threads')} processors{granted}")
    return "; ".join(parts)


def thread_warnings(facts: Facts) -> list[str]:
    """Return in a sentence each what makes figures of several threads other than they seem."""
    counts = {backend: max(threads.values()) for backend, threads in _pools(facts).items() if threads}
    if not counts:
        return []
    return [*_too_few(facts, counts), *_unlike(facts, counts), *_above_quota(facts, counts)]


def _too_few(facts: Facts, counts: Mapping[str, int]) -> list[str]:
    """Return which backends had fewer threads than the machine has cores."""
    cores = _cores(facts)
    few = [f"{backend} ran on {_count(count)}" for backend, count in counts.items() if count < cores]
    if not few:
        return []
    return [f"{_cause(facts)}, {' and '.join(few)}: not what the {cores} cores of this machine can do"]


def _unlike(facts: Facts, counts: Mapping[str, int]) -> list[str]:
    """Return which backends had different numbers of threads."""
    return [
        f"{a} ran on {_count(counts[a])} and {b} on {_count(counts[b])}: a speedup between them "
        f"compares numbers of threads as well; set them alike, or compare {a}-1t with {b}-1t"
        for a, b in combinations(counts, 2)
        # From the number of cores on, libraries differ in whether they use two threads per core.
        if counts[a] != counts[b] and min(counts[a], counts[b]) < _cores(facts)
    ]


def _above_quota(facts: Facts, counts: Mapping[str, int]) -> list[str]:
    """Return whether a quota grants the time of fewer processors than there were threads."""
    quota, most = facts["machine"].get("cpu_quota"), max(counts.values())
    if quota is None or quota >= most:
        return []
    halted = (
        f"a quota grants the time of {quota:g} processors to {_count(most)}, halted whenever it is used up"
    )
    return [f"{halted}; take the limit off the container or the service"]


def _cores(facts: Facts) -> int:
    """Return how many cores the machine has, as far as that is known."""
    machine = facts["machine"]
    return machine.get("cores") or machine.get("threads") or 1


def _pools(facts: Facts) -> dict[str, Mapping[str, int]]:
    """Return the pools of the measured backends that use all the threads they can get."""
    observed, settings = facts["libraries"].get("threads", {}), facts["settings"]
    labels = (settings.get("baseline", BASELINE), *settings.get("backends", observed))
    measured = set(map(without_rival, labels))
    return {
        name: threads
        for name, threads in observed.items()
        if name in measured and ((backend := listed(name)) is None or backend.threads is None)
    }


def _described(threads: Mapping[str, int]) -> str:
    """Return the threads of a backend in words."""
    words = [_count(count, pool) for pool, count in threads.items()]
    return " and ".join(words) or "threads that cannot be counted"


def _count(threads: int, pool: str = "") -> str:
    """Return a number of threads in words."""
    return " ".join(filter(None, (str(threads), pool, "thread" if threads == 1 else "threads")))


def _cause(facts: Facts) -> str:
    """Return what from outside limits the threads of a run."""
    variables = facts["libraries"].get("environment", {})
    causes = [f"{name}={value}" for name, value in variables.items() if name.endswith("_NUM_THREADS")]
    machine = facts["machine"]
    if (machine.get("affinity") or 1) < (machine.get("threads") or 1):
        causes.append(f"an affinity to {machine['affinity']} of {machine['threads']} processors")
    return f"with {' and '.join(causes)}" if causes else "for a reason that was not found"
