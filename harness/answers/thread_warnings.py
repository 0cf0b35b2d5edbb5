"""How many threads the figures of a run rest on, and what makes that an unfair comparison."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from harness.backends.table import BASELINE, listed, without_rival

_SEVERAL = 2
"""Processors from which on several threads are of use."""
_BINDING = ("GOMP_CPU_AFFINITY", "KMP_AFFINITY", "OMP_PROC_BIND", "OMP_PLACES", "OMP_THREAD_LIMIT")
"""Variables by which the threads of OpenMP are bound to processors or limited, as some containers do."""
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
    """Return in a sentence each what makes figures of several threads other than they seem, worst first."""
    counts = {backend: max(threads.values()) for backend, threads in _pools(facts).items() if threads}
    if not counts:
        return []
    parts = (_above_quota, _above_affinity, _too_few, _unlike)
    return [*(line for part in parts for line in part(facts, counts)), *_bound(facts)]


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
    # Tried: sin of a million elements in Torch under a quota of 0.2 processors took 1.1 ms on one thread and
    # 0.6 ms on two by the median, but 5.7 and 20 ms by the mean, since two that wait for one another spin.
    if quota < _SEVERAL:
        instead = f"one thread wins: {', '.join(_on_one_thread(facts)) or 'OMP_NUM_THREADS=1'}"
    else:
        instead = f"as many threads as it has processors win: OMP_NUM_THREADS={int(quota)}"
    line = (
        f"a quota grants the time of {_processors(quota)} to {_count(most)}, halted whenever it is used up, "
        f"and these figures are those of calls in between; in work that goes on {instead}; or take the limit "
        "off the container or the service"
    )
    return [line]


def _above_affinity(facts: Facts, counts: Mapping[str, int]) -> list[str]:
    """Return which backends had more threads than processors."""
    may = facts["machine"].get("affinity")
    many = [f"{backend} ran on {_count(count)}" for backend, count in counts.items() if may and count > may]
    if not many:
        return []
    line = (
        f"{' and '.join(many)} but may use {_processors(may)}: threads that wait for one another make a call "
        f"up to hundreds of times longer; set OMP_NUM_THREADS={may}"
    )
    return [line]


def _bound(facts: Facts) -> list[str]:
    """Return whether variables bind or limit the threads of OpenMP, which no number of threads tells."""
    variables = facts["libraries"].get("environment", {})
    bound = [f"{name}={variables[name]}" for name in _BINDING if variables.get(name, "false") != "false"]
    if not bound:
        return []
    line = (
        f"with {' and '.join(bound)} the threads of OpenMP, which Torch uses, may be fewer than it says, or "
        "share a processor; unset that for a comparison"
    )
    return [line]


def _on_one_thread(facts: Facts) -> list[str]:
    """Return the measured backends that use one thread whatever there is."""
    labels = facts["settings"].get("backends", ())
    found = {name: listed(name) for name in map(without_rival, labels)}
    return [name for name, backend in found.items() if backend is not None and backend.threads == 1]


def _processors(number: float) -> str:
    """Return a number of processors in words."""
    return f"{number:g} processor{'' if number == 1 else 's'}"


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
