"""Whether a contender is slower than it may be: what a check in CI asks of a measurement."""

import math

import numpy as np
import pandas as pd

from harness.answers.speedup import log_ratios
from harness.answers.verdict import LEAST_DIFFERENCE
from harness.errors import LostError, SlowerError, UndecidedError
from harness.functions.result import Result
from harness.model import TIMED, WAITED_FOR, Status, Verdict
from harness.statistics.arrays import Marks
from harness.units import ratio

_ENOUGH = 2
"""Rounds that tell a spread."""


def refuse_slower(result: Result, allowed: float) -> str:
    """
    Raise if a contender is slower than the baseline by more than a share of the time, or cannot be judged.

    Return a sentence on what it was judged by. As `harness compare` has it: slower is what an interval
    says that is clear of what is allowed. That one has another result than the baseline or fails where the
    baseline does not, or that no cell of a contender is judged, is no pass either; the first of these that
    is so is told.
    """
    least = max(allowed, LEAST_DIFFERENCE)
    too_slow = f"{result.shown.get(result.baseline, result.baseline)} by more than {100 * least:g} %"
    ratios = log_ratios(result.frame, result.baseline, aa_error=least, margin=result.margin)
    ratios = ratios[ratios["span"].isin([str(span) for span in WAITED_FOR])]
    slower = ratios[ratios["verdict"] == Verdict.SLOWER]
    if len(slower):
        worst = slower.loc[slower["log"].idxmin()]
        raise SlowerError(
            f"{len(slower)} of {len(ratios)} cells are slower than {too_slow}, worst "
            f"{result.shown[worst['backend']]} at n = {worst['n']} ({worst['span']}): "
            f"{ratio(math.exp(-worst['log']))} the time"
        )
    _refuse_failures(result)
    judged = _judged(ratios)
    unjudged = [name for name in result.contenders if not judged[ratios["backend"] == name].any()]
    if unjudged or not result.contenders:
        told = " and ".join(result.shown[name] for name in unjudged) or "anything"
        raise UndecidedError(
            f"whether {told} is slower than {too_slow} could be judged at no "
            "size; give it more seconds, or a quieter machine"
        )
    return (
        f"in the {judged.sum()} of {len(judged)} cells that could be judged nothing is slower than {too_slow}"
    )


def _judged(ratios: pd.DataFrame) -> Marks:
    """Return which cells are faster, or slower by no more than is allowed, as far as their intervals go."""
    within = np.log(ratios["low"]) >= -ratios["band"]
    is_known = ~ratios["spoiled"] & (ratios["rounds"] >= _ENOUGH)
    judged: Marks = ((ratios["verdict"] == Verdict.FASTER) | (within & is_known)).to_numpy()
    return judged


def _refuse_failures(result: Result) -> None:
    """Raise if a contender has no time where the baseline has one, or a wrong result anywhere."""
    cells = result.frame
    base = cells[(cells["backend"] == result.baseline) & cells["status"].isin(TIMED)]
    others = cells[cells["backend"] != result.baseline]
    failed = others[
        (others["status"] == Status.WRONG)
        | (others["n"].isin(set(base["n"])) & ~others["status"].isin([*TIMED, Status.SKIPPED]))
    ]
    if len(failed):
        first = failed.iloc[0]
        raise LostError(
            f"{result.shown[first['backend']]} has no time at n = {first['n']}: {first['status']}: "
            f"{first['reason']}"
        )
