"""Means of few rounds each, how well each is known, and how two of them differ."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.statistics.arrays import Floats, Ints, Marks
from harness.statistics.confidence import CONFIDENCE, t_quantiles
from harness.statistics.moderation import fit_priors, moderate

TRIMMED = 0.2
"""Share of the values that a trimmed mean leaves out at either end; the customary choice."""


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

    def half_width(self, confidence: npt.ArrayLike = CONFIDENCE) -> Floats:
        """
        Return how far each t-interval reaches to either side of its mean.

        Parameters
        ----------
        confidence : float or array of float
            Of each interval, between 0 and 1.

        Returns
        -------
        array of float, of the shape of `centre`
        """
        return self.error * t_quantiles(self.freedom, confidence)


def means_of(
    rows: Floats, *, classes: Ints | None = None, trimmed: Marks | bool = False, among: int = 1
) -> Means:
    """
    Return the mean of each row.

    Parameters
    ----------
    rows : array of float, of shape (means, rounds)
        NaN where a row has no such round.
    classes : array of int, of shape (means,), optional
        The class of each row, from 0, within which variances steady one another
        (`harness.statistics.moderation`); -1 for a row that stands for itself, as all do by default.
    trimmed : bool or array of bool, of shape (means,)
        Rows of which the mean is a trimmed one.
    among : int
        How many means are judged together; see `harness.statistics.moderation.moderate`.

    Returns
    -------
    Means
        A row of one value has the error of its class, if that has one.

    Notes
    -----
    The sample variance with n - 1 degrees of freedom, over n. Assumes that the values of a row are
    independent and near normal, as the logarithms of what rounds say are.

    Trimmed: of n values the g = floor(0.2 n) lowest and highest are left out and h = n - 2 g remain; the
    squared standard error is the sum of squared deviations of the winsorised values over h (h - 1), with
    h - 1 degrees of freedom. With fewer than 5 values it is the plain mean. Assumes that the values are
    symmetric about what they tell, and nothing of their tails.

    References
    ----------
    K. K. Yuen, "The two-sample trimmed t for unequal population variances", Biometrika 61, 1974, of which
    this is one sample's part. J. W. Tukey and D. H. McLaughlin, "Less vulnerable confidence and significance
    procedures for location based on a single sample", Sankhya A 25, 1963.
    """
    ordered = np.sort(rows, axis=1)  # NaN last
    count = (~np.isnan(ordered)).sum(axis=1)
    cut = np.where(trimmed, (TRIMMED * count).astype(int), 0)
    kept = count - 2 * cut
    place = np.arange(rows.shape[1])
    given = place < count[:, None]
    middle = (place >= cut[:, None]) & (place < (cut + kept)[:, None])
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = np.where(middle, ordered, 0.0).sum(axis=1) / kept
        winsorised = _winsorised(ordered, cut, kept)
        typical = np.where(given, winsorised, 0.0).sum(axis=1) / count
        squares = np.where(given, (winsorised - typical[:, None]) ** 2, 0.0).sum(axis=1)
        variance = squares / (kept - 1)
        freedom = np.where(kept > 1, kept - 1.0, np.nan)
        if classes is not None:
            some = (classes >= 0) & (count > 0)
            of = variance[some], freedom[some], classes[some]
            variance[some], freedom[some] = moderate(*of, fit_priors(*of), among=among)
        return Means(centre=centre, squared_error=variance / kept, freedom=freedom)


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


def _winsorised(ordered: Floats, cut: Ints, kept: Ints) -> Floats:
    """Return ordered rows with the values that a trimmed mean leaves out moved to the next that it keeps."""
    if not cut.any():
        return ordered
    last = np.maximum(cut + kept - 1, 0)
    low, high = (np.take_along_axis(ordered, at[:, None], axis=1) for at in (cut, last))
    winsorised: Floats = np.clip(ordered, low, high)
    return winsorised
