"""Speedups: how many times faster a backend is than the baseline, with interval and verdict."""

from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from harness.answers.verdict import aa_errors, log_band, speedup_verdicts
from harness.errors import UnknownNameError
from harness.model import TIMED, Span, Status
from harness.statistics.arrays import Floats
from harness.statistics.means import means_of

KEY = ["machine", "run", "op", "n", "dtype", "base_span"]
"""What a cell and its baseline have in common."""
_SPAN = ["machine", "run", "span"]
_CASE = ["machine", "run", "op", "backend", "baseline", "n", "dtype", "span"]
COLUMNS = [*_CASE, "speedup", "low", "high", "verdict", "status"]


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

    The mean ``log`` ratio of the rounds, its standard ``error`` (NaN for one round) and its ``freedom``.
    """
    both = _paired(cells, baseline)
    rounds = max(map(len, cells["round_seconds"]), default=0)
    means = means_of(
        log_medians(both["round_seconds_base"], rounds) - log_medians(both["round_seconds"], rounds)
    )
    half, base_status = means.half_width(), both["status_base"]
    noisy = ((both["status"] == Status.NOISY) | (base_status == Status.NOISY)).to_numpy()
    with np.errstate(over="ignore"):  # an interval may have no end
        return both.assign(
            baseline=baseline,
            speedup=np.exp(means.centre),
            low=np.exp(means.centre - half),
            high=np.exp(means.centre + half),
            verdict=speedup_verdicts(means, log_band(aa_errors(both["machine"], aa_error)), noisy),
            status=both["status"].where(
                ~both["status"].isin(TIMED) | (base_status == Status.OK), base_status
            ),
            log=means.centre,
            error=means.error,
            freedom=np.nan_to_num(means.freedom).astype(np.int64),
        )


def log_medians(medians: "pd.Series[Any]", rounds: int) -> Floats:
    """
    Return the logarithms of round medians: a row per cell, a column per round, NaN where there is none.

    Anything else than a list is a cell without a time; `rounds` is the length of the longest list.
    """
    lists = [value if isinstance(value, list) else [] for value in medians]
    lengths = np.fromiter(map(len, lists), dtype=np.int64, count=len(lists))
    table = np.full((len(lists), rounds), np.nan)
    # Filled row by row, since a list may be shorter than others.
    table[np.arange(rounds) < lengths[:, None]] = np.fromiter(chain.from_iterable(lists), dtype=np.float64)
    table[~(table > 0)] = np.nan
    logs: Floats = np.log(table)
    return logs


def _paired(cells: pd.DataFrame, baseline: str) -> pd.DataFrame:
    """Return the cells of the other backends, each beside the baseline's of the same size."""
    backends = cells["backend"].unique()
    if baseline not in backends:
        raise UnknownNameError.of("baseline", baseline, backends)
    others = cells[cells["backend"] != baseline]
    base = cells[cells["backend"] == baseline]
    # A span that the baseline lacks is held against its call: there, nothing runs beside the host.
    spans = pd.MultiIndex.from_frame(base[_SPAN].drop_duplicates())
    has = pd.MultiIndex.from_frame(others[_SPAN]).isin(spans)
    others = others.assign(base_span=others["span"].where(has, str(Span.CALL)))
    base = base.assign(base_span=base["span"])[[*KEY, "status", "round_seconds"]]
    both = others.merge(base, on=KEY, how="left", suffixes=("", "_base"), validate="many_to_one")
    # Where the baseline was not measured the merge leaves NaN, which is no status.
    return both.assign(
        status_base=both["status_base"].where(both["status_base"].notna(), str(Status.SKIPPED))
    )
