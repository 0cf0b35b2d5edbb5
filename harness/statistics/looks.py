"""Looks at figures while they come in: how sure each has to be for all of them together to be sure enough."""

import math
from functools import cache
from statistics import NormalDist

from harness.statistics.confidence import CONFIDENCE

_CRITICAL = {
    0.95: (1.960, 1.977, 2.004, 2.024, 2.040, 2.053, 2.063, 2.072, 2.080, 2.087),
    0.99: (2.576, 2.580, 2.595, 2.609, 2.621, 2.631, 2.640, 2.648, 2.654, 2.660),
}
"""Standard errors at the last of 1, 2, ... looks, by confidence: Jennison and Turnbull, table 2.3."""


@cache
def look_levels(looks: int, confidence: float = CONFIDENCE) -> tuple[float, ...]:
    """
    Return the confidence that intervals need at each of some planned looks.

    Parameters
    ----------
    looks : int
        Planned looks, evenly spaced, at least 1; the last is the end.
    confidence : float
        Of all looks together: 0.95 or 0.99.

    Returns
    -------
    tuple of float
        By look, from nearly 1 to nearly `confidence`: who stops at the first interval that excludes the true
        value does so in 5 % of cases, or 1 %.

    Notes
    -----
    The boundary of O'Brien and Fleming: at look k of K, ``C * sqrt(K / k)`` standard errors. An early look
    is so strict that the last costs next to nothing.

    References
    ----------
    P. C. O'Brien and T. R. Fleming, "A multiple testing procedure for clinical trials", Biometrics 35, 1979.
    C. Jennison and B. W. Turnbull, "Group Sequential Methods with Applications to Clinical Trials", Chapman
    & Hall 1999, section 2.4.
    """
    table = _CRITICAL[confidence]
    # Of endlessly many looks it is how far a Brownian motion strays: the reflection principle.
    endless = NormalDist().inv_cdf((3 + confidence) / 4)
    critical = table[looks - 1] if looks <= len(table) else endless
    errors = (critical * math.sqrt(looks / look) for look in range(1, looks + 1))
    return (confidence,) if looks == 1 else tuple(math.erf(error / math.sqrt(2)) for error in errors)
