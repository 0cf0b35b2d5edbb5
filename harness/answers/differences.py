"""In what two runs differ apart from their times: machine, libraries, settings."""

import json
import math
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from harness.backends.table import BASELINE

_COMPARED = ("functions", "machine", "libraries", "settings", "harness", "commit", "dirty", "quick")
_DIGITS = 12
"""Of a hash, those that are shown."""
_VARIES = (
    # Names of one of several that are alike: a container's, a card's in a cloud.
    *("machine.name", "machine.gpus.*.uuid", "machine.gpus.*.pci", "libraries.devices.*"),
    # Of the moment: a link that is idle is a slow one.
    *("machine.gpus.*.link.generation", "libraries.device_memory*"),
    # Told by another fact, or without a bearing on times.
    *("libraries.pools.torch.version", "libraries.executable", "settings.quick", "settings.hang_limit"),
)
"""Facts that tell nothing about the times, or nothing that another fact does not tell; ``*`` is any text."""
_UNTOLD = {"", "null"}
"""Texts of a fact that is not known, or that an older run lacks."""
_NEAR = {"machine.ram": 0.02, "settings.seconds": 0.1}
"""Shares by which facts may differ and be the same: each start leaves the system other memory, and a run of
60 s has what its start left of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A fact in which two runs differ; a run that lacks it has an empty text."""

    name: str
    a: str
    b: str


def differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Difference]:
    """
    Return in which facts two runs differ: functions and machines first, then libraries and settings.

    The facts are those of docs/store.md; the names of nested ones are joined by dots. Of functions those are
    compared that both runs have: one of another hash is another function.
    """
    flat_a, flat_b = (
        {name: text for key, value in _compared(facts, other) for name, text in _flat(key, value)}
        for facts, other in ((a, b), (b, a))
    )
    names = [name for name in dict.fromkeys([*flat_a, *flat_b]) if not _varies(name)]
    names.sort(key=lambda name: _COMPARED.index(name.partition(".")[0]))
    texts = ((name, flat_a.get(name, ""), flat_b.get(name, "")) for name in names)
    return [
        Difference(name=name, a=text_a, b=text_b)
        for name, text_a, text_b in texts
        if _differ(name, text_a, text_b)
    ]


def alike(
    facts: Mapping[str, Mapping[str, Any]], kinds: Collection[str] = ("machine", "libraries")
) -> list[list[str]]:
    """Return the names of runs together that differ in no fact of these kinds, in the order of the first."""
    groups: dict[Any, list[list[str]]] = {}
    told = {name: _told(of_run, kinds) for name, of_run in facts.items()}
    for name, mine in told.items():
        same = groups.setdefault(frozenset(item for item in mine.items() if item[0] not in _NEAR), [])
        firsts = ((group, told[group[0]]) for group in same)
        near = (
            group
            for group, first in firsts
            if not any(_differ(fact, first.get(fact, ""), mine.get(fact, "")) for fact in _NEAR)
        )
        found = next(near, None)
        if found is None:
            same.append([name])
        else:
            found.append(name)
    order = {name: at for at, name in enumerate(facts)}
    return sorted((group for same in groups.values() for group in same), key=lambda group: order[group[0]])


def _told(facts: Mapping[str, Any], kinds: Collection[str]) -> dict[str, str]:
    """Return the facts of some kinds as names and texts, without what tells nothing."""
    flat = (item for key, fact in _compared(facts, {}) if key in kinds for item in _flat(key, fact))
    return {name: text for name, text in flat if text not in _UNTOLD and not _varies(name)}


def _varies(name: str) -> bool:
    """Return whether a fact is one of those that are not told."""
    return any(fnmatchcase(name, pattern) for pattern in _VARIES)


def _differ(name: str, a: str, b: str) -> bool:
    """Return whether the texts of a fact say something else."""
    if name in _NEAR and a != b:
        with suppress(ValueError):  # one is not known
            return not math.isclose(float(a), float(b), rel_tol=_NEAR[name])
    return a != b and not {a, b} <= _UNTOLD  # an older run lacks what is not known here


def _compared(facts: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the facts of a run that are held against those of another."""
    yield "functions", _functions(facts, other)
    for key in _COMPARED[1:]:
        # A run of before others could be asked for was held against NumPy.
        before = {"baseline": BASELINE} if key == "settings" and key in facts else {}
        fact = {**before, **facts[key]} if before else facts.get(key)
        if key == "libraries" and fact:  # why a backend is missing names a version that is told anyway
            fact = {**fact, "missing": dict.fromkeys(fact.get("missing", ()), "missing")}
        yield key, fact


def _functions(facts: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what tells the functions of a run from those of the same names in another."""
    mine, others = (one.get("functions") or {} for one in (facts, other))
    return {
        op: {
            **{key: f"code {digest[:_DIGITS]}" for key, digest in told["hashes"].items()},
            **{key: told[key] for key in ("inputs", "check", "fresh")},
        }
        for op, told in mine.items()
        if op in others
    }


def _flat(name: str, value: object) -> Iterator[tuple[str, str]]:
    """Yield the names and texts of all facts in a fact."""
    if isinstance(value, list) and all(isinstance(inner, Mapping) for inner in value):
        # Thread pools come in the order in which they were loaded, which says nothing.
        value = {inner.get("library", str(index)): inner for index, inner in enumerate(value)}
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(f"{name}.{key}", inner)
    else:
        yield name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
