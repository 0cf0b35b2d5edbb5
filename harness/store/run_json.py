"""What is known of a run, as the text of its ``run.json``, and what makes a text none."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from harness.errors import CorruptStoreError
from harness.names import is_line, is_plain, printable
from harness.store.files import corrupt, read_whole

SCHEMA_VERSION = 1
_KINDS = {"machine": dict, "libraries": dict, "settings": dict, "begin": str, "quick": bool}


def text_of(facts: Mapping[str, Any]) -> bytes:
    """
    Return facts as text, with the schema version and their digest.

    Parameters
    ----------
    facts : mapping
        What is known of a run; see docs/store.md.

    Returns
    -------
    bytes
        JSON in UTF-8.
    """
    own = {"schema": SCHEMA_VERSION, **facts}
    return json.dumps(own | {"digest": digest(own)}, indent=1, ensure_ascii=False).encode()


def read_facts(path: Path) -> dict[str, Any]:
    """
    Read facts.

    Parameters
    ----------
    path : Path
        Of a ``run.json``.

    Returns
    -------
    dict
        Without the digest.

    Raises
    ------
    CorruptStoreError
        If it is no JSON, of another schema, changed since it was written, or does not describe a run.
    """
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
    """
    Return what tells whether facts are as they were written.

    Parameters
    ----------
    facts : mapping
        Everything in ``run.json`` but the digest itself.

    Returns
    -------
    str
        SHA-256 of the facts as JSON with sorted keys and no spaces, in UTF-8.
    """
    text = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def check_version(path: Path, version: object) -> None:
    """
    Refuse a file of another schema.

    Parameters
    ----------
    path : Path
        The file.
    version : object
        What it says of its schema.

    Raises
    ------
    CorruptStoreError
        If this version of the harness does not read it.
    """
    if str(version) != str(SCHEMA_VERSION):
        raise CorruptStoreError(
            f"{path} has schema {str(version)[:20]!r}, this version of harness reads {SCHEMA_VERSION}; "
            "read it with the version that wrote it, or move it out of the store"
        )


def _check(facts: Mapping[str, Any]) -> None:
    """Refuse facts that no run can have."""
    for key, kind in _KINDS.items():
        if not isinstance(facts.get(key), kind):
            raise TypeError(f"{key!r} is missing or no {kind.__name__}")
    # To compare them fails where only one of them says how it stands to UTC.
    min(map(datetime.fromisoformat, (facts["begin"], facts.get("end") or facts["begin"])))
    if not is_plain(facts["machine"]["name"]):
        raise ValueError(f"no machine can be called {facts['machine']['name']!r:.40}")
    for gpu in facts["machine"].get("gpus", ()):
        if not is_line(gpu["name"]):
            raise ValueError(f"no GPU can be called {gpu['name']!r:.40}")
