"""The rule by which an interval, a test or a majority becomes a verdict: faster, slower, same or unsure."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from harness.model import TIMED, Verdict
from harness.statistics.arrays import Floats, Marks
from harness.statistics.confidence import LEVEL
from harness.statistics.means import Means
from harness.statistics.multiple_comparisons import holm, probabilities

LEAST_DIFFERENCE = 0.01
"""Relative difference that a verdict has to clear, whatever the interval says."""
MARGIN = 0.05
"""Relative difference that is none in practice: who could have the other would not port for it."""
SIDE_CONFIDENCE = 0.99
"""Of the interval that has to be clear of 1 for a speedup to have a side, unless that is provisional.

The interval that is shown has 95 %. Of two equal contenders whose ratio differs by 6 % between processes, 10
rounds of which 95 % intervals decide call 2.6 % faster or slower, in simulation, and 1 % is what we allow."""
FIRM_ROUNDS = 4
"""Rounds from which on a verdict is no longer provisional."""
_Verdicts = npt.NDArray[np.str_]


def log_band(aa_error: npt.ArrayLike, least: float = LEAST_DIFFERENCE) -> Floats:
    """Return what the logarithm of a ratio has to clear, where equal runs differ by `aa_error`."""
    band: Floats = np.log1p(np.fmax(least, aa_error))
    return band


def log_margin(margin: float = MARGIN) -> float:
    """
    Return how far from 0 the logarithm of a ratio may be for `same`, however wide its band.

    A machine that cannot tell a difference of a tenth has not shown that there is none.
    """
    return math.log1p(max(margin, LEAST_DIFFERENCE))


def aa_errors(machines: "pd.Series[Any]", aa_error: float | Mapping[str, float]) -> Floats:
    """Return the A/A error of the machine of each cell; 0 for one that is not named."""
    if isinstance(aa_error, Mapping):
        return np.array([aa_error.get(name, 0.0) for name in machines.tolist()], dtype=np.float64)
    return np.full(len(machines), aa_error)


Ends = tuple[Floats, Floats]
"""The lower and the upper ends of intervals of log ratios."""


def speedup_verdicts(
    sided: Ends, shown: Ends, band: Floats, margin: Floats | float, barred: Marks
) -> _Verdicts:
    """
    Return what intervals of log speedups allow one to say; nothing of those that are barred.

    A side is what intervals of `SIDE_CONFIDENCE` say, `same` what those that are shown do. Each by itself,
    since a reader asks about one op at one size.
    """
    low, high = shown
    conditions = [barred, sided[0] > band, sided[1] < -band, (low >= -margin) & (high <= margin)]
    choices = [Verdict.UNSURE, Verdict.FASTER, Verdict.SLOWER, Verdict.SAME]
    return np.select(conditions, list(map(str, choices)), default=str(Verdict.UNSURE))


def comparison_verdicts(
    log_times: Means, band: Floats, margin: Floats | float, testable: Marks
) -> tuple[_Verdicts, Floats]:
    """
    Return what tests of all relative times together allow one to say, and their corrected probabilities.

    Holm's correction, since of hundreds of cells some differ by chance; `same` is what the interval says.
    """
    change, half = log_times.centre, log_times.half_width()
    p = holm(np.where(testable, probabilities(change, log_times.error, log_times.freedom, band), np.nan))
    differs = p <= LEVEL
    same = testable & (np.abs(change) + half <= margin)
    conditions = [differs & (change < 0), differs & (change > 0), same]
    choices = [Verdict.FASTER, Verdict.SLOWER, Verdict.SAME]
    return np.select(conditions, list(map(str, choices)), default=str(Verdict.UNSURE)), p


def can_be_tested(cells: pd.DataFrame) -> Marks:
    """Return which cells of a run can be tested: those with the times of several rounds."""
    marks: Marks = cells["status"].isin(TIMED).to_numpy() & (_rounds_of(cells) > 1)
    return marks


def rest_on_little(cells: pd.DataFrame) -> Marks:
    """Return which cells are of a quick run or of few rounds."""
    marks: Marks = cells["quick"].eq(other=True).to_numpy() | (_rounds_of(cells) < FIRM_ROUNDS)
    return marks


def majority(counts: Mapping[Verdict, int]) -> Verdict | None:
    """Return the verdict that more than half of the votes agree on, if there is one."""
    votes = sum(counts.values())
    return next((verdict for verdict, count in counts.items() if 2 * count > votes), None)


def _rounds_of(cells: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Return how many rounds of each cell have a time."""
    return np.array(
        [sum(t > 0 for t in times) if isinstance(times, list) else 0 for times in cells["round_seconds"]],
        dtype=np.int64,
    )
