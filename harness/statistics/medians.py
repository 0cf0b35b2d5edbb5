"""Medians: their interval by order statistics, and those of very many lists at once."""

import math
from collections.abc import Sequence
from functools import cache

import numpy as np

from harness.statistics.arrays import Floats, Ints, Marks
from harness.statistics.confidence import CONFIDENCE


def median_interval(samples: Sequence[float]) -> tuple[float, float]:
    """
    Return an interval that covers the median of the population with 95 % confidence.

    Parameters
    ----------
    samples : sequence of float
        Independent draws, at least one.

    Returns
    -------
    low, high : float
        Two of the samples; the whole range where there are too few for the confidence.

    Notes
    -----
    The number of samples below the median is binomial with p = 1/2 whatever the distribution; the
    interval spans the order statistics that this count leaves in doubt.

    References
    ----------
    H. A. David and H. N. Nagaraja, "Order Statistics", 3rd ed., Wiley 2003, section 7.1.
    """
    ordered = sorted(samples)
    rank = _doubtful_rank(len(ordered))
    return ordered[rank], ordered[-1 - rank]


@cache
def _doubtful_rank(count: int) -> int:
    """Return the largest k for which at most 2.5 % of draws have k or fewer samples below the median."""
    tail, term, rank = 0.0, 0.5**count if count < 1000 else 0.0, 0  # noqa: PLR2004 - 0.5**1075 is zero
    if term == 0.0:
        return max(0, math.floor(count / 2 - 0.98 * math.sqrt(count)) - 1)
    for below in range(count // 2):
        tail += term
        if tail > (1 - CONFIDENCE) / 2:
            break
        rank = below
        term *= (count - below) / (below + 1)
    return rank


def medians_of(values: Floats, counts: Ints) -> Floats:
    """
    Return the medians of many lists.

    Parameters
    ----------
    values : array of float, of shape (values,)
        The lists, one after another.
    counts : array of int, of shape (lists,)
        The length of each.

    Returns
    -------
    array of float, of shape (lists,)
        The same as `statistics.median` of each; NaN for an empty one.
    """
    medians = np.full(len(counts), np.nan)
    first = np.cumsum(counts) - counts
    lengths = np.unique(counts[counts > 0]).tolist()
    # The lists of one length at a time, as the rows of a table.
    for count in lengths:
        lists = np.flatnonzero(counts == count)
        alike = len(lengths) == 1
        table = values.reshape(-1, count) if alike else values[first[lists, None] + np.arange(count)]
        table = np.sort(table, axis=1)
        with np.errstate(over="ignore"):
            middle = table[:, count // 2]
            medians[lists] = middle if count % 2 else (table[:, count // 2 - 1] + middle) / 2
    return medians


def medians_along(table: Floats, counted: Marks) -> Floats:
    """
    Return the median along the last axis of the values that count.

    Parameters
    ----------
    table : array of float
        The lists along its last axis.
    counted : array of bool, of the same shape
        Which of the values count.

    Returns
    -------
    array of float, of that shape without the last axis
        NaN where none counts.
    """
    counts = counted.sum(axis=-1, keepdims=True)
    if table.shape[-1] == 0:
        return np.full(table.shape[:-1], np.nan)
    ordered = np.sort(np.where(counted, table, np.nan), axis=-1)  # NaN last
    low, high = (
        np.take_along_axis(ordered, np.maximum(at, 0), axis=-1)[..., 0]
        for at in ((counts - 1) // 2, counts // 2)
    )
    medians: Floats = (low + high) / 2
    return medians
