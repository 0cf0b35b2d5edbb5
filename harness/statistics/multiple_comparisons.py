"""Many tests at once: how probable each ratio is by chance, and Holm's correction for how many there are."""

import numpy as np
import numpy.typing as npt

from harness.statistics.arrays import Floats
from harness.statistics.confidence import LEVEL


def probabilities(
    logs: npt.ArrayLike, errors: npt.ArrayLike, freedom: npt.ArrayLike, band: npt.ArrayLike
) -> Floats:
    """
    Return how probable it is that each ratio is so far from 1 if the true one is within a band.

    Parameters
    ----------
    logs : array_like of float, of shape (ratios,)
        Logarithms of the ratios.
    errors : array_like of float, of shape (ratios,)
        Their standard errors.
    freedom : array_like of float, of shape (ratios,)
        The degrees of freedom of each.
    band : array_like of float
        Difference of a logarithm from 0 that needs no explanation; one for all, or one each.

    Returns
    -------
    array of float, of shape (ratios,)
        Of two-sided t-tests, 1 within the band; NaN where the degrees of freedom are not known.
    """
    from scipy.special import stdtr

    excess = np.maximum(np.abs(np.asarray(logs, float)) - band, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        distance = np.where(excess > 0, excess / np.asarray(errors, float), 0.0)
    p: Floats = 2 * stdtr(np.asarray(freedom, float), -distance)
    return p


def holm(p: Floats) -> Floats:
    """
    Return probabilities corrected for how many there are.

    Parameters
    ----------
    p : array of float, of shape (tests,)
        NaN where there was no test, which does not count.

    Returns
    -------
    array of float, of shape (tests,)
        NaN stays. Taking for real what is at most 0.05 here is wrong anywhere in 1 of 20 such sets of tests.

    References
    ----------
    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 6, 1979.
    """
    order = np.argsort(p)[: int((~np.isnan(p)).sum())]
    corrected = np.full(len(p), np.nan)
    corrected[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1)), 1.0)
    return corrected


def agreeing_share(logs: npt.ArrayLike, errors: npt.ArrayLike, freedom: npt.ArrayLike, band: float) -> float:
    """
    Return the share of ratios that are no further from 1 than a band and chance explain.

    Parameters
    ----------
    logs, errors, freedom : array_like of float, of shape (ratios,)
        See `probabilities`; at least one.
    band : float
        See `probabilities`.

    Returns
    -------
    float

    Notes
    -----
    A t-test each, with Holm's correction: one of twenty 95 % intervals misses by chance.
    """
    corrected = holm(probabilities(logs, errors, freedom, band))
    return 1 - np.count_nonzero(corrected <= LEVEL) / len(corrected)
