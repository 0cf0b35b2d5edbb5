"""Variances of few observations each, steadied by one another."""

import math
from dataclasses import dataclass

import numpy as np

from harness.statistics.arrays import Floats

_SMALLEST = 1e-5
"""Share of the median variance to which smaller ones are raised for the fit, since log 0 is infinite."""
_NO_SPREAD = 1e-8
"""Variance of log variances below which they are taken as all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What many variances say about any one of them: a typical `variance`, worth `freedom` observations."""

    variance: float
    freedom: float


def fit_prior(variances: Floats, freedom: Floats) -> Prior:
    """
    Return the prior that sample variances of many like things suggest.

    Parameters
    ----------
    variances : array of float, of shape (things,)
        Sample variances.
    freedom : array of float, of shape (things,)
        The degrees of freedom of each, at least 1.

    Returns
    -------
    Prior
        With infinite freedom if the variances differ no more than by chance, and with none (then each
        variance stands for itself) where there are fewer than two.

    Notes
    -----
    Assumes that the true variances are scaled inverse chi-squared: then a sample variance is a scaled F,
    and mean and variance of its logarithm give the two parameters.

    References
    ----------
    G. K. Smyth, "Linear models and empirical Bayes methods for assessing differential expression in
    microarray experiments", Statistical Applications in Genetics and Molecular Biology 3(1), 2004,
    section 6.2.
    """
    from scipy.special import digamma, polygamma

    if len(variances) < 2:  # noqa: PLR2004 - a spread needs two
        return Prior(variance=0.0, freedom=0.0)
    typical = float(np.median(variances))
    if typical == 0:
        return Prior(variance=0.0, freedom=math.inf)
    half_freedom = freedom / 2
    logs = np.log(np.maximum(variances, _SMALLEST * typical)) - digamma(half_freedom) + np.log(half_freedom)
    spread = float(logs.var(ddof=1) - polygamma(1, half_freedom).mean())
    centre = float(logs.mean())
    if spread <= _NO_SPREAD:
        return Prior(variance=math.exp(centre), freedom=math.inf)
    half = _trigamma_inverse(spread)
    return Prior(variance=math.exp(centre + float(digamma(half)) - math.log(half)), freedom=2 * half)


def moderate(variances: Floats, freedom: Floats, prior: Prior) -> tuple[Floats, Floats]:
    """
    Return every variance drawn towards the prior, and the degrees of freedom that it then has.

    Parameters
    ----------
    variances, freedom : array of float, of shape (things,)
        See `fit_prior`.
    prior : Prior
        From `fit_prior`.

    Returns
    -------
    variances, freedom : array of float, of shape (things,)
        The weighted means of each variance and the prior's. Together the degrees of freedom are never
        more than those of all the variances, on which the prior itself rests.
    """
    total = np.minimum(freedom + prior.freedom, freedom.sum())
    if math.isinf(prior.freedom):
        return np.full_like(variances, prior.variance), total
    drawn = (prior.freedom * prior.variance + freedom * variances) / (prior.freedom + freedom)
    return drawn, total


def _trigamma_inverse(value: float) -> float:
    """Return the x whose trigamma is `value`."""
    from scipy.optimize import brentq
    from scipy.special import polygamma

    return math.exp(brentq(lambda log_x: math.log(polygamma(1, math.exp(log_x)) / value), -40.0, 40.0))
