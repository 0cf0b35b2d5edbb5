"""What each round says of a ratio: the median over its passes, over all of them and over the clean ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from harness.statistics.arrays import Floats, Marks
from harness.statistics.medians import medians_along
from harness.timing.noise import CLEAN_SHARE

_AT_ONCE = 4096
"""Pairs of cells whose passes are held as one table: of 10 rounds of 30 passes, 10 MB."""
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


def round_ratios(both: pd.DataFrame, threaded: Marks) -> RoundRatios:
    """Return what the rounds say of the time of the columns that end in `_base` over that of their likes."""
    least = np.where(threaded, _CLEAN_OF_THREADS, CLEAN_SHARE)
    rounds = max(map(_length, chain(both["round_seconds"], both["round_seconds_base"])), default=0)
    of_base, of_own = (log_medians(both[f"round_seconds{side}"], rounds) for side in ("_base", ""))
    every = of_base - of_own
    seconds = np.exp(np.fmin.reduce(np.fmin(of_base, of_own), axis=1, initial=np.nan))
    clean, paired = np.full_like(every, np.nan), np.zeros(len(both), dtype=bool)
    names = ("pass_seconds", "pass_seconds_base", "pass_marked", "pass_marked_base")
    columns = [both[name].tolist() for name in names]
    for begin in range(0, len(both), _AT_ONCE):
        part = slice(begin, begin + _AT_ONCE)
        own, base, marked, base_marked = (column[part] for column in columns)
        shape = np.max([_shape(value) for value in chain(own, base)], axis=0)
        if not shape.all():
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(_table(base, shape, np.nan)) - np.log(_table(own, shape, np.nan))
        common = np.isfinite(logs)
        quiet = common & ~_table(marked, shape, fill=False) & ~_table(base_marked, shape, fill=False)
        enough = quiet.sum(axis=2) >= least[part, None] * common.sum(axis=2)
        width = min(shape[0], rounds)
        medians = medians_along(logs, common)[:, :width]
        every[part, :width] = np.where(np.isnan(medians), every[part, :width], medians)
        clean[part, :width] = np.where(enough, medians_along(logs, quiet), np.nan)[:, :width]
        paired[part] = common.any(axis=(1, 2))
    return RoundRatios(every=every, clean=clean, seconds=seconds, paired=paired)


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


def _length(value: object) -> int:
    """Return the number of rounds of a cell."""
    return len(value) if isinstance(value, list) else 0


def _shape(value: object) -> tuple[int, ...]:
    """Return the numbers of rounds and passes of a cell."""
    return value.shape if isinstance(value, np.ndarray) else (0, 0)


def _table(arrays: Sequence[Any], shape: Sequence[int], fill: float) -> Any:  # noqa: ANN401 - floats or marks
    """Return the passes of cells as one table; those of a shape are filled in together."""
    table = np.full((len(arrays), *shape), fill)
    alike: dict[tuple[int, ...], list[int]] = {}
    for index, array in enumerate(arrays):
        alike.setdefault(_shape(array), []).append(index)
    for (rounds, passes), indices in alike.items():
        if rounds and passes:
            table[indices, :rounds, :passes] = np.stack([arrays[index] for index in indices])
    return table
