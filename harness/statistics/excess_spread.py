"""By how much values that should all be nought differ from it beyond what their own errors explain."""

import numpy as np

from harness.statistics.arrays import Floats, Ints
from harness.statistics.means import Means


def excess_spread(means: Means, group: Ints, groups: int) -> Floats:
    """
    Return the root mean square of the means of each group beyond their own scatter.

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
        0 where the means scatter no more than their errors say; NaN for a group without any mean whose error
        is known.

    Notes
    -----
    The method of moments for the variance between means of known errors: of a mean m with squared error e
    around 0, the expectation of m ** 2 - e is the variance that e does not explain; below 0 it is none.

    References
    ----------
    R. DerSimonian and N. Laird, "Meta-analysis in clinical trials", Controlled Clinical Trials 7, 1986.
    """
    known = ~np.isnan(means.squared_error)
    excess = means.centre[known] ** 2 - means.squared_error[known]
    count = np.bincount(group[known], minlength=groups)
    with np.errstate(invalid="ignore"):
        variance = np.bincount(group[known], excess, groups) / count
    return np.sqrt(np.maximum(variance, 0.0))
