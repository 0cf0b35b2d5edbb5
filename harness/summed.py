"""What the rounds of cells come to: `harness.estimate` and `harness.ceilings`, for very many at once."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from harness.ceilings import ceiling_of
from harness.columns import Floats, Ints, Marks, coded, reduced, rounds_of, timed_of
from harness.estimate import FEWEST_CLEAN, t_quantile
from harness.model import Ceiling


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
        By the names of `harness.cells.WHOLE` an array with a figure per cell; ``round_seconds`` is a list
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
        As `harness.ceilings.rates` of each.
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
        `harness.estimate.round_median` of each.
    """
    cleaned = (bad > 0) & (counts - bad >= FEWEST_CLEAN)
    if cleaned.any():
        samples = samples[~(disturbed & np.repeat(cleaned, counts))]
    return medians_of(samples, np.where(cleaned, counts - bad, counts))


def estimates(medians: Floats) -> tuple[Floats, Floats, Floats]:
    """
    Return the time that the rounds of each cell agree on.

    Parameters
    ----------
    medians : array of float, of shape (cells, rounds)
        Seconds; NaN where a cell has no such round.

    Returns
    -------
    value, low, high : array of float
        `harness.estimate.estimate` of each row.
    """
    known = medians > 0
    count = known.sum(axis=1)
    logs = np.log(medians, out=np.zeros_like(medians), where=known)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        centre = logs.sum(axis=1) / count
        squares = np.where(known, (logs - centre[:, None]) ** 2, 0.0).sum(axis=1)
        quantiles = np.array([np.nan, np.nan, *(t_quantile(f) for f in range(1, medians.shape[1]))])
        half = quantiles[count] * np.sqrt(squares / (count - 1) / count)
        return medians_of(medians[known], count), np.exp(centre - half), np.exp(centre + half)


def medians_of(values: Floats, counts: Ints) -> Floats:
    """
    Return the medians of many lists.

    Parameters
    ----------
    values : array of float
        The lists, one after another.
    counts : array of int
        The length of each.

    Returns
    -------
    array of float
        The same as `statistics.median` of each; NaN for an empty one.
    """
    found = np.full(len(counts), np.nan)
    first = np.cumsum(counts) - counts
    lengths = np.unique(counts[counts > 0]).tolist()
    for count in lengths:
        rows = np.flatnonzero(counts == count)
        alike = len(lengths) == 1
        table = values.reshape(-1, count) if alike else values[first[rows, None] + np.arange(count)]
        table = np.sort(table, axis=1)
        with np.errstate(over="ignore"):
            middle = table[:, count // 2]
            found[rows] = middle if count % 2 else (table[:, count // 2 - 1] + middle) / 2
    return found


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
