"""From samples to a value with an interval; it knows statistics and no benchmark."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import fmean, median, stdev

from harness.model import Round

CONFIDENCE = 0.95
FEWEST_CLEAN = 3
"""Undisturbed samples from which on the disturbed ones of a round are left out of its median."""
NOISY_SHARE = 0.5
"""Share of disturbed samples from which on a round is noisy, and so is the cell that it is of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value with the ends of its 95 % interval; the ends are NaN where there is no interval."""

    value: float
    low: float
    high: float


def round_median(found: Round) -> float:
    """
    Return the seconds per call that a round stands for.

    Parameters
    ----------
    found : Round
        The samples of one worker process.

    Returns
    -------
    float
        The median over the undisturbed samples if there are at least `FEWEST_CLEAN`, else over all.
    """
    return median(counted(found))


def counted(found: Round) -> tuple[float, ...]:
    """
    Return the samples of a round that its median is taken of.

    Parameters
    ----------
    found : Round
        The samples of one worker process.

    Returns
    -------
    tuple of float
        See `round_median`.
    """
    clean = tuple(sample for sample, bad in zip(found.samples, found.disturbed, strict=True) if not bad)
    return clean if len(clean) >= FEWEST_CLEAN else found.samples


def disturbed_share(found: Round) -> float:
    """
    Return how much of a round was disturbed by other work on the host.

    Parameters
    ----------
    found : Round
        The samples of one worker process.

    Returns
    -------
    float
        The share of its samples; the round is noisy from `NOISY_SHARE` on.
    """
    return sum(found.disturbed) / len(found.disturbed)


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


def median_interval(samples: Sequence[float]) -> tuple[float, float]:
    """
    Return an interval that covers the median of the population with 95 % confidence.

    Parameters
    ----------
    samples : sequence of float
        Independent draws, at least one.

    Returns
    -------
    low, high : float
        Two of the samples; the whole range where there are too few for the confidence.

    Notes
    -----
    The number of samples below the median is binomial with p = 1/2 whatever the distribution; the
    interval spans the order statistics that this count leaves in doubt.

    References
    ----------
    H. A. David and H. N. Nagaraja, "Order Statistics", 3rd ed., Wiley 2003, section 7.1.
    """
    ordered = sorted(samples)
    rank = _doubtful_rank(len(ordered))
    return ordered[rank], ordered[-1 - rank]


@cache
def _doubtful_rank(count: int) -> int:
    """Return the largest k for which at most 2.5 % of draws have k or fewer samples below the median."""
    tail, term, rank = 0.0, 0.5**count if count < 1000 else 0.0, 0  # noqa: PLR2004 - 0.5**1075 is zero
    if term == 0.0:
        return max(0, math.floor(count / 2 - 0.98 * math.sqrt(count)) - 1)
    for below in range(count // 2):
        tail += term
        if tail > (1 - CONFIDENCE) / 2:
            break
        rank = below
        term *= (count - below) / (below + 1)
    return rank


@cache
def t_quantile(freedom: float) -> float:
    """
    Return the 97.5 % quantile of Student's t.

    Parameters
    ----------
    freedom : float
        Degrees of freedom, at least 1.

    Returns
    -------
    float
    """
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2))
