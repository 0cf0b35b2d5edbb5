"""What each round says of a ratio: the median over its passes, over all of them and over the clean ones."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from harness.parallel import in_threads
from harness.statistics.arrays import Floats, Ints, Marks
from harness.statistics.medians import medians_along
from harness.store.lists import LISTS, list_lengths, lists_of, one_chunk, rows_of_lists, table_of_lists
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
    rounds, *passes = (lists_of(cells, name) for name in LISTS if name in cells)
    width = max((int(list_lengths(chunk).max(initial=0)) for chunk in rounds.chunks), default=0)
    every, clean = (np.full((len(own), width), np.nan) for _ in range(2))
    seconds, paired = np.full(len(own), np.nan), np.zeros(len(own), dtype=bool)
    least = np.where(threaded, _CLEAN_OF_THREADS, CLEAN_SHARE)

    def fill(part: Ints) -> None:
        mine, bases = own[part], base[part]
        rows, places = np.unique(np.concatenate([mine, bases[bases >= 0]]), return_inverse=True)
        at_own, at_base = places[: len(part)], np.full(len(part), -1)
        at_base[bases >= 0] = places[len(part) :]
        logs = _logs(rows_of_lists(rounds, rows, np.nan))
        of_own, of_base = logs[at_own], np.where(at_base[:, None] < 0, np.nan, logs[at_base])
        every[part, : logs.shape[1]] = of_base - of_own
        seconds[part] = np.exp(np.fmin.reduce(np.fmin(of_base, of_own), axis=1, initial=np.nan))
        has = np.flatnonzero(at_base >= 0)
        if len(passes) == 2 and len(has):  # noqa: PLR2004 - their times and their marks
            told = part[has]
            times, marks = (rows_of_lists(passes[0], rows, np.nan), rows_of_lists(passes[1], rows, 0))
            over_all, over_quiet = _of_passes(times, marks, at_own[has], at_base[has], least[told])
            here = np.ix_(told, np.arange(min(over_all.shape[1], width)))
            over_all, over_quiet = over_all[:, :width], over_quiet[:, :width]
            every[here] = np.where(np.isnan(over_all), every[here], over_all)
            clean[here] = over_quiet
            paired[told] = ~np.isnan(over_all).all(axis=1)

    # Logarithms and sorting run outside of Python's lock, and each part writes rows of its own.
    order = np.argsort(own, kind="stable")
    in_threads(fill, np.split(order, np.flatnonzero(np.diff(own[order] // _AT_ONCE)) + 1) if len(own) else [])
    return RoundRatios(every=every, clean=clean, seconds=seconds, paired=paired)


def _of_passes(seconds: Floats, marked: Marks, own: Ints, base: Ints, least: Floats) -> tuple[Floats, Floats]:
    """Return the medians of rounds over all passes, and over the clean ones where they are enough."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(seconds, dtype=np.float64)
        ratios = logs[base] - logs[own]
    common = np.isfinite(ratios)
    quiet = common & ~marked[own] & ~marked[base]
    enough = quiet.sum(axis=2) >= least[:, None] * common.sum(axis=2)
    over_all = medians_along(ratios, common)
    over_quiet, differ = over_all.copy(), (quiet != common).any(axis=(1, 2))
    over_quiet[differ] = medians_along(ratios[differ], quiet[differ])
    return over_all, np.where(enough, over_quiet, np.nan)


def log_medians(cells: pd.DataFrame) -> Floats:
    """Return the logarithms of round medians: a row per cell, a column per round, NaN where there is none."""
    return _logs(table_of_lists(one_chunk(lists_of(cells, "round_seconds")), np.nan))


def _logs(table: Floats) -> Floats:
    """Return logarithms, NaN where there is none."""
    logs: Floats = np.log(table, out=np.full_like(table, np.nan), where=table > 0)
    return logs
