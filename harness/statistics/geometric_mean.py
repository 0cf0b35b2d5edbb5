"""From samples to a value with an interval; it knows statistics and no benchmark."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean, median, stdev

import numpy as np

from harness.statistics.arrays import Floats
from harness.statistics.confidence import t_quantile
from harness.statistics.medians import medians_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value with the ends of its 95 % interval; the ends are NaN where there is no interval."""

    value: float
    low: float
    high: float


def estimate(medians: Iterable[float]) -> Estimate:
    """
    Return the time that rounds of one cell agree on.

    Parameters
    ----------
    medians : iterable of float
        Seconds, one per round; NaN where a round has none.

    Returns
    -------
    Estimate
        In seconds: the median of the medians, and a t-interval on their logarithms. With one round there
        is no interval, with none no value.

    Notes
    -----
    Processes differ by several standard errors of one process, so only the spread between rounds says
    how well the time is known. Assumes that log medians of rounds are independent and near normal.

    References
    ----------
    T. Kalibera and R. Jones, "Rigorous benchmarking in reasonable time", ISMM 2013.
    """
    known = [value for value in medians if value > 0]
    if not known:
        return Estimate(value=math.nan, low=math.nan, high=math.nan)
    if len(known) == 1:
        return Estimate(value=known[0], low=math.nan, high=math.nan)
    logs = [math.log(value) for value in known]
    centre, half = fmean(logs), t_quantile(len(logs) - 1) * stdev(logs) / math.sqrt(len(logs))
    return Estimate(value=median(known), low=math.exp(centre - half), high=math.exp(centre + half))


def estimates(medians: Floats) -> tuple[Floats, Floats, Floats]:
    """
    Return the time that the rounds of each cell agree on.

    Parameters
    ----------
    medians : array of float, of shape (cells, rounds)
        Seconds; NaN where a cell has no such round.

    Returns
    -------
    value, low, high : array of float
        `harness.statistics.geometric_mean.estimate` of each row.
    """
    known = medians > 0
    count = known.sum(axis=1)
    logs = np.log(medians, out=np.zeros_like(medians), where=known)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        centre = logs.sum(axis=1) / count
        squares = np.where(known, (logs - centre[:, None]) ** 2, 0.0).sum(axis=1)
        quantiles = np.array([np.nan, np.nan, *(t_quantile(f) for f in range(1, medians.shape[1]))])
        half = quantiles[count] * np.sqrt(squares / (count - 1) / count)
        return medians_of(medians[known], count), np.exp(centre - half), np.exp(centre + half)
