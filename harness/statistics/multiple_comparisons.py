"""Many tests at once: Holm's correction, and how many of many ratios agree with 1 but for chance."""

import numpy as np
import numpy.typing as npt

from harness.statistics.arrays import Floats


def holm(p: Floats) -> Floats:
    """Return probabilities corrected for how many there are; NaN stays and does not count."""
    order = np.argsort(p)[: int((~np.isnan(p)).sum())]
    corrected = np.full(len(p), np.nan)
    corrected[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1)), 1.0)
    return corrected


LEVEL = 0.05


def agreeing(logs: npt.ArrayLike, errors: npt.ArrayLike, freedom: npt.ArrayLike, band: float) -> float:
    """
    Return the share of ratios that are no further from 1 than a band and chance explain.

    Parameters
    ----------
    logs : array_like of float
        Logarithms of the ratios.
    errors : array_like of float
        Their standard errors.
    freedom : array_like of float
        The degrees of freedom of each.
    band : float
        Relative difference that needs no explanation.

    Returns
    -------
    float

    Notes
    -----
    A t-test each, with Holm's correction: one of twenty 95 % intervals misses by chance.

    References
    ----------
    S. Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6, 1979.
    """
    from scipy.special import stdtr

    excess = np.maximum(np.abs(np.asarray(logs, float)) - band, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        distance = np.where(excess > 0, excess / np.asarray(errors, float), 0.0)
    p = np.sort(2 * stdtr(np.asarray(freedom, float), -distance))
    rejected = p * np.arange(len(p), 0, -1) <= LEVEL
    return 0.0 if rejected.all() else 1 - int(np.argmin(rejected)) / len(p)
