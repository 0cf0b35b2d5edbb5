"""What the mirrored passes of very many rounds come to: a table per cell, its rounds by their passes."""

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.statistics.arrays import Ints, Marks
from harness.store.cell_table import Rounds
from harness.store.round_figures import RoundFigures

Objects = npt.NDArray[np.object_]
"""An array of tables, one per cell."""


def pass_tables(rounds: Rounds, figures: RoundFigures, timed: Marks) -> tuple[Objects, Objects]:
    """
    Return for each cell the seconds of its passes, and which are marked, both of shape (rounds, passes).

    A cell that is not `timed` has no rounds; a pass that a round lacks takes NaN seconds and no mark.
    """
    counted = timed[rounds.cell]
    height = np.where(timed, rounds.per_cell, 0)
    width = np.zeros_like(height)
    np.maximum.at(width, rounds.cell[counted], figures.passes[counted])
    if counted.all() and np.array_equal(figures.passes, width[rounds.cell]) and height.sum() == len(counted):
        # They lie as they are to be, which saves half of the work.
        order = np.arange(len(height))
        return (
            _views(figures.pass_seconds, order, height, width),
            _views(figures.pass_marked, order, height, width),
        )
    # All tables are views into one array, those of one shape side by side.
    order = np.lexsort((width, height))
    begins = np.zeros_like(height)
    begins[order] = np.cumsum((height * width)[order]) - (height * width)[order]
    of_pass = np.repeat(counted, figures.passes)
    first = begins[rounds.cell] + rounds.place * width[rounds.cell] - _before(figures.passes)
    place = (np.repeat(first, figures.passes) + np.arange(len(of_pass)))[of_pass]
    seconds = np.full(int((height * width).sum()), np.nan)
    marked = np.zeros(len(seconds), dtype=np.bool_)
    seconds[place] = figures.pass_seconds[of_pass]
    marked[place] = figures.pass_marked[of_pass]
    return _views(seconds, order, height, width), _views(marked, order, height, width)


def _before(counts: Ints) -> Ints:
    """Return how many stand before those of each count."""
    before: Ints = np.cumsum(counts) - counts
    return before


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
