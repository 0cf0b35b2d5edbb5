"""In what two runs differ apart from their times: machine, libraries, settings."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.backends.table import BASELINE

_COMPARED = ("functions", "machine", "libraries", "settings", "harness", "commit", "dirty", "quick")
_DIGITS = 12
"""Of a hash, those that are shown."""
_VARIES = ("libraries.device_memory", "libraries.executable", "settings.quick")
"""Facts that tell nothing about the times, or nothing that another fact does not tell."""


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
    names = [name for name in dict.fromkeys([*flat_a, *flat_b]) if not name.startswith(_VARIES)]
    names.sort(key=lambda name: _COMPARED.index(name.partition(".")[0]))
    texts = ((name, flat_a.get(name, ""), flat_b.get(name, "")) for name in names)
    return [Difference(name=name, a=text_a, b=text_b) for name, text_a, text_b in texts if text_a != text_b]


def _compared(facts: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the facts of a run that are held against those of another."""
    yield "functions", _functions(facts, other)
    for key in _COMPARED[1:]:
        # A run of before others could be asked for was held against NumPy.
        before = {"baseline": BASELINE} if key == "settings" and key in facts else {}
        yield key, {**before, **facts[key]} if before else facts.get(key)


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
