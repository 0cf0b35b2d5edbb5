"""What the machines are: a card per machine, its identity, and where the cards differ."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.answers.span_notes import cache_state, host_memory, span_options
from harness.store.runs import Run
from harness.units import significant, size

_GIB = 2**30
_NO_PROPERTY = {"name", "executable", "missing", "device_memory"}
"""Facts of a run that are no property of the machine's hard- and software."""
_KINDS = {"quick": "quick", "stopped": "stopped by hand"}
"""Facts of a run by which it rests on less than others, and their words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A machine's card, as it is shown."""

    machine: str
    run: str
    date: str  # when the run began, UTC
    identity: str  # first digits of the hash over `inputs`
    inputs: Mapping[str, str]  # what the identity is made of
    provenance: Mapping[str, str]  # where the figures come from: commit, settings, versions
    caches: Mapping[str, int]  # bytes of all caches of a level; empty for a run that does not tell
    kind: str  # "quick", "stopped by hand", both or nothing
    options: str  # of `harness run`, to measure a cell in the same way; each with a space before it


@dataclass(frozen=True, slots=True, kw_only=True)
class CardLine:
    """One line of the cards side by side: a name, a text per group, and whether they differ."""

    name: str
    texts: tuple[str, ...]
    differs: bool


def card_of(run: Run) -> Card:
    """Return the card of the machine that made a run."""
    facts = run.facts
    inputs = dict(_flat({"": facts["machine"], "library": facts["libraries"]}))
    text = json.dumps(inputs, sort_keys=True, ensure_ascii=False)
    rounds = facts["settings"].get("rounds")
    often = ["--quick"] if facts["quick"] else [f"--rounds {rounds}"] if isinstance(rounds, int) else []
    kind = ", ".join(word for fact, word in _KINDS.items() if facts.get(fact))
    return Card(
        machine=run.machine,
        run=run.id,
        date=str(facts["begin"]),
        identity=hashlib.sha256(text.encode()).hexdigest()[:12],
        inputs=inputs,
        provenance=_provenance(facts, kind),
        caches={
            str(level): size
            for level, size in (facts["machine"].get("caches") or {}).items()
            if isinstance(size, int) and size > 0
        },
        kind=kind,
        options="".join(f" {word}" for word in (*often, *span_options(facts))),
    )


def group_equal(cards: Sequence[Card]) -> list[list[Card]]:
    """Return the machines whose cards are equal together, in the order of their first member."""
    groups: dict[str, list[Card]] = {}
    for card in cards:
        groups.setdefault(card.identity, []).append(card)
    return list(groups.values())


def side_by_side(cards: Sequence[Card]) -> list[CardLine]:
    """Return a line per input that any of the cards has; those that differ first."""
    names = dict.fromkeys(name for card in cards for name in card.inputs)
    lines = []
    for name in names:
        texts = tuple(card.inputs.get(name, "not recorded") for card in cards)
        lines.append(CardLine(name=name, texts=texts, differs=len(set(texts)) > 1))
    return sorted(lines, key=lambda line: not line.differs)


def _provenance(facts: Mapping[str, Any], kind: str) -> dict[str, str]:
    """Return what says where the figures of a run come from, by the heads of a table."""
    commit = str(facts.get("commit") or "unknown")[:12] + (", changed since" if facts.get("dirty") else "")
    rounds = facts["settings"].get("rounds", "unknown")
    return {
        "begun (UTC)": str(facts["begin"])[:16].replace("T", " "),
        "commit": commit,
        "harness": str(facts.get("harness", "unknown")),
        "rounds": ("as many as fitted" if rounds is None else str(rounds)) + (kind and f" ({kind})"),
        "L2 cache before device": cache_state(facts),
        "round trips through": f"{host_memory(facts)} memory",
    }


def _flat(facts: Any, prefix: str = "") -> list[tuple[str, str]]:  # noqa: ANN401 - JSON of any version
    """Return nested facts as names and texts; what a newer version adds is shown like the rest."""
    if isinstance(facts, Mapping):
        pairs = [(str(key), value) for key, value in facts.items() if key not in _NO_PROPERTY]
    elif isinstance(facts, list):
        pairs = [
            (str(value.get("library", place)) if isinstance(value, dict) else str(place), value)
            for place, value in enumerate(facts, start=1)
        ]
    else:
        return [(prefix, _text(prefix, facts))]
    if not pairs:
        return [(prefix, "none")]
    return [inner for key, value in pairs for inner in _flat(value, f"{prefix} {key}".strip())]


def _text(name: str, value: Any) -> str:  # noqa: ANN401 - as above
    """Return one fact as it is read."""
    group, _, last = name.rpartition(" ")
    if last in {"ram", "memory"} and isinstance(value, int | float):
        return f"{significant(value / _GIB)} GiB"
    if group == "caches" and isinstance(value, int):
        return f"{size(value)}B"
    return "unknown" if value is None else str(value)
