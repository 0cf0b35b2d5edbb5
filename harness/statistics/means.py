"""Means of few rounds each, how well each is known, and how two of them differ."""

from dataclasses import dataclass

import numpy as np

from harness.statistics.arrays import Floats, Marks
from harness.statistics.confidence import CONFIDENCE, t_quantiles
from harness.statistics.moderation import fit_prior, moderate


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """Many means side by side, each with how well it is known."""

    centre: Floats
    """NaN where there is no value to take the mean of."""
    squared_error: Floats
    """Squared standard errors; NaN with fewer than two values, as the degrees of freedom are."""
    freedom: Floats

    @property
    def error(self) -> Floats:
        """Return the standard errors."""
        return np.sqrt(self.squared_error)

    def half_width(self, confidence: float = CONFIDENCE) -> Floats:
        """
        Return how far each t-interval reaches to either side of its mean.

        Parameters
        ----------
        confidence : float
            Of each interval, between 0 and 1.

        Returns
        -------
        array of float, of the shape of `centre`
        """
        return self.error * t_quantiles(self.freedom, confidence)


def means_of(rows: Floats, alike: Marks | None = None) -> Means:
    """
    Return the mean of each row.

    Parameters
    ----------
    rows : array of float, of shape (means, rounds)
        NaN where a row has no such round.
    alike : array of bool, of shape (means,), optional
        Rows whose variances steady one another (`harness.statistics.moderation`); none by default.

    Returns
    -------
    Means

    Notes
    -----
    The sample variance with n - 1 degrees of freedom, over n. Assumes that the values of a row are
    independent and near normal, as the logarithms of what rounds say are.
    """
    given = ~np.isnan(rows)
    count = given.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = np.where(given, rows, 0.0).sum(axis=1) / count
        variance = np.where(given, (rows - centre[:, None]) ** 2, 0.0).sum(axis=1) / (count - 1)
        freedom = np.where(count > 1, count - 1.0, np.nan)
        if alike is not None:
            prior = fit_prior(variance[alike], freedom[alike])
            variance[alike], freedom[alike] = moderate(variance[alike], freedom[alike], prior)
        return Means(centre=centre, squared_error=variance / count, freedom=freedom)


def differences_of(a: Means, b: Means) -> Means:
    """
    Return by how much each of some means is above another that was taken independently.

    Parameters
    ----------
    a, b : Means
        Of the same length.

    Returns
    -------
    Means
        Of b - a; NaN where either is not known.

    Notes
    -----
    Welch's: the squared errors add up, and the degrees of freedom are Satterthwaite's.

    References
    ----------
    B. L. Welch, "The generalization of 'Student's' problem when several different population variances are
    involved", Biometrika 34, 1947.
    """
    squared = a.squared_error + b.squared_error
    with np.errstate(invalid="ignore", divide="ignore"):
        freedom = squared**2 / (a.squared_error**2 / a.freedom + b.squared_error**2 / b.freedom)
    # Rounds without any spread leave 0 / 0.
    freedom = np.where(squared == 0, a.freedom + b.freedom, freedom)
    return Means(centre=b.centre - a.centre, squared_error=squared, freedom=freedom)
