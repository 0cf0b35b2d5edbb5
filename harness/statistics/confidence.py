"""The confidence that every interval has, and how many standard errors it takes."""

from functools import cache

CONFIDENCE = 0.95


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
