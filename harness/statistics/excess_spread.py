"""By how much values that should all be nought differ from it beyond what their own errors explain."""

from statistics import NormalDist

import numpy as np

from harness.statistics.arrays import Floats, Ints
from harness.statistics.confidence import LEVEL
from harness.statistics.means import Means
from harness.statistics.medians import medians_of

_MEDIAN_DEVIATION = NormalDist().inv_cdf(0.75)
"""Median distance of a standard normal variable from 0."""


def excess_spread(means: Means, group: Ints, groups: int) -> Floats:
    """
    Return the standard deviation of the means of each group around 0 beyond their own scatter.

    Parameters
    ----------
    means : Means
        Values whose truth is thought to be 0.
    group : array of int, of the shape of ``means.centre``
        Which group a mean is of.
    groups : int
        How many groups there are.

    Returns
    -------
    array of float, of shape (groups,)
        0 where the means scatter no more than their errors say and chance explains; NaN for a group without
        any mean whose error is known.

    Notes
    -----
    The method of moments for the variance between means of known errors, with medians in the place of means:
    the variance of all is that of the median distance from 0, and the median of the squared errors comes off.
    A few means that something else has hit by 6 times leave it as it is. It counts only where more of the
    means have a 95 % interval without 0 than chance gives in 19 of 20 groups, by the binomial distribution.

    References
    ----------
    R. DerSimonian and N. Laird, "Meta-analysis in clinical trials", Controlled Clinical Trials 7, 1986.
    P. J. Rousseeuw and C. Croux, "Alternatives to the median absolute deviation", Journal of the American
    Statistical Association 88, 1993.
    """
    from scipy.special import bdtrc

    known = np.flatnonzero(~np.isnan(means.squared_error))
    by_group = known[np.argsort(group[known], kind="stable")]
    counts = np.bincount(group[known], minlength=groups)
    distance = medians_of(np.abs(means.centre[by_group]), counts) / _MEDIAN_DEVIATION
    explained = medians_of(means.squared_error[by_group], counts)
    off = np.abs(means.centre[by_group]) > means.half_width()[by_group]
    by_chance = bdtrc(np.bincount(group[by_group], off, groups) - 1, counts, LEVEL) > LEVEL
    return np.where(by_chance, 0 * explained, np.sqrt(np.maximum(distance**2 - explained, 0.0)))
