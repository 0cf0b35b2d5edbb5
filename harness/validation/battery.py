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
from harness.validation import record
from harness.validation.check import Check
from harness.validation.parts import (
    aa,
    bursts,
    deadline,
    fresh_processes,
    interleaving,
    planted_slowdown,
    position,
    replay,
)
from harness.validation.trials import HANG_LIMIT, Say, Sitting
from harness.workers.parents import Parents

OPS = ("abs", "sin", "mean", "mm")
"""What a project has to declare to be validated in."""
QUICK_SECONDS = 45.0
"""Seconds after which a quick battery begins no further part: the last may take another ten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryResult:
    """The checks in their order, and a sentence on what became of the machine's own A/A error."""

    checks: tuple[Check, ...]
    stored: str


def battery(
    results: Path, machine: str, ops: Mapping[str, Op], say: Say, *, quick: bool = False
) -> BatteryResult:
    """Run every part of the battery with a project's ops and store what it found; quick takes a sample."""
    until = time.perf_counter() + QUICK_SECONDS if quick else math.inf
    if missing := [name for name in OPS if name not in ops]:
        raise UsageError(
            f"the battery measures {', '.join(OPS)}, and this project has no {', '.join(missing)}; "
            "validate in one that declares them"
        )
    record.place(results, machine)  # a name that cannot be a file's is told before anything is measured
    with Parents(HANG_LIMIT) as parents:
        sitting = Sitting(ops=ops, say=say, parents=parents, quick=quick)
        parents.start(sitting.looks[-1])
        began = time.perf_counter()
        trials = aa.measure_twins(sitting)
        pairs = aa.twins(trials)
        comparison = aa.summary(pairs, looks=len(sitting.looks))
        checks = _with_seconds(aa.checks(comparison, sitting.chance), began)
        parts: dict[str, Callable[[], list[Check]]] = {
            replay.PART: lambda: replay.replayed(pairs, sitting),
            deadline.PART: lambda: deadline.deadline(say),
            position.PART: lambda: position.biased(sitting),
            planted_slowdown.PART: lambda: planted_slowdown.planted(sitting),
            bursts.PART: lambda: bursts.beside_bursts(sitting, trials),
            interleaving.PART: lambda: interleaving.interleaved_and_alone(sitting),
            fresh_processes.PART: lambda: fresh_processes.forks_and_fresh(sitting),
        }
        checks += [check for name, part in parts.items() for check in _checks(name, part, until)]
    stored = keep(results, machine, comparison, checks, quick=quick)
    return BatteryResult(checks=tuple(checks), stored=stored)


def _checks(name: str, part: Callable[[], list[Check]], until: float) -> list[Check]:
    """Return the checks of a part with the seconds that it took, unless it is too late to begin it."""
    began = time.perf_counter()
    if began > until:
        late = "this host is so busy that the time was over before it began"
        return [Check(part=name, name="not measured", measured=math.nan, unit="share", doubt=late)]
    return _with_seconds(part(), began)


def _with_seconds(checks: Sequence[Check], began: float) -> list[Check]:
    """Return checks that took the time since then."""
    taken = time.perf_counter() - began
    return [replace(check, seconds=taken) for check in checks]


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
    if quick and error == 0:
        return (
            f"nothing is stored: {comparison.pairs} pairs differ by nothing beyond their intervals, and so "
            "few cannot tell what a machine's own A/A error is; the whole battery can"
        )
    stored = None
    with suppress(CorruptStoreError):  # it is about to be replaced
        stored = record.known_error(results, machine)
    if quick and stored is not None and not stored.quick:
        return f"nothing is stored: {path} holds the whole battery of {stored.when}"
    record.write(path, comparison, checks, card(machine), quick=quick)
    return f"stored in {path}: verdicts now use this machine's own A/A error of {error:.2%}"
