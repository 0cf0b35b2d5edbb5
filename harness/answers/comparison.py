"""Two runs held against each other: the relative time of every cell that both have, with a verdict."""

import math
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from harness.answers.speedup import log_medians
from harness.answers.verdict import LEAST_DIFFERENCE
from harness.errors import UsageError
from harness.model import TIMED, Status, Verdict
from harness.statistics.arrays import Floats, Marks
from harness.statistics.confidence import CONFIDENCE
from harness.statistics.geometric_mean import Estimate
from harness.statistics.moderation import fitted, moderated
from harness.statistics.multiple_comparisons import holm

KEY = ["op", "backend", "n", "dtype", "span"]
"""What makes a cell of one run the same as one of another."""
COLUMNS = [
    *KEY,
    "seconds_a",
    "seconds_b",
    "ratio",
    "low",
    "high",
    "detectable",
    "p",
    "verdict",
    "status_a",
    "status_b",
]


class _Means(NamedTuple):
    """Per cell of one run: the mean of the log medians, its squared standard error, degrees of freedom."""

    centre: Floats
    squared: Floats
    freedom: Floats


def compare(
    a: pd.DataFrame, b: pd.DataFrame, *, least: float = LEAST_DIFFERENCE, aa_error: float = 0.0
) -> pd.DataFrame:
    """
    Compare the times of two runs, cell by cell.

    Parameters
    ----------
    a, b : DataFrame
        The cells of one run each, from `harness.load`.
    least : float
        Relative difference that a verdict has to clear.
    aa_error : float
        Relative difference that this machine shows between two runs of the same; widens `least`.

    Returns
    -------
    DataFrame
        One row per cell of either run with the columns `COLUMNS`. ``ratio`` is the time in `b` over that in
        `a`, below 1 is faster, with the ends of its 95 % interval; NaN where either has no time, and then
        ``status_a`` and ``status_b`` say why (None: that run lacks the cell). ``detectable`` is the ratio
        from which on a cell with such rounds is slower, and its inverse that up to which it is faster.
        ``p`` is the probability of such a ratio if the two differed by no more than `least`, after Holm's
        correction over all cells that can have a verdict. Both are NaN for the other cells.

    Raises
    ------
    UsageError
        If a frame holds a cell twice.

    Notes
    -----
    The rounds of two runs are independent, so the interval is Welch's on the mean log medians. Three rounds
    tell a variance too badly to survive a correction over hundreds of cells: each run's variances are drawn
    towards one another first (`harness.statistics.moderation`), which assumes that the cells of a run are noisy in a
    similar way. Log medians of rounds are taken as near normal. ``faster`` and ``slower`` are corrected, so
    at most 1 in 20 comparisons of equal runs has any false one; ``same`` is what a cell's own interval
    says. Cells of quick runs, noisy cells and those with one round are always ``unsure``.

    What differs between two runs as a whole (a warmer processor, another neighbour on the host) is in no
    spread between rounds; `aa_error` is there for it.

    References
    ----------
    B. L. Welch, "The generalization of 'Student's' problem when several different population variances are
    involved", Biometrika 34, 1947. G. K. Smyth 2004, see `harness.statistics.moderation`. S. Holm, "A simple
    sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6, 1979.
    """
    from scipy.special import stdtr, stdtrit

    keys = pd.concat([a[KEY], b[KEY]]).drop_duplicates(ignore_index=True)
    in_a, in_b = _aligned(keys, a, "a"), _aligned(keys, b, "b")
    sure = _sure(in_a) & _sure(in_b)
    means_a, means_b = _means(_logs(in_a), sure), _means(_logs(in_b), sure)
    change, error, freedom = _welch(means_a, means_b)
    band = math.log1p(max(least, aa_error))
    with np.errstate(divide="ignore", invalid="ignore"):
        half = error * stdtrit(freedom, (1 + CONFIDENCE) / 2)
        tail = np.where(np.abs(change) > band, 2 * stdtr(freedom, (band - np.abs(change)) / error), 1.0)
        # Bonferroni's correction: Holm's asks at most as much, and how much depends on the other cells.
        critical = error * stdtrit(freedom, 1 - (1 - CONFIDENCE) / 2 / max(sure.sum(), 1))
    p = holm(np.where(sure, tail, np.nan))
    differs = p <= 1 - CONFIDENCE
    conditions = [
        differs & (change < 0),
        differs & (change > 0),
        sure & (np.abs(change) + half <= band),
    ]
    choices = [str(Verdict.FASTER), str(Verdict.SLOWER), str(Verdict.SAME)]
    with np.errstate(over="ignore"):  # an interval may have no end
        ratio, low, high = np.exp(change), np.exp(change - half), np.exp(change + half)
        detectable = np.where(sure, np.exp(band + critical), np.nan)
    return keys.assign(
        seconds_a=in_a["seconds"],
        seconds_b=in_b["seconds"],
        ratio=ratio,
        low=low,
        high=high,
        detectable=detectable,
        p=p,
        verdict=np.select(conditions, choices, default=str(Verdict.UNSURE)),
        status_a=_status(in_a),
        status_b=_status(in_b),
    )[COLUMNS]


