"""How many threads the figures of a run rest on, and what makes that an unfair comparison.

It takes the facts of a run as they are stored; runs of an older version, which lack some, get no sentence.
"""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from harness.backends.table import BACKENDS, BASELINE

Facts = Mapping[str, Any]


def thread_note(facts: Facts) -> str:
    """
    Return how many threads the backends had that use all they can get.

    Parameters
    ----------
    facts : mapping
        The contents of a ``run.json``.

    Returns
    -------
    str
        Such as ``"numpy: 2 OpenBLAS threads; torch-cpu: 2 Torch threads; 2 of 2 processors"``; empty where
        they were not observed.
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
    """
    Return what makes figures of several threads other than they seem.

    Parameters
    ----------
    facts : mapping
        The contents of a ``run.json``.

    Returns
    -------
    list of str
        A sentence each: backends with fewer threads than the machine has cores, backends of different
        numbers of threads, fewer processors' time than threads.
    """
    counts = {backend: max(threads.values()) for backend, threads in _pools(facts).items() if threads}
    if not counts:
        return []
    machine = facts["machine"]
    cores, told = machine.get("cores") or machine.get("threads") or 1, []
    few = [f"{backend} ran on {_count(count)}" for backend, count in counts.items() if count < cores]
    if few:
        told.append(
            f"{_cause(facts)}, {' and '.join(few)}: not what the {cores} cores of this machine can do"
        )
    told += [
        f"{one} ran on {_count(counts[one])} and {other} on {_count(counts[other])}: a speedup between them "
        f"compares numbers of threads as well; set them alike, or compare {one}-1t with {other}-1t"
        for one, other in combinations(counts, 2)
        # From the number of cores on, libraries differ in whether they use two threads per core.
        if counts[one] != counts[other] and min(counts[one], counts[other]) < cores
    ]
    quota, most = machine.get("cpu_quota"), max(counts.values())
    if quota is not None and quota < most:
        told.append(
            f"a quota grants the time of {quota:g} processors to {_count(most)}, halted whenever it is used "
            "up; take the limit off the container or the service"
        )
    return told


def _pools(facts: Facts) -> dict[str, Mapping[str, int]]:
    """Return the pools of the measured backends that use all the threads they can get."""
    observed = facts["libraries"].get("threads", {})
    measured = {BASELINE, *facts["settings"].get("backends", observed)}
    return {
        backend: threads
        for backend, threads in observed.items()
        if backend in measured and (backend not in BACKENDS or BACKENDS[backend].threads is None)
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
