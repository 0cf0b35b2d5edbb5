"""What was measured where an op is somebody's function: its text, its inputs, and how it was checked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.model import EVERY, UNCHECKED
from harness.names import printable
from harness.store.latest import Part

_LONGEST = 20_000
"""Characters of a text that a page shows."""
_EVERY = "every library"
_UNCHECKED = ("", "off")
_DIGITS = 12  # of a hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """One text of a function, and what tells it from others."""

    key: str  # a library, or the name of a rival
    hash: str  # the first digits
    text: str  # its source, or where that is


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """What is told of an op that is somebody's function."""

    op: str
    spellings: tuple[Spelling, ...]
    inputs: str
    check: str
    fresh: str


def functions_of(parts: Iterable[Part]) -> list[Function]:
    """Return what runs tell of their functions, of the ops for which they answer."""
    return [
        _function(op, part.run.functions[op]) for part in parts for op in part.ops if op in part.run.functions
    ]


def _function(op: str, told: Mapping[str, Any]) -> Function:
    """Return what is told of a function as it is shown."""
    names = {EVERY: "every library"}
    return Function(
        op=op,
        spellings=tuple(
            Spelling(key=names.get(key, key), hash=told["hashes"][key][:_DIGITS], text=_shown(text))
            for key, text in told["sources"].items()
        ),
        inputs=_shown(told["inputs"]) or "not told",
        check="not checked" if told["check"] == UNCHECKED else _shown(told["check"]) or "not told",
        fresh="copied before every call" if told["fresh"] else "the same for every call",
    )


def _shown(text: str) -> str:
    """Return a text that can be shown, cut where nobody reads on."""
    plain = printable(text.expandtabs(4).strip("\n"))
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}…"
