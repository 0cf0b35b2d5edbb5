"""Two runs held against each other: the relative time of every cell that both have, with a verdict."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from harness.answers.kinds import SEVERAL_THREADS, classes_of, kinds_of
from harness.answers.round_ratios import log_medians
from harness.answers.verdict import (
    LEAST_DIFFERENCE,
    MARGIN,
    can_be_tested,
    comparison_verdicts,
    log_band,
    log_margin,
    rest_on_little,
)
from harness.errors import UsageError
from harness.model import TIMED, Status
from harness.statistics.arrays import Floats, Marks
from harness.statistics.confidence import LEVEL
from harness.statistics.geometric_mean import Estimate
from harness.statistics.means import Means, differences_of, means_of

KEY = ["op", "backend", "n", "dtype", "span"]
"""What makes a cell of one run the same as one of another."""
_FIGURES = ["seconds_a", "seconds_b", "ratio", "low", "high", "detectable", "p", "verdict", "provisional"]
COLUMNS = [*KEY, *_FIGURES, "status_a", "status_b", "lost", "reason"]
_UNKNOWN: Mapping[str, object] = {"cores": math.nan, "looks": 1, "reason": ""}
"""What cells have that a file of before does not tell of."""
NOT_THERE = "not in this run"
"""Why a cell has no time that a run lacks."""


def compare(
    a: pd.DataFrame,
    b: pd.DataFrame,
    *,
    least: float = LEAST_DIFFERENCE,
    aa_error: float = 0.0,
    margin: float = MARGIN,
) -> pd.DataFrame:
    """
    Compare the times of two runs, cell by cell.

    Parameters
    ----------
    a, b : DataFrame
        The cells of one run each, from `harness.load`.
    least : float
        Relative difference that a verdict has to clear.
    aa_error : float
        Relative difference that this machine shows between two runs of the same; widens `least`.
    margin : float
        Relative difference that is none in practice: with all of its interval within it a cell is the same.

    Returns
    -------
    DataFrame
        One row per cell of either run with the columns `COLUMNS`. ``ratio`` is the time in `b` over that in
        `a`, below 1 is faster, with the ends of its 95 % interval; NaN where either has no time, and then
        ``status_a`` and ``status_b`` say why (None: that run lacks the cell). ``detectable`` is the ratio
        from which on a cell with such rounds is slower, and its inverse that up to which it is faster.
        ``p`` is the probability of such a ratio if the two differed by no more than `least`, after Holm's
        correction over all cells that can have a verdict. Both are NaN for the other cells.
        ``provisional`` says that a verdict rests on a quick run or on fewer than 4 rounds. ``lost`` is true
        of a cell with a time in `a` and none in `b`, and then ``reason`` says why; sizes that a run added
        where curves cross are none that another has lost.

    Raises
    ------
    UsageError
        If a frame holds a cell twice.

    Notes
    -----
    The rounds of two runs are independent, so the interval is Welch's on the mean log medians. A few rounds
    tell a variance too badly to survive a correction over hundreds of cells: each run's variances are drawn
    towards one another first (`harness.statistics.moderation`), which assumes that the cells of a run that
    are of one kind (one thread, several, a device; short calls, long ones) are noisy in a similar way. Log
    medians of rounds are taken as near normal; of several threads, which other work slows down by any factor,
    the mean is a trimmed one. ``faster`` and ``slower`` are corrected, so at most 1 in 20 comparisons of
    equal runs has any false one; ``same`` is what a cell's own interval says. Cells with one round are
    ``unsure``.

    What differs between two runs as a whole (a warmer processor, another neighbour on the host) is in no
    spread between rounds; `aa_error` is there for it.

    References
    ----------
    B. L. Welch, "The generalization of 'Student's' problem when several different population variances are
    involved", Biometrika 34, 1947. G. K. Smyth 2004, see `harness.statistics.moderation`. S. Holm, "A simple
    sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6, 1979.
    """
    keys = pd.concat([a[KEY], b[KEY]]).drop_duplicates(ignore_index=True)
    in_a, in_b = _aligned(keys, a, "a"), _aligned(keys, b, "b")
    tested = can_be_tested(in_a) & can_be_tested(in_b)
    change = differences_of(*(_means(cells, int(tested.sum())) for cells in (in_a, in_b)))
    band = log_band(aa_error, least)
    verdicts, p = comparison_verdicts(change, band, log_margin(margin), tested)
    half = change.half_width()
    # Bonferroni's correction: Holm's asks at most as much, and how much depends on the other cells.
    critical = change.half_width(1 - LEVEL / max(tested.sum(), 1))
    with np.errstate(over="ignore"):  # an interval may have no end
        return keys.assign(
            seconds_a=in_a["seconds"],
            seconds_b=in_b["seconds"],
            ratio=np.exp(change.centre),
            low=np.exp(change.centre - half),
            high=np.exp(change.centre + half),
            detectable=np.where(tested, np.exp(band + critical), np.nan),
            p=p,
            verdict=verdicts,
            provisional=tested & (rest_on_little(in_a) | rest_on_little(in_b)),
            status_a=_status(in_a),
            status_b=_status(in_b),
            lost=(lost := _lost(keys, in_a, in_b)),
            reason=in_b["reason"].fillna("").where(in_b["status"].notna(), NOT_THERE).where(lost, ""),
        )[COLUMNS]


def mean_ratio(a: pd.DataFrame, b: pd.DataFrame) -> Estimate:
    """
    Return the geometric mean of the relative times of all cells that are `ok` in both runs; NaN without any.

    For ratios the geometric mean: Fleming and Wallace, "How not to lie with statistics", CACM 29, 1986.
    """
    keys = a[KEY].merge(b[KEY])
    in_a, in_b = _aligned(keys, a, "a"), _aligned(keys, b, "b")
    ok = ((in_a["status"] == Status.OK) & (in_b["status"] == Status.OK)).to_numpy()
    if not ok.any():
        return Estimate(value=math.nan, low=math.nan, high=math.nan)
    # What one process does to all its cells at once is not independent noise, so the cells are averaged
    # within each round first, and Welch's interval rests on these few means, of the rounds that every cell
    # has. It says how well this mean over these cells is known, and nothing about other ops.
    of_a, of_b = (means_of(_logs(cells)[ok].mean(axis=0, keepdims=True)) for cells in (in_a, in_b))
    change = differences_of(of_a, of_b)
    centre, half = change.centre.item(), change.half_width().item()
    return Estimate(value=math.exp(centre), low=math.exp(centre - half), high=math.exp(centre + half))


def _aligned(keys: pd.DataFrame, cells: pd.DataFrame, which: str) -> pd.DataFrame:
    """Return a run's cells in the order of the keys; what it lacks is NaN."""
    if cells.duplicated(KEY).any():
        raise UsageError(
            f"{which} holds cells of several runs, and a comparison needs one; choose it, as in "
            "`cells[cells['run'] == cells['run'].max()]`"
        )
    cells = cells.assign(**{name: value for name, value in _UNKNOWN.items() if name not in cells})
    columns = ["status", "quick", "seconds", "round_seconds", *_UNKNOWN]
    return keys.merge(cells[[*KEY, *columns]], on=KEY, how="left")


