"""What the mirrored passes of very many rounds come to: a list per cell of its rounds, each of its passes."""

from typing import Any

import numpy as np

from harness.statistics.arrays import Marks
from harness.store.cell_table import Rounds
from harness.store.lists import list_array
from harness.store.round_figures import RoundFigures


def pass_lists(rounds: Rounds, figures: RoundFigures, timed: Marks) -> tuple[Any, Any]:
    """
    Return for each cell the seconds of its passes, and which are marked, as lists of rounds.

    A cell that is not `timed` has no rounds; a pass that a round lacks takes NaN seconds and no mark, so that
    all rounds of a cell are as long.
    """
    counted = timed[rounds.cell]
    height = np.where(timed, rounds.per_cell, 0)
    width = np.zeros_like(height)
    np.maximum.at(width, rounds.cell[counted], figures.passes[counted])
    lengths = np.repeat(width, height)
    seconds, marked = figures.pass_seconds, figures.pass_marked
    # Most lie as they are to be, which saves two thirds of the work.
    if not (counted.all() and np.array_equal(figures.passes, lengths)):
        of_pass = np.repeat(counted, figures.passes)
        row = (np.cumsum(height) - height)[rounds.cell] + rounds.place
        first = (np.cumsum(lengths) - lengths)[row[counted]]
        passes = figures.passes[counted]
        place = np.repeat(first - (np.cumsum(passes) - passes), passes) + np.arange(passes.sum())
        seconds, marked = np.full(int(lengths.sum()), np.nan), np.zeros(int(lengths.sum()), np.bool_)
        seconds[place], marked[place] = figures.pass_seconds[of_pass], figures.pass_marked[of_pass]
    return tuple(list_array(list_array(values, lengths), height) for values in (seconds, marked))
