"""Which of a few rows of figures falls out of the others, without blaming one that does not."""

from dataclasses import dataclass

import numpy as np

from harness.statistics.arrays import Floats, Ints
from harness.statistics.confidence import t_quantiles
from harness.statistics.moderation import fit_priors, moderate
from harness.statistics.multiple_comparisons import holm, probabilities
from harness.statistics.tails import tail_freedom, tail_scale

FEWEST = 4
"""Rows that it takes to tell which of them falls out."""
LEVEL = 0.01
"""Probability up to which a row is blamed, over all rows and columns together."""
_MOST = 20
"""Rows that are told, of however many: each costs a look at all of them."""
_MOST_FREEDOM = 3.0
"""How many times a variance's own degrees of freedom it has at most once it is drawn towards the others.

The columns of a row deviate together. Without this limit 3 of 100 fleets of four equals had one blamed, and 2
of five; with it, 1 at most, and as many that were off by 10 % were found.
"""
LEAST = 0.03
"""Deviation, as a logarithm, below which none is."""
_SMALLEST = 1e-300
"""Probability that has a finite quantile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlier:
    """
    A row that falls out of the others.

    Attributes
    ----------
    row : int
    p : float
        How probable so far a row is among equals, corrected.
    is_overall : bool
        Whether it falls out over all columns together.
    columns : array of int
        Those in which it falls out besides, or instead; the farthest first.
    overall, overall_reach : float
        How far it is from the mean of the others over all columns, and how far the 95 % interval reaches.
    deviations, reaches : array of float, of shape (columns of the table,)
        The same for each column.
    """

    row: int
    p: float
    is_overall: bool
    columns: Ints
    overall: float
    overall_reach: float
    deviations: Floats
    reaches: Floats


def outliers(table: Floats) -> list[Outlier]:
    """
    Return the rows of a table that fall out of the others, the farthest first.

    Parameters
    ----------
    table : array of float, of shape (rows, columns)
        Logarithms of what should be equal within each column; none is NaN.

    Returns
    -------
    list of Outlier
        None of fewer than 4 rows, or without columns; else one, or up to a quarter of the rows and 20.

    Notes
    -----
    A row is held against the mean of the others, by their variance: over all columns by its median deviation,
    and in each column by what is left when that is taken away. The variances within columns are drawn towards
    one another (`harness.statistics.moderation`), and what falls out in a column must also do so by the tails
    that the other rows' deviations have (`harness.statistics.tails`). Each of the two has half of the level,
    with Holm's correction over the rows, or rows and columns. Two that fall out hide each other, so the
    farthest is set aside, whether it is blamed or not, and the rest is asked again, as often as rows may be
    told, each time at an equal part of the level; the last that is clear of chance is blamed with all set
    aside before.

    References
    ----------
    B. Rosner, "Percentage points for a generalized ESD many-outlier procedure", Technometrics 25(2), 1983,
    for the last step.
    """
    most = max(1, min(len(table) // 4, _MOST)) if table.size else 0
    left, found = list(range(len(table))), list[Outlier]()
    while len(left) >= FEWEST and len(found) < most:
        farthest = _farthest(table[left], left, LEVEL / most)
        found.append(farthest)
        left.remove(farthest.row)
    last = max((place for place, one in enumerate(found, start=1) if one.p <= LEVEL / most), default=0)
    return found[:last]


def _farthest(table: Floats, rows: list[int], level: float) -> Outlier:
    """Return the row of a table that is least likely one of the others."""
    middle, rest_of_each = _parts(table)
    overall, rest = (
        _held_against_others(middle, drawn=False),
        _held_against_others(rest_of_each, drawn=True),
    )
    p_overall, p_rest = overall.p(), rest.p()
    at = int(np.argmin(np.minimum(p_overall[:, 0], p_rest.min(axis=1))))
    if p_rest[at].min() <= level:
        p_rest = np.maximum(p_rest, rest.p(_tails(np.delete(table, at, axis=0))))
    deviations = overall.deviations[at] + rest.deviations[at]
    out = np.flatnonzero((p_rest[at] <= level) & (np.abs(deviations) >= LEAST))
    return Outlier(
        row=rows[at],
        p=float(min(p_overall[at, 0], p_rest[at].min())),
        is_overall=bool(p_overall[at, 0] <= level),
        columns=out[np.argsort(-np.abs(deviations[out]))],
        overall=float(overall.deviations[at, 0]),
        overall_reach=float(overall.reaches()[at, 0]),
        deviations=deviations,
        reaches=np.hypot(overall.reaches()[at], rest.reaches()[at]),
    )


def _parts(table: Floats) -> tuple[Floats, Floats]:
    """Return what each row deviates by over all columns, and what is left of it in each."""
    centred = table - np.median(table, axis=0)
    middle = np.median(centred, axis=1, keepdims=True)
    return middle, centred - middle


def _tails(table: Floats) -> float:
    """Return the degrees of freedom of the tails of what rows deviate by in each column."""
    from scipy.special import ndtri, stdtr

    _, rest = _parts(table)
    held = _held_against_others(rest, drawn=False)
    with np.errstate(invalid="ignore", divide="ignore"):
        distances = np.nan_to_num(np.abs(held.deviations) / held.errors)
    # By its own column's variance alone a deviation has the tails of few degrees of freedom, which are known.
    return tail_freedom(ndtri(np.maximum(stdtr(held.freedom, -distances), _SMALLEST)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """How far rows are from the others in each column, and by what errors and degrees of freedom."""

    deviations: Floats
    errors: Floats
    freedom: Floats

    def reaches(self) -> Floats:
        """Return how far the 95 % intervals reach."""
        return self.errors * t_quantiles(self.freedom.ravel()).reshape(self.errors.shape)

    def p(self, tails: float | None = None) -> Floats:
        """Return how probable the deviations are, corrected, and 1 of small ones; by tails if there are."""
        errors, freedom = self.errors, self.freedom
        if tails is not None:
            errors, freedom = errors / tail_scale(tails), np.full_like(freedom, tails)
        single = probabilities(self.deviations.ravel(), errors.ravel(), freedom.ravel(), 0.0)
        corrected = 2 * holm(single).reshape(errors.shape)
        return np.where(np.abs(self.deviations) < LEAST, 1.0, corrected)


def _held_against_others(table: Floats, *, drawn: bool) -> _Held:
    """Return how far each row is from the mean of the others, their variances drawn towards one another."""
    rows, columns = table.shape
    others = rows - 1
    from_mean = table - table.mean(axis=0)
    squares = (from_mean**2).sum(axis=0) - from_mean**2 * rows / others
    variances = np.maximum(squares, 0.0).ravel() / (others - 1)
    freedom = np.full(variances.shape, others - 1.0)
    if drawn:
        row = np.repeat(np.arange(rows), columns)
        variances, freedom = moderate(variances, freedom, row, fit_priors(variances, freedom, row))
        freedom = np.minimum(freedom, _MOST_FREEDOM * (others - 1))
    return _Held(
        deviations=from_mean * rows / others,
        errors=np.sqrt(variances.reshape(table.shape) * (1 + 1 / others)),
        freedom=freedom.reshape(table.shape),
    )
