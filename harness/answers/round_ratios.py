"""What each round says of a ratio: the median over its passes, over all of them and over the clean ones."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from harness.statistics.arrays import Floats, Ints, Marks
from harness.statistics.medians import medians_along
from harness.store.lists import lists_of, one_chunk, rows_of_lists, table_of_lists
from harness.timing.noise import CLEAN_SHARE

_AT_ONCE = 4096
"""Cells in a row whose passes are held as one table: of 10 rounds of 30 passes, 10 MB."""
_CLEAN_OF_THREADS = 1 / 2
"""What `CLEAN_SHARE` is of several threads, where a pass whose mark is missing is off by any factor.

With four of five passes marked beside a process that never lets go, a third lets 35 % of cells have a wrong
side, a half 3.5 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundRatios:
    """Log ratios of pairs of cells: a row per pair, a column per round, NaN where there is none."""

    every: Floats
    """Over all passes."""
    clean: Floats
    """Over the passes in which other work disturbed neither; NaN where they are too few."""
    seconds: Floats
    """Of the call that is the shorter one of the pair, in its shortest round."""
    paired: Marks
    """Which pairs have passes at all; the others rest on the medians of their rounds."""


def round_ratios(cells: pd.DataFrame, own: Ints, base: Ints, threaded: Marks) -> RoundRatios:
    """Return what rounds say of the time of some cells over that of others, by their places; -1 is none."""
    least = np.where(threaded, _CLEAN_OF_THREADS, CLEAN_SHARE)
    medians = log_medians(cells)
    of_own, of_base = medians[own], np.where(base[:, None] < 0, np.nan, medians[base])
    every = of_base - of_own
    seconds = np.exp(np.fmin.reduce(np.fmin(of_base, of_own), axis=1, initial=np.nan))
    clean, paired = np.full_like(every, np.nan), np.zeros(len(own), dtype=bool)
    lists = [lists_of(cells, name) for name in ("pass_seconds", "pass_marked") if name in cells]
    told = np.flatnonzero(base >= 0) if len(lists) == 2 else own[:0]  # noqa: PLR2004 - both
    told = told[np.argsort(own[told], kind="stable")]
    begins = np.flatnonzero(np.diff(own[told] // _AT_ONCE, prepend=-1)).tolist()
    for begin, end in pairwise([*begins, len(told)]):
        part = told[begin:end]
        rows, places = np.unique(np.concatenate([own[part], base[part]]), return_inverse=True)
        mine, bases = np.split(places, 2)
        passes, marked = (
            rows_of_lists(column, rows, fill) for column, fill in zip(lists, (np.nan, 0), strict=True)
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(passes)
            ratios = logs[bases] - logs[mine]
        common = np.isfinite(ratios)
        quiet = common & ~marked[mine] & ~marked[bases]
        enough = quiet.sum(axis=2) >= least[part, None] * common.sum(axis=2)
        over_all = medians_along(ratios, common)
        over_quiet, differ = over_all.copy(), (quiet != common).any(axis=(1, 2))
        over_quiet[differ] = medians_along(ratios[differ], quiet[differ])
        width = min(ratios.shape[1], every.shape[1])
        here = np.ix_(part, np.arange(width))
        every[here] = np.where(np.isnan(over_all[:, :width]), every[here], over_all[:, :width])
        clean[here] = np.where(enough, over_quiet, np.nan)[:, :width]
        paired[part] = common.any(axis=(1, 2))
    return RoundRatios(every=every, clean=clean, seconds=seconds, paired=paired)


def log_medians(cells: pd.DataFrame) -> Floats:
    """Return the logarithms of round medians: a row per cell, a column per round, NaN where there is none."""
    table = table_of_lists(one_chunk(lists_of(cells, "round_seconds")), np.nan)
    logs: Floats = np.log(table, out=np.full_like(table, np.nan), where=table > 0)
    return logs
