"""What is known of a run, as the text of its ``run.json``, and what makes a text none."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from harness.errors import CorruptStoreError
from harness.model import EVERY
from harness.names import is_label, is_line, is_plain, printable
from harness.store.files import corrupt, read_whole

SCHEMA_VERSION = 3
"""Of what is written."""
READABLE = (1, 2, 3)
"""Versions that are read; each file tells its own, so that the files of a run may differ in it."""
_TYPES = {"machine": dict, "libraries": dict, "settings": dict, "begin": str, "quick": bool}
_OF_FUNCTION = {"sources": dict, "hashes": dict, "inputs": str, "check": str, "fresh": bool}
"""What is told of an op that is somebody's function, all of it."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


def text_of(facts: Mapping[str, Any]) -> bytes:
    """Return facts as JSON in UTF-8, with the schema version and their digest; see docs/store.md."""
    versioned = {"schema": SCHEMA_VERSION, **facts}
    return json.dumps(versioned | {"digest": digest(versioned)}, indent=1, ensure_ascii=False).encode()


def read_facts(path: Path) -> dict[str, Any]:
    """Read a ``run.json`` without its digest; refuse what was changed or describes no run."""
    content = read_whole(path)
    try:
        facts = json.loads(content)
    except (ValueError, RecursionError, MemoryError) as error:
        raise corrupt(path, f"it is no JSON ({error})") from error
    if not isinstance(facts, dict):
        raise corrupt(path, "it holds no JSON object")
    check_version(path, facts.get("schema"))
    try:
        if facts.pop("digest", None) != digest(facts):
            raise corrupt(path, "its digest is not that of its contents, so it was changed or damaged")
        _check(facts)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise corrupt(path, f"it does not describe a run ({printable(str(error))})") from error
    return facts


def digest(facts: Mapping[str, Any]) -> str:
    """Return the SHA-256 of facts without digest, as JSON with sorted keys and no spaces, in UTF-8."""
    text = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def check_version(path: Path, version: object) -> None:
    """Refuse a file of another schema than this version of the harness reads."""
    if str(version) not in map(str, READABLE):
        raise CorruptStoreError(
            f"{path} has schema {str(version)[:20]!r}, this version of harness reads "
            f"{READABLE[0]} to {READABLE[-1]}; "
            "read it with the version that wrote it, or move it out of the store"
        )


def _check(facts: Mapping[str, Any]) -> None:
    """Refuse facts that no run can have."""
    for key, kind in _TYPES.items():
        if not isinstance(facts.get(key), kind):
            raise TypeError(f"{key!r} is missing or no {kind.__name__}")
    looks, stopped = facts.get("looks", 1), facts.get("stopped", False)
    if type(looks) is not int or looks < 1:  # true is an int, too
        raise ValueError(f"nobody can plan {looks!r:.40} looks")
    if not isinstance(stopped, bool):
        raise TypeError(f"it was stopped or not, and not {stopped!r:.40}")
    # To compare them fails where only one of them says how it stands to UTC.
    end = facts["begin"] if facts.get("end") is None else facts["end"]
    min(map(datetime.fromisoformat, (facts["begin"], end)))
    if not is_plain(facts["machine"]["name"]):
        raise ValueError(f"no machine can be called {facts['machine']['name']!r:.40}")
    for gpu in facts["machine"].get("gpus", ()):
        if not is_line(gpu["name"]):
            raise ValueError(f"no GPU can be called {gpu['name']!r:.40}")
    _check_functions(facts)


def _check_functions(facts: Mapping[str, Any]) -> None:
    """Refuse a baseline and functions that no run can have."""
    baseline = facts["settings"].get("baseline", "numpy")
    if not is_label(baseline):
        raise ValueError(f"no baseline can be called {baseline!r:.40}")
    functions = facts.get("functions", {})
    if not isinstance(functions, dict):
        raise TypeError("'functions' is no dict")
    for op, told in functions.items():
        _check_function(op, told)


def _check_function(op: str, told: object) -> None:
    """Refuse what is told of an op that is no function."""
    if not is_plain(op):
        raise ValueError(f"no op can be called {op!r:.40}")
    if not isinstance(told, dict):
        raise TypeError(f"the function {op!r:.40} is no dict")
    for key, kind in _OF_FUNCTION.items():
        if not isinstance(told.get(key), kind):
            raise TypeError(f"{key!r} of the function {op!r:.40} is missing or no {kind.__name__}")
    sources, hashes = told["sources"], told["hashes"]
    if not sources or sources.keys() != hashes.keys():
        raise ValueError(f"the function {op!r:.40} needs a source and a hash for each of its spellings")
    for key, source in sources.items():
        if not (is_label(key) or key == EVERY) or not isinstance(source, str):
            raise ValueError(f"the function {op!r:.40} has no spelling {key!r:.40}")
        if not isinstance(hashes[key], str) or not _SHA256.fullmatch(hashes[key]):
            raise ValueError(f"the hash of {key!r:.40} of the function {op!r:.40} is no SHA-256")
