"""What the rounds of cells come to: `harness.statistics.geometric_mean` and `harness.machine.ceilings`, for very many at once."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from harness.machine.ceilings import ceiling_of
from harness.model import Ceiling
from harness.statistics.arrays import Floats, Ints, Marks
from harness.statistics.geometric_mean import estimates
from harness.statistics.medians import medians_of
from harness.store.columns import (
    coded,
    reduced,
    rounds_of,
    timed_of,
)
from harness.timing.noise import FEWEST_CLEAN


def figures(table: pa.Table) -> dict[str, Any]:
    """
    Return what the rounds of cells come to.

    Parameters
    ----------
    table : Table
        See `rounds_of`; `certain` of it.

    Returns
    -------
    dict
        By the names of `harness.store.frame.WHOLE` an array with a figure per cell; ``round_seconds`` is a list
        of lists. A cell that carries no time has no rounds here.
    """
    rounds, timed = rounds_of(table), timed_of(table)
    own = timed[rounds.cell]
    cell, cells = rounds.cell[own], len(table)
    samples, disturbed, counts = rounds.samples()
    number = {name: rounds.numbers(name)[own] for name in ("floor", "faults_per_call", "throttled", "steady")}
    bad = reduced(np.add, disturbed, counts)
    count, sampled = np.bincount(cell, minlength=cells), _sums(cell, counts[own], cells)
    medians = np.full((cells, int(rounds.ordered.max(initial=0))), np.nan)
    medians[cell, rounds.place[own]] = round_medians(samples, disturbed, counts, bad)[own]
    seconds, low, high = estimates(medians)
    with np.errstate(invalid="ignore"):
        return {
            "seconds": seconds,
            "low": low,
            "high": high,
            "rounds": count,
            "samples": sampled.astype(np.int64),
            "disturbed": _sums(cell, bad[own], cells) / sampled,
            "faults_per_call": _sums(cell, number["faults_per_call"], cells) / count,
            "floor": _cell_medians(cell, number["floor"], cells),
            "first": _cell_medians(cell, rounds.numbers("first")[own], cells),
            "enqueue": _cell_medians(cell, rounds.numbers("enqueue")[own], cells),
            "throttled": _sums(cell, number["throttled"], cells) / sampled,
            "round_seconds": _lists(medians, np.where(timed, rounds.ordered, 0)),
            "unsteady": _sums(cell, number["steady"] == 0, cells).astype(np.int64),
        }


def ceiling_shares(
    table: pa.Table, seconds: Floats, run: Ints, ceilings: Sequence[Sequence[Ceiling]]
) -> Floats:
    """
    Return what share of its device's ceilings each cell reaches.

    Parameters
    ----------
    table : Table
        See `rounds_of`.
    seconds : array of float
        The time of each cell; NaN where it has none.
    run : array of int
        Of which run each cell is.
    ceilings : sequence of sequence of Ceiling
        Of each run.

    Returns
    -------
    array of float
        As `harness.machine.ceilings.rates` of each.
    """
    codes, texts = coded(table, ("backend", "dtype"))
    shape = len(ceilings), len(texts["backend"])
    in_cache, in_memory, memory_from = (np.full(shape, np.nan) for _ in range(3))
    product = np.full((*shape, len(texts["dtype"])), np.nan)
    for at, own in enumerate(ceilings):
        for place, backend in enumerate(texts["backend"]):
            if (found := ceiling_of(backend, own)) is not None:
                in_cache[at, place], in_memory[at, place] = found.in_cache, found.in_memory
                memory_from[at, place] = found.memory_from
                product[at, place] = [found.matmul.get(dtype, np.nan) for dtype in texts["dtype"]]
    here = run, codes["backend"]
    moved, flop = table["moved"].to_numpy(), table["flop"].to_numpy()
    highest = np.where(moved >= memory_from[here], in_memory[here], in_cache[here])
    with np.errstate(over="ignore"):
        shares: Floats = np.fmax(moved / highest, flop / product[*here, codes["dtype"]]) / seconds
    return shares


def round_medians(samples: Floats, disturbed: Marks, counts: Ints, bad: Ints) -> Floats:
    """
    Return the seconds per call that each round stands for.

    Parameters
    ----------
    samples, disturbed, counts
        From `Rounds.samples`.
    bad : array of int
        How many samples of each round are disturbed.

    Returns
    -------
    array of float
        `harness.timing.noise.round_median` of each.
    """
    cleaned = (bad > 0) & (counts - bad >= FEWEST_CLEAN)
    if cleaned.any():
        samples = samples[~(disturbed & np.repeat(cleaned, counts))]
    return medians_of(samples, np.where(cleaned, counts - bad, counts))


def _cell_medians(cell: Ints, values: Floats, cells: int) -> Floats:
    """Return the median of the values that each cell has; those that are NaN are none."""
    known = ~np.isnan(values)
    return medians_of(values[known], np.bincount(cell[known], minlength=cells))


def _sums(cell: Ints, values: Any, cells: int) -> Floats:  # noqa: ANN401 - an array of any kind of number
    """Return the sum of the values of each cell."""
    found: Floats = np.bincount(cell, np.asarray(values, dtype=np.float64), cells).astype(np.float64)
    return found


def _lists(table: Floats, lengths: Ints) -> list[list[float]]:
    """Return the rows of a table as lists of these lengths."""
    width = table.shape[1]
    return [
        row if length == width else row[:length]
        for row, length in zip(table.tolist(), lengths.tolist(), strict=True)
    ]
