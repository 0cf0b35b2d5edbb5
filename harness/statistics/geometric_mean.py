"""The time that rounds agree on: their geometric mean with its interval."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from harness.statistics.arrays import Floats
from harness.statistics.means import means_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value with the ends of its 95 % interval, which holds it; the ends are NaN where there is none."""

    value: float
    low: float
    high: float


def estimate(medians: Iterable[float]) -> Estimate:
    """
    Return the time that the rounds of one cell agree on.

    Parameters
    ----------
    medians : iterable of float
        Seconds, one per round; NaN where a round has none.

    Returns
    -------
    Estimate
        In seconds; see `estimates`.
    """
    value, low, high = (ends.item() for ends in estimates(np.array([list(medians)], dtype=np.float64)))
    return Estimate(value=value, low=low, high=high)


def estimates(medians: Floats) -> tuple[Floats, Floats, Floats]:
    """
    Return the times that the rounds of each cell agree on.

    Parameters
    ----------
    medians : array of float, of shape (cells, rounds)
        Seconds; NaN where a cell has no such round.

    Returns
    -------
    value, low, high : array of float, of shape (cells,)
        In seconds: the geometric mean of the medians, and the ends of a t-interval on their logarithms. With
        one round there is no interval, with none no value, and NaN in their place.

    Notes
    -----
    Processes differ by several standard errors of one process, so only the spread between rounds says
    how well the time is known. Assumes that log medians of rounds are independent and near normal; the
    value is the centre of the interval, so it lies in it.

    References
    ----------
    T. Kalibera and R. Jones, "Rigorous benchmarking in reasonable time", ISMM 2013.
    """
    # Sorted, so that the order of the rounds changes no digit, and relative to the shortest, so that rounds
    # that are all alike come to exactly their time.
    ordered = np.sort(medians, axis=1)
    timed = ordered > 0
    shortest = np.min(ordered, axis=1, where=timed, initial=np.inf)
    logs = np.log(ordered, out=np.full_like(ordered, np.nan), where=timed) - np.log(shortest)[:, None]
    means = means_of(logs)
    half = means.half_width()
    with np.errstate(invalid="ignore", over="ignore"):  # an interval may have no end
        value, low, high = (
            shortest * np.exp(log) for log in (means.centre, means.centre - half, means.centre + half)
        )
    return value, low, high
