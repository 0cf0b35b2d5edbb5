"""What the mirrored passes of very many rounds come to: a table per cell, its rounds by their passes."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.statistics.arrays import Floats, Ints, Marks
from harness.statistics.medians import medians_of
from harness.store.cell_table import Rounds
from harness.timing.noise import NOISY_SHARE

Objects = npt.NDArray[np.object_]
"""An array of tables, one per cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Passes:
    """Passes of all rounds one after another."""

    round: Ints
    """Which round a pass is of."""
    place: Ints
    """Which pass of its round it is."""
    seconds: Floats
    """The median of its samples."""
    marked: Marks
    """Whether at least `NOISY_SHARE` of them are disturbed."""


def pass_tables(rounds: Rounds, timed: Marks, medians: Floats) -> tuple[Objects, Objects]:
    """
    Return for each cell the seconds of its passes, and which are marked, both of shape (rounds, passes).

    `medians` has the seconds of each round, which are the one pass of a round that knows of none. A cell that
    is not `timed` has no rounds; a pass that a round lacks takes NaN seconds and no mark.
    """
    passes = _passes(rounds, medians)
    cell = rounds.cell[passes.round]
    counted = timed[cell]
    height = np.where(timed, rounds.per_cell, 0)
    width = np.zeros_like(height)
    np.maximum.at(width, cell[counted], passes.place[counted] + 1)
    # All tables are views into one array, those of one shape side by side.
    order = np.lexsort((width, height))
    begins = np.zeros_like(height)
    begins[order] = np.cumsum((height * width)[order]) - (height * width)[order]
    seconds = np.full(int((height * width).sum()), np.nan)
    marked = np.zeros(len(seconds), dtype=np.bool_)
    place = begins[cell] + rounds.place[passes.round] * width[cell] + passes.place
    seconds[place[counted]] = passes.seconds[counted]
    marked[place[counted]] = passes.marked[counted]
    return _views(seconds, order, height, width), _views(marked, order, height, width)


def _passes(rounds: Rounds, medians: Floats) -> _Passes:
    """Return the passes of all rounds, those without any in their rounds' stead last."""
    samples, disturbed, counts = rounds.samples()
    number, told = rounds.passes()
    tells = told > 0
    bad = np.bincount(np.repeat(np.arange(len(counts)), counts), disturbed, len(counts))
    whole = np.flatnonzero(~tells)
    if not tells.all():
        of_pass = np.repeat(tells, counts)
        samples, disturbed = samples[of_pass], disturbed[of_pass]
    round_ = np.repeat(np.arange(len(told)), told)
    begins = np.flatnonzero((np.diff(round_, prepend=-1) != 0) | (np.diff(number, prepend=-1) != 0))
    lengths = np.diff(begins, append=len(number))
    marks = np.add.reduceat(disturbed, begins, dtype=np.int64) if len(begins) else begins
    return _Passes(
        round=np.concatenate([round_[begins], whole]),
        place=np.concatenate([number[begins], np.zeros_like(whole)]),
        seconds=np.concatenate([medians_of(samples, lengths), medians[whole]]),
        marked=np.concatenate([marks >= NOISY_SHARE * lengths, bad[whole] >= NOISY_SHARE * counts[whole]]),
    )


def _views(flat: npt.NDArray[Any], order: Ints, height: Ints, width: Ints) -> Objects:
    """Return the tables of cells that lie in a flat array in this order."""
    tables = np.empty(len(order), dtype=np.object_)
    shapes = np.stack([height[order], width[order]])
    firsts = np.flatnonzero(np.diff(shapes, axis=1, prepend=-1).any(axis=0)).tolist()
    begin = 0
    for first, last in pairwise([*firsts, len(order)]):
        rows, columns = shapes[:, first].tolist()
        end = begin + (last - first) * rows * columns
        alike = flat[begin:end].reshape(last - first, rows, columns)
        for cell, table in zip(order[first:last].tolist(), alike, strict=True):
            tables[cell] = table
        begin = end
    return tables
