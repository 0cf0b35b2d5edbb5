"""How heavy the tails of deviations are, beside those of a normal distribution."""

import numpy as np

from harness.statistics.arrays import Floats

_FREEDOM = np.array([2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0, 30.0, 50.0, 1000.0])
"""Those that are held against one another; the last is as good as normal."""


def tail_freedom(deviations: Floats) -> float:
    """
    Return the degrees of freedom of the Student's t that deviations most likely come from.

    Parameters
    ----------
    deviations : array of float, of any shape
        Of variance 1, at least one.

    Returns
    -------
    float
        Between 2.5 and 1000, at which the tails are those of a normal distribution.

    Notes
    -----
    The likeliest of twelve distributions that are scaled to variance 1.
    """
    from scipy.special import gammaln

    squares = deviations.ravel()[:, None] ** 2 / (_FREEDOM - 2)
    constant = gammaln((_FREEDOM + 1) / 2) - gammaln(_FREEDOM / 2) - np.log(np.pi * (_FREEDOM - 2)) / 2
    likelihoods = constant - (_FREEDOM + 1) / 2 * np.log1p(squares).mean(axis=0)
    return float(_FREEDOM[np.argmax(likelihoods)])


def tail_scale(freedom: float) -> float:
    """Return what a deviation of variance 1 is multiplied by to be one of Student's t as it stands."""
    return float(np.sqrt(freedom / (freedom - 2)))
