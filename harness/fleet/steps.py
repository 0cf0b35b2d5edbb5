"""How far a host is: its harness keeps that in a file, which the worker that started it reads."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.runs.progress import Standing, Step, Tell

VARIABLE = "HARNESS_STEPS"
"""Says which file a run keeps its steps in, instead of showing them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What there is so far of a host's run."""

    doing: str
    op: str = ""
    """The one that was answered last."""
    answer: str = ""
    decided: int = 0
    cells: int = 0
    """Of the ops that were measured so far."""
    noisy: int = 0


def written(path: Path) -> Tell:
    """Return what keeps the latest of a run's steps in a file, which is whole whenever it is read."""
    ops: dict[str, tuple[tuple[Standing, ...], int]] = {}
    last = Progress(doing="")

    def tell(step: Step) -> None:
        nonlocal last
        ops.update({line.op: (step.standings, step.noisy) for line in step.standings})
        best = step.standings[0] if step.standings else None
        lines = [line for of_op, _ in ops.values() for line in of_op]
        last = Progress(
            doing=f"{step.used}: {step.doing}",
            op=best.op if best else last.op,
            answer=f"{best.backend} {best.sentence}" if best else last.answer,
            decided=sum(line.decided for line in lines),
            cells=sum(line.cells for line in lines),
            noisy=sum(noisy for _, noisy in ops.values()),
        )
        beside = path.with_suffix(".new")
        beside.write_text(json.dumps(asdict(last)), encoding="utf-8")
        beside.replace(path)

    return tell


def asked_of(environment: Mapping[str, str] = os.environ) -> Path | None:
    """Return the file in which steps are to be kept; None where a person looks on."""
    return Path(environment[VARIABLE]) if environment.get(VARIABLE) else None


def read_progress(path: Path) -> Progress | None:
    """Return how far a run is; None before its first step."""
    return Progress(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None