def _lost(keys: pd.DataFrame, in_a: pd.DataFrame, in_b: pd.DataFrame) -> Marks:
    """Return which cells have a time in the first run and none in the other, which was to have one."""
    is_there = in_b["status"].notna()
    has_series = is_there.groupby([keys[name] for name in KEY if name != "n"]).transform("any")
    # A run that looks at its figures adds sizes where curves cross, and another one adds others.
    was_added = ~is_there & has_series & (in_a["looks"] > 1)
    marks: Marks = (in_a["status"].isin(TIMED) & ~in_b["status"].isin(TIMED) & ~was_added).to_numpy()
    return marks


def _means(cells: pd.DataFrame, among: int) -> Means:
    """Return the mean log medians of a run, with variances steadied by their classes; so many are tested."""
    kinds = kinds_of(cells["backend"], cells["cores"])
    seconds = cells["seconds"].where(cells["status"].isin(TIMED)).to_numpy(dtype=np.float64)
    classes = classes_of(np.zeros(len(cells), dtype=np.int64), kinds, seconds)
    return means_of(_logs(cells), classes=classes, trimmed=kinds == SEVERAL_THREADS, among=max(among, 1))


def _status(cells: pd.DataFrame) -> "pd.Series[Any]":
    """Return the statuses, None where the run lacks the cell."""
    status = cells["status"].astype(object)
    return status.where(status.notna(), None)


def _logs(cells: pd.DataFrame) -> Floats:
    """Return the log medians of the cells that have a time: a row per cell, a column per round."""
    logs = log_medians(cells)
    logs[~cells["status"].isin(TIMED).to_numpy()] = np.nan
    return logs
