"""What became of each host of the last fleet, kept with the results, so that a second start goes on."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from harness.errors import CorruptStoreError
from harness.fleet.steps import Progress
from harness.store.files import write_whole

NAME = "fleet.json"


class State(StrEnum):
    """What has become of a host."""

    WAITING = "waiting"
    MEASURING = "measuring"
    MEASURED = "measured"
    HAS_IT = "has it already"
    REFUSED = "refused"
    FAILED = "failed"
    LOST = "lost"
    STOPPED = "stopped"


DONE = (State.MEASURED, State.HAS_IT)
"""Those of a host whose run is in the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a host."""

    host: str
    state: State
    run: str = ""
    reason: str = ""
    progress: Progress | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What was asked of a fleet, and what became of each host."""

    words: Sequence[str]
    begun: str  # UTC, as ISO 8601 has it
    outcomes: Mapping[str, Outcome]

    def done(self, words: Sequence[str]) -> Mapping[str, Outcome]:
        """Return the hosts that have measured this already; none where all have, or it was something else."""
        done = {name: one for name, one in self.outcomes.items() if one.state in DONE}
        return done if list(words) == list(self.words) and len(done) < len(self.outcomes) else {}


def write_record(results: Path, record: Record) -> None:
    """Write what is known of a fleet in place of what was known before."""
    text = json.dumps(asdict(record), indent=1, ensure_ascii=False) + "\n"
    write_whole(results / NAME, text.encode())


def read_record(results: Path) -> Record | None:
    """Return what is known of the last fleet; None where there was none."""
    path = results / NAME
    if not path.exists():
        return None
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        outcomes = {name: Outcome(**{**one, **_typed(one)}) for name, one in told["outcomes"].items()}
        return Record(words=told["words"], begun=told["begun"], outcomes=outcomes)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorruptStoreError(
            f"{path} cannot be read as what became of a fleet ({type(error).__name__}: {error}); remove it "
            "to measure every host again"
        ) from error


def _typed(told: Mapping[str, Any]) -> dict[str, object]:
    """Return those values of an outcome that are more than text."""
    far = told.get("progress")
    return {"state": State(told["state"]), "progress": Progress(**far) if far else None}
