"""What was measured where an op is somebody's function, as it is stored: its texts and their hashes."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.model import UNCHECKED, Carried, Op

NORMAL = "standard normal vectors of n elements: {}"
"""What is told of operands that nobody makes, with their names."""


def provenance(op: Op) -> dict[str, Any]:
    """Return what run.json tells of a function; see docs/store.md."""
    function = op.function
    assert function is not None  # noqa: S101 - of no other op there is anything to tell
    spelled = {key: _carried(text, function.calls) for key, text in op.spelling.items()}
    checked = {True: "against float64", False: UNCHECKED}
    check = function.check
    return {
        "sources": {key: carried.source for key, carried in spelled.items()},
        "hashes": {key: _hash(carried) for key, carried in spelled.items()},
        "inputs": function.inputs.source
        if function.inputs
        else NORMAL.format(", ".join(function.parameters)),
        "check": check.source if isinstance(check, Carried) else checked[check],
        "fresh": function.fresh,
    }


def _carried(text: str, calls: Mapping[str, Carried]) -> Carried:
    """Return the function that a spelling calls, or its text as if it were one."""
    return calls.get(text.partition("(")[0]) or Carried(source=text)


def _hash(carried: Carried) -> str:
    """Return the SHA-256 of a function's code; of one that was only named, that of its file."""
    if carried.digest:
        return carried.digest
    file = _file(carried)
    return hashlib.sha256(file.read_bytes() if file else carried.source.encode()).hexdigest()


def _file(carried: Carried) -> Path | None:
    """Return the file of a user's own module."""
    if not carried.folder:
        return None
    path = Path(carried.folder, *carried.module.split("."))
    places = (Path(carried.module), path.with_suffix(".py"), path / "__init__.py")
    return next((place for place in places if place.is_file()), None)
