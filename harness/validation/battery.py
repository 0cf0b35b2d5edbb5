"""The whole battery, part by part, and what of it is stored."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from harness.backends.table import BACKENDS
from harness.errors import CorruptStoreError
from harness.machine.card import card
from harness.model import Op
from harness.runs.settings import Settings, checked
from harness.validation import aa, record
from harness.validation.check import Check
from harness.validation.deadline import deadline
from harness.validation.interleaving import interleaved_and_alone
from harness.validation.millisecond import millisecond
from harness.validation.peers import peers
from harness.validation.planted_slowdown import planted
from harness.validation.simulation import simulation
from harness.validation.trials import Say

REPLICATIONS, QUICK_REPLICATIONS = 2000, 60
"""Simulated measurements per stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
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
) -> Outcome:
    """
    Run every part of the battery and store what it found.

    Parameters
    ----------
    results : Path
        The results folder.
    machine : str
        Name of this machine.
    ops : mapping of str to Op
        The project's ops.
    say : callable
        Told what is being done.
    quick : bool
        Whether to take a sample of everything.
    patience : float, optional
        Seconds; see `harness.runs.settings.Settings`.

    Returns
    -------
    Outcome

    Raises
    ------
    MeasureError
        If a process or a lane fails, or the results cannot be written.
    UsageError
        If the machine's name cannot be a file's, or the patience is no time.
    """
    checked(Settings(patience=patience))
    record.place(results, machine)  # a name that cannot be a file's is told before anything is measured
    missing = {name: backend.missing() for name, backend in BACKENDS.items()}
    replications = QUICK_REPLICATIONS if quick else REPLICATIONS
    own: list[aa.SelfComparison] = []

    def simulated() -> list[Check]:
        say(f"simulation: {replications} measurements per stream, on a scripted clock")
        return simulation(replications)

    def against_itself() -> list[Check]:
        own.append(aa.self_comparison(ops, missing, say, quick=quick, patience=patience))
        return aa.checks(own[0])

    parts: tuple[Callable[[], list[Check]], ...] = (
        simulated,
        lambda: [*deadline(say), *millisecond()],
        against_itself,
        lambda: planted(ops, say, quick=quick, patience=patience),
        lambda: interleaved_and_alone(ops, say, quick=quick, patience=patience),
        lambda: peers(say, quick=quick),
    )
    checks: list[Check] = []
    for part in parts:
        began = time.perf_counter()
        found = part()
        taken = time.perf_counter() - began
        checks += [replace(check, seconds=taken) for check in found]
    return Outcome(checks=tuple(checks), stored=keep(results, machine, own[0], checks, quick=quick))


def keep(
    results: Path, machine: str, found: aa.SelfComparison, checks: Sequence[Check], *, quick: bool
) -> str:
    """
    Store what the battery found, unless it would replace a better one.

    Parameters
    ----------
    results : Path
        The results folder.
    machine : str
        Name of this machine.
    found : SelfComparison
        Holds the machine's own A/A error.
    checks : sequence of Check
        The whole battery.
    quick : bool
        Whether it was the quick battery.

    Returns
    -------
    str
        What was done.

    Raises
    ------
    MeasureError
        If the file cannot be written.
    """
    path = record.place(results, machine)
    if math.isnan(found.error):
        return (
            "nothing is stored: other work on this machine disturbed most pairs, so its own A/A error is "
            "unknown; validate again when it is quiet"
        )
    known = None
    with suppress(CorruptStoreError):  # it is about to be replaced
        known = record.known_error(results, machine)
    if quick and known is not None and not known.quick:
        return f"nothing is stored: {path} holds the whole battery of {known.when}"
    record.write(path, found, checks, card(machine), quick=quick)
    return f"stored in {path}: verdicts now use this machine's own A/A error of {found.error:.2%}"
