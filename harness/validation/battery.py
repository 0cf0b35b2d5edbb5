"""The whole battery, part by part, and what of it is stored."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from harness.errors import CorruptStoreError, UsageError
from harness.machine.card import card
from harness.model import Op
from harness.runs.settings import Settings, checked
from harness.validation import aa, record
from harness.validation.check import Check
from harness.validation.deadline import deadline
from harness.validation.interleaving import interleaved_and_alone
from harness.validation.planted_slowdown import planted
from harness.validation.trials import Say, Sitting

OPS = ("abs", "sin", "mean", "mm")
"""What a project has to declare to be validated in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryResult:
    """The checks in their order, and a sentence on what became of the machine's own A/A error."""

    checks: tuple[Check, ...]
    stored: str


def battery(
    results: Path,
    machine: str,
    ops: Mapping[str, Op],
    say: Say,
    *,
    quick: bool = False,
    patience: float | None = None,
) -> BatteryResult:
    """Run every part of the battery with a project's ops and store what it found; quick takes a sample."""
    checked(Settings(patience=patience))
    if missing := [name for name in OPS if name not in ops]:
        raise UsageError(
            f"the battery measures {', '.join(OPS)}, and this project has no {', '.join(missing)}; "
            "validate in one that declares them"
        )
    record.place(results, machine)  # a name that cannot be a file's is told before anything is measured
    sitting = Sitting(ops=ops, say=say, quick=quick, patience=patience)
    comparisons: list[aa.SelfComparison] = []

    def against_itself() -> list[Check]:
        comparisons.append(aa.self_comparison(sitting))
        return aa.checks(comparisons[0])

    parts: tuple[Callable[[], list[Check]], ...] = (
        lambda: deadline(say),
        against_itself,
        lambda: planted(sitting),
        lambda: interleaved_and_alone(sitting),
    )
    checks: list[Check] = []
    for part in parts:
        began = time.perf_counter()
        checks_of_part = part()
        taken = time.perf_counter() - began
        checks += [replace(check, seconds=taken) for check in checks_of_part]
    stored = keep(results, machine, comparisons[0], checks, quick=quick)
    return BatteryResult(checks=tuple(checks), stored=stored)


def keep(
    results: Path,
    machine: str,
    comparison: aa.SelfComparison,
    checks: Sequence[Check],
    *,
    quick: bool,
) -> str:
    """Store what the battery found, unless it would replace a better one; return what was done."""
    path = record.place(results, machine)
    error = comparison.error
    if math.isnan(error):
        return (
            "nothing is stored: other work on this machine disturbed most pairs, so its own A/A error is "
            "unknown; validate again when it is quiet"
        )
    stored = None
    with suppress(CorruptStoreError):  # it is about to be replaced
        stored = record.known_error(results, machine)
    if quick and stored is not None and not stored.quick:
        return f"nothing is stored: {path} holds the whole battery of {stored.when}"
    record.write(path, comparison, checks, card(machine), quick=quick)
    return f"stored in {path}: verdicts now use this machine's own A/A error of {error:.2%}"