def geometric_mean(a: pd.DataFrame, b: pd.DataFrame) -> Estimate:
    """
    Return the mean relative time over the cells that are `ok` in both runs.

    Parameters
    ----------
    a, b : DataFrame
        See `compare`.

    Returns
    -------
    Estimate
        The geometric mean of time in `b` over time in `a`; NaN where no cell is `ok` in both.

    Notes
    -----
    What one process does to all its cells at once is not independent noise, so the cells are averaged
    within each round first, and Welch's interval rests on these few means, of the rounds that every cell
    has. It says how well this mean over these cells is known, and nothing about other ops.

    References
    ----------
    P. J. Fleming and J. J. Wallace, "How not to lie with statistics: the correct way to summarize benchmark
    results", Communications of the ACM 29, 1986, for the geometric mean of ratios.
    """
    from scipy.special import stdtrit

    keys = a[KEY].merge(b[KEY])
    in_a, in_b = _aligned(keys, a, "a"), _aligned(keys, b, "b")
    ok = ((in_a["status"] == Status.OK) & (in_b["status"] == Status.OK)).to_numpy()
    if not ok.any():
        return Estimate(value=math.nan, low=math.nan, high=math.nan)
    rounds_a, rounds_b = (_logs(side)[ok].mean(axis=0, keepdims=True) for side in (in_a, in_b))
    unmoderated = np.zeros(1, dtype=bool)
    (change,), (error,), (freedom,) = _welch(_means(rounds_a, unmoderated), _means(rounds_b, unmoderated))
    half = error * float(stdtrit(freedom, (1 + CONFIDENCE) / 2))
    return Estimate(value=math.exp(change), low=math.exp(change - half), high=math.exp(change + half))


def _aligned(keys: pd.DataFrame, cells: pd.DataFrame, which: str) -> pd.DataFrame:
    """Return a run's cells in the order of the keys; what it lacks is NaN."""
    if cells.duplicated(KEY).any():
        raise UsageError(
            f"{which} holds cells of several runs, and a comparison needs one; choose it, as in "
            "`cells[cells['run'] == cells['run'].max()]`"
        )
    return keys.merge(cells[[*KEY, "status", "quick", "seconds", "round_seconds"]], on=KEY, how="left")


def _sure(side: pd.DataFrame) -> Marks:
    """Return which cells may have another verdict than unsure."""
    several = [isinstance(found, list) and sum(t > 0 for t in found) > 1 for found in side["round_seconds"]]
    sure: Marks = ((side["status"] == Status.OK) & (side["quick"] == False)).to_numpy() & several  # noqa: E712 - NaN is neither
    return sure


def _status(side: pd.DataFrame) -> "pd.Series[Any]":
    """Return the statuses, None where the run lacks the cell."""
    status = side["status"].astype(object)
    return status.where(status.notna(), None)


def _logs(side: pd.DataFrame) -> Floats:
    """Return the log medians of the cells that have a time: a row per cell, a column per round."""
    timed = side["round_seconds"].where(side["status"].isin(TIMED), None)
    return log_medians(timed, max((len(found) for found in timed if isinstance(found, list)), default=0))


def _means(logs: Floats, alike: Marks) -> _Means:
    """Return the means of rows; the variances of those marked alike steady one another."""
    known = ~np.isnan(logs)
    count = known.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = np.where(known, logs, 0.0).sum(axis=1) / count
        variance = np.where(known, (logs - centre[:, None]) ** 2, 0.0).sum(axis=1) / (count - 1)
        freedom = np.where(count > 1, count - 1.0, np.nan)
        own, own_freedom = variance[alike], freedom[alike]
        variance[alike], freedom[alike] = moderated(own, own_freedom, fitted(own, own_freedom))
        return _Means(centre, variance / count, freedom)


def _welch(a: _Means, b: _Means) -> tuple[Floats, Floats, Floats]:
    """Return the differences b - a, their standard errors and degrees of freedom; NaN where unknown."""
    squared = a.squared + b.squared
    with np.errstate(invalid="ignore", divide="ignore"):
        freedom = squared**2 / (a.squared**2 / a.freedom + b.squared**2 / b.freedom)
    # Rounds without any spread leave 0 / 0.
    freedom = np.where(squared == 0, a.freedom + b.freedom, freedom)
    return b.centre - a.centre, np.sqrt(squared), freedom
