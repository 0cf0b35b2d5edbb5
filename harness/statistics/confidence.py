"""The confidence that every interval has, and how many standard errors it takes."""

from functools import cache

import numpy as np
import numpy.typing as npt

from harness.statistics.arrays import Floats

CONFIDENCE = 0.95
LEVEL = 1 - CONFIDENCE
"""Probability up to which a test takes a difference for real."""


@cache
def t_quantile(freedom: float) -> float:
    """
    Return how many standard errors a 95 % interval reaches to either side.

    Parameters
    ----------
    freedom : float
        Degrees of freedom, at least 1.

    Returns
    -------
    float
        The 97.5 % quantile of Student's t.

    References
    ----------
    Student, "The probable error of a mean", Biometrika 6, 1908.
    """
    return float(t_quantiles(np.array([freedom]))[0])


def t_quantiles(freedom: Floats, confidence: npt.ArrayLike = CONFIDENCE) -> Floats:
    """
    Return how many standard errors intervals reach to either side.

    Parameters
    ----------
    freedom : array of float, of shape (intervals,)
        Degrees of freedom; NaN where there is no interval.
    confidence : float or array of float, of shape (intervals,)
        Of each interval, between 0 and 1.

    Returns
    -------
    array of float, of shape (intervals,)
        Two-sided quantiles of Student's t; NaN where `freedom` is.
    """
    from scipy.special import stdtrit

    # Most cells have as many rounds as the next: a quantile costs far more than to find it again.
    distinct, places = np.unique(freedom, return_inverse=True)
    levels, of = np.unique(np.broadcast_to(confidence, np.shape(freedom)), return_inverse=True)
    quantiles: Floats = stdtrit(distinct[:, None], (1 + levels) / 2)[places, of]
    return quantiles
