"""All readings of one sitting of `scripts/frontier.py`, in a file."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.frontier_score import Cell, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """What was measured, on what, and what the tools said."""

    facts: Mapping[str, Any]
    """Such as ``begin``, ``ops`` and ``sizes``; texts, numbers and lists of them."""
    before: Reading
    """The reference before all others, and the one after them."""
    after: Reading
    readings: tuple[Reading, ...]


def write(sitting: Sitting, path: Path) -> None:
    """Write a sitting as JSON, in which what is not a number is null."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "facts": dict(sitting.facts),
        "before": _to_json(sitting.before),
        "after": _to_json(sitting.after),
        "readings": [_to_json(reading) for reading in sitting.readings],
    }
    path.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def read(path: Path) -> Sitting:
    """Return a sitting that was written before."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return Sitting(
        facts=content["facts"],
        before=_from_json(content["before"]),
        after=_from_json(content["after"]),
        readings=tuple(map(_from_json, content["readings"])),
    )


def _to_json(reading: Reading) -> dict[str, Any]:
    """Return a reading with a row per cell."""
    rows = [
        {
            **cell._asdict(),
            "speedup": _or_null(value),
            "half_width": _or_null(reading.half_widths.get(cell, math.nan)),
            "unsure": cell in reading.unsure,
        }
        for cell, value in reading.speedups.items()
    ]
    disturbed = _or_null(reading.disturbed)
    return {"tool": reading.tool, "seconds": reading.seconds, "disturbed": disturbed, "cells": rows}


def _from_json(content: Mapping[str, Any]) -> Reading:
    """Return a reading of rows."""
    rows = {Cell(row["op"], row["backend"], row["n"]): row for row in content["cells"]}
    return Reading(
        tool=content["tool"],
        seconds=content["seconds"],
        speedups={cell: _or_nan(row["speedup"]) for cell, row in rows.items()},
        unsure=frozenset(cell for cell, row in rows.items() if row["unsure"]),
        half_widths={cell: row["half_width"] for cell, row in rows.items() if row["half_width"] is not None},
        disturbed=_or_nan(content["disturbed"]),
    )


def _or_null(value: float) -> float | None:
    """Return a finite number, or what JSON has for none."""
    return value if math.isfinite(value) else None


def _or_nan(value: float | None) -> float:
    """Return a number, NaN for none."""
    return math.nan if value is None else value
