"""What `harness validate` found on a machine: ``results/validation/<machine>.json``, written whole."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import __version__
from harness.errors import CorruptStoreError
from harness.runs.job import check_machine_name
from harness.store.files import write_whole

if TYPE_CHECKING:
    from harness.validation.check import Check
    from harness.validation.parts.aa import SelfComparison

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownError:
    """A machine's own A/A error as it is stored."""

    error: float
    """Smallest band under which at most 1 % of the comparisons of a backend with itself get a verdict."""
    when: str
    """When it was measured, UTC."""
    quick: bool
    """Whether by ``harness validate --quick``."""


def place(results: Path, machine: str) -> Path:
    """Return where a machine's validation is stored."""
    check_machine_name(machine)
    return results / "validation" / f"{machine}.json"


def write(
    path: Path, aa: "SelfComparison", checks: "Sequence[Check]", machine: Mapping[str, Any], *, quick: bool
) -> None:
    """Store the whole battery and the machine's own A/A error, which must be known, beside its card."""
    facts = {
        "schema": SCHEMA_VERSION,
        "harness": __version__,
        "machine": dict(machine),
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "quick": quick,
        "aa_error": aa.error,
        "aa": {key: _plain(value) for key, value in asdict(aa).items()},
        "checks": [row(check) for check in checks],
    }
    write_whole(path, json.dumps(facts, indent=1, ensure_ascii=False, allow_nan=False).encode())


def known_error(results: Path, machine: str) -> KnownError | None:
    """Return a machine's own A/A error; None where `harness validate` has not measured it."""
    path = place(results, machine)
    try:
        facts = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise _corrupt(path, f"it is no JSON ({error})") from error
    if not isinstance(facts, dict):
        raise _corrupt(path, "it holds no JSON object")
    if facts.get("schema") != SCHEMA_VERSION:
        raise _corrupt(path, f"it has schema {facts.get('schema')!r}, this version reads {SCHEMA_VERSION}")
    aa_error, when, quick = facts.get("aa_error"), facts.get("when"), facts.get("quick")
    if isinstance(aa_error, bool) or not isinstance(aa_error, int | float) or not 0 <= aa_error < math.inf:
        raise _corrupt(path, f"'aa_error' is {aa_error!r}, no error of a speedup")
    if not isinstance(when, str) or not isinstance(quick, bool):
        raise _corrupt(path, "'when' or 'quick' is missing or of the wrong kind")
    return KnownError(error=float(aa_error), when=when, quick=quick)


def row(check: "Check") -> dict[str, Any]:
    """Return a check as a flat object for another program; what is unknown or has no limit is None."""
    fields = {key: _plain(value) for key, value in asdict(check).items()}
    return fields | {"passed": check.passed, "outcome": check.outcome}


def _plain(value: Any) -> Any:  # noqa: ANN401 - a value of JSON
    """Return a value as JSON can hold it: no NaN and no infinity."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _corrupt(path: Path, fault: str) -> CorruptStoreError:
    """Return the error for a file that cannot be read."""
    return CorruptStoreError(f"{path} cannot be read: {fault}; measure it again with `harness validate`")
