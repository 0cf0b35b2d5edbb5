"""Speedups: how many times faster a backend is than the baseline, with interval and verdict."""

import math
from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from harness.answers.verdict import band_of, verdicts
from harness.errors import UnknownNameError
from harness.model import TIMED, Span, Status, Verdict
from harness.statistics.arrays import Floats
from harness.statistics.confidence import t_quantile

KEY = ["machine", "run", "op", "n", "dtype", "base_span"]
"""What a cell and its baseline have in common."""
_SPAN = ["machine", "run", "span"]
COLUMNS = [
    "machine",
    "run",
    "op",
    "backend",
    "baseline",
    "n",
    "dtype",
    "span",
    "speedup",
    "low",
    "high",
    "verdict",
    "status",
]


def speedup(
    cells: pd.DataFrame, baseline: str = "numpy", *, aa_error: float | Mapping[str, float] = 0.0
) -> pd.DataFrame:
    """
    Compare every backend with the baseline.

    Parameters
    ----------
    cells : DataFrame
        From `harness.load`.
    baseline : str
        The backend whose time is divided by the others'.
    aa_error : float or mapping of str to float
        Relative error of the speedup that this machine shows between identical backends; of several, by
        the name of the machine, 0 for one that is not there.

    Returns
    -------
    DataFrame
        One row per cell of another backend than the baseline, with the columns `COLUMNS`. ``speedup`` is
        baseline seconds over the backend's seconds, above 1 is faster, with the ends of its 95 % interval;
        a span that the baseline has not (`device`, `pipelined`) is held against the baseline's `call`;
        NaN where either has no time, and then ``status`` says which (the backend's own, else the baseline's).

    Raises
    ------
    UnknownNameError
        If no cell is of the baseline.

    Notes
    -----
    The geometric mean over rounds of the ratio of the two medians of the *same* round, with a t-interval
    on its logarithm: what a round's process does to both cancels. Assumes that log ratios of rounds are
    independent and near normal. With one round there is no interval and the verdict is unsure, as it is
    where either cell is noisy.

    References
    ----------
    T. Kalibera and R. Jones, "Quantifying performance changes with effect size confidence intervals",
    2012, section 5, for ratios on a logarithmic scale.
    """
    return log_ratios(cells, baseline, aa_error=aa_error)[COLUMNS]


def log_ratios(
    cells: pd.DataFrame, baseline: str, *, aa_error: float | Mapping[str, float] = 0.0
) -> pd.DataFrame:
    """
    Return `speedup`'s rows with the figures behind them.

    Parameters
    ----------
    cells, baseline, aa_error
        See `speedup`.

    Returns
    -------
    DataFrame
        The columns of `speedup`, and per row the mean over rounds of the ``log`` ratio, its standard
        ``error`` (NaN with fewer than two rounds) and the ``freedom`` it was estimated with.

    Raises
    ------
    UnknownNameError
        If no cell is of the baseline.
    """
    backends = cells["backend"].unique()
    if baseline not in backends:
        raise UnknownNameError.of("baseline", baseline, backends)
    own = cells[cells["backend"] != baseline]
    base = cells[cells["backend"] == baseline]
    # A span that the baseline lacks is held against its call: there, nothing runs beside the host.
    spans = pd.MultiIndex.from_frame(base[_SPAN].drop_duplicates())
    has = pd.MultiIndex.from_frame(own[_SPAN]).isin(spans)
    own = own.assign(base_span=own["span"].where(has, str(Span.CALL)))
    base = base.assign(base_span=base["span"])[[*KEY, "status", "round_seconds"]]
    both = own.merge(base, on=KEY, how="left", suffixes=("", "_base"), validate="many_to_one")
    # Where the baseline was not measured the merge leaves NaN, which is no status.
    base_status = both["status_base"].where(both["status_base"].notna(), str(Status.SKIPPED))
    rounds = max(map(len, cells["round_seconds"]), default=0)
    logs = log_medians(both["round_seconds_base"], rounds) - log_medians(both["round_seconds"], rounds)
    centre, error, freedom = _mean_and_error(logs)
    quantiles = np.array([math.nan, *(t_quantile(f) for f in range(1, rounds))])
    half = error * quantiles[freedom]
    noisy = (both["status"] == Status.NOISY) | (base_status == Status.NOISY)
    given = verdicts(centre, half, band_of(both["machine"], aa_error))
    with np.errstate(over="ignore"):  # an interval may have no end
        speedups, low, high = np.exp(centre), np.exp(centre - half), np.exp(centre + half)
    return both.assign(
        baseline=baseline,
        speedup=speedups,
        low=low,
        high=high,
        verdict=np.where(noisy, str(Verdict.UNSURE), given),
        status=both["status"].where(~both["status"].isin(TIMED) | (base_status == Status.OK), base_status),
        log=centre,
        error=error,
        freedom=freedom,
    )


def log_medians(medians: "pd.Series[Any]", rounds: int) -> Floats:
    """
    Return the logarithms of lists of round medians.

    Parameters
    ----------
    medians : Series of list of float
        Seconds per round; anything else than a list is a cell without a time.
    rounds : int
        The length of the longest list.

    Returns
    -------
    array of float, of shape (cells, rounds)
        NaN where a cell has no such round.
    """
    lists = [value if isinstance(value, list) else [] for value in medians]
    lengths = np.fromiter(map(len, lists), dtype=np.int64, count=len(lists))
    table = np.full((len(lists), rounds), np.nan)
    # Filled row by row, since a list may be shorter than others.
    table[np.arange(rounds) < lengths[:, None]] = np.fromiter(chain.from_iterable(lists), dtype=np.float64)
    table[~(table > 0)] = np.nan
    logs: Floats = np.log(table)
    return logs


def _mean_and_error(logs: Floats) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    """Return the mean of every row, its standard error and the degrees of freedom; NaN where unknown."""
    known = ~np.isnan(logs)
    count = known.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = np.where(known, logs, 0.0).sum(axis=1) / count
        squares = np.where(known, (logs - centre[:, None]) ** 2, 0.0).sum(axis=1)
        error = np.sqrt(squares / (count - 1) / count)
    return centre, error, np.maximum(count - 1, 0)
