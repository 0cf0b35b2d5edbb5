"""The rule by which an interval, a test or a majority becomes a verdict: faster, slower, same or unsure."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from harness.model import Status, Verdict
from harness.statistics.arrays import Floats, Marks
from harness.statistics.confidence import LEVEL
from harness.statistics.means import Means
from harness.statistics.multiple_comparisons import holm, probabilities

LEAST_DIFFERENCE = 0.01
"""Relative difference that a verdict has to clear, whatever the interval says."""
_Verdicts = npt.NDArray[np.str_]


def log_band(aa_error: npt.ArrayLike, least: float = LEAST_DIFFERENCE) -> Floats:
    """Return what the logarithm of a ratio has to clear, where equal runs differ by `aa_error`."""
    band: Floats = np.log1p(np.maximum(least, aa_error))
    return band


def aa_errors(machines: "pd.Series[Any]", aa_error: float | Mapping[str, float]) -> Floats:
    """Return the A/A error of the machine of each cell; 0 for one that is not named."""
    if isinstance(aa_error, Mapping):
        return np.array([aa_error.get(name, 0.0) for name in machines.tolist()], dtype=np.float64)
    return np.full(len(machines), aa_error)


def speedup_verdicts(log_speedups: Means, band: Floats, noisy: Marks) -> _Verdicts:
    """
    Return what the interval of each speedup allows one to say; nothing of noisy cells and of one round.

    An interval by itself, since a reader asks about one op at one size; a quick run may have a verdict.
    """
    half = log_speedups.half_width()
    low, high = log_speedups.centre - half, log_speedups.centre + half
    conditions = [noisy, low > band, high < -band, (low >= -band) & (high <= band)]
    choices = [Verdict.UNSURE, Verdict.FASTER, Verdict.SLOWER, Verdict.SAME]
    return np.select(conditions, list(map(str, choices)), default=str(Verdict.UNSURE))


def comparison_verdicts(log_times: Means, band: Floats, testable: Marks) -> tuple[_Verdicts, Floats]:
    """
    Return what tests of all relative times together allow one to say, and their corrected probabilities.

    Holm's correction, since of hundreds of cells some differ by chance; `same` is what the interval says.
    """
    change, half = log_times.centre, log_times.half_width()
    p = holm(np.where(testable, probabilities(change, log_times.error, log_times.freedom, band), np.nan))
    differs = p <= LEVEL
    conditions = [differs & (change < 0), differs & (change > 0), testable & (np.abs(change) + half <= band)]
    choices = [Verdict.FASTER, Verdict.SLOWER, Verdict.SAME]
    return np.select(conditions, list(map(str, choices)), default=str(Verdict.UNSURE)), p


def can_be_tested(cells: pd.DataFrame) -> Marks:
    """Return which cells of a run can be tested: neither noisy nor of a quick run, and of several rounds."""
    several = [isinstance(times, list) and sum(t > 0 for t in times) > 1 for times in cells["round_seconds"]]
    marks: Marks = ((cells["status"] == Status.OK) & cells["quick"].eq(other=False)).to_numpy() & several
    return marks


def majority(counts: Mapping[Verdict, int]) -> Verdict | None:
    """Return the verdict that more than half of the votes agree on, if there is one."""
    votes = sum(counts.values())
    return next((verdict for verdict, count in counts.items() if 2 * count > votes), None)
