"""Scripted trials of the validation: their rounds are given, nothing is measured."""

from collections.abc import Sequence
from dataclasses import replace

from harness.asv.catalogue import declared_ops
from harness.model import Span
from harness.timing.rules import Rules
from harness.validation.check import Check
from harness.validation.trials import Pair, Trial
from harness.workers.task import Lane
from tests.support.projects import PROJECT
from tests.support.runs import scripted_round

OPS = declared_ops(PROJECT)
SHORT = Rules(turn=2e-4, window=2e-4, warm_least=4e-4, warm_most=1e-3, passes=2, budget=4e-3)


def trial(
    medians: Sequence[float], *, noisy: bool = False, backend: str = "numpy", n: int = 16, op: str = "abs"
) -> Trial:
    """Return what rounds of these medians found out about a lane."""
    rounds = [replace(scripted_round(value), disturbed=(noisy,) * 3) for value in medians]
    lane = Lane(backend=backend, spans=(Span.CALL,), statement="np.abs(x)")
    return Trial(op=OPS[op], lane=lane, n=n, rounds=tuple(rounds))


def pair(base: Sequence[float], other: Sequence[float], *, backend: str = "numpy", n: int = 16) -> Pair:
    """Return two trials of the same cell."""
    return Pair(trial(base, backend=backend, n=n), trial(other, backend=backend, n=n))


def quiet(_line: str) -> None:
    """Say nothing."""


def named(checks: Sequence[Check], words: str) -> Check:
    """Return the one check whose name has these words."""
    (found,) = [check for check in checks if words in check.name]
    return found
