"""Looks at figures while they come in: how sure each has to be for all of them together to be sure enough."""

import math
from functools import cache
from statistics import NormalDist

from harness.statistics.confidence import LEVEL

_CRITICAL = (1.960, 1.977, 2.004, 2.024, 2.040, 2.053, 2.063, 2.072, 2.080, 2.087)
"""Standard errors at the last of 1, 2, ... looks for 5 % over them all: Jennison and Turnbull, table 2.3."""
_ENDLESS = NormalDist().inv_cdf(1 - LEVEL / 4)
"""The same for any number of looks: how far a Brownian motion strays is the reflection principle's."""


@cache
def look_levels(looks: int) -> tuple[float, ...]:
    """
    Return the confidence that intervals need at each of some planned looks.

    Parameters
    ----------
    looks : int
        Planned looks, evenly spaced, at least 1; the last is the end.

    Returns
    -------
    tuple of float
        By look, from nearly 1 to nearly 95 %: who stops at the first interval that excludes the true value
        does so in 5 % of cases.

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
    critical = _CRITICAL[looks - 1] if looks <= len(_CRITICAL) else _ENDLESS
    if looks == 1:
        return (1 - LEVEL,)
    return tuple(math.erf(critical * math.sqrt(looks / look) / math.sqrt(2)) for look in range(1, looks + 1))
