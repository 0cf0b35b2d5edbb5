"""What the rounds of very many cells come to: medians, intervals, shares of ceilings."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from harness.machine.ceilings import ceiling_of
from harness.model import Ceiling
from harness.statistics.arrays import Floats, Ints
from harness.statistics.geometric_mean import estimates
from harness.statistics.medians import medians_of
from harness.store.cell_table import carry_time, rounds_of, texts_of
from harness.store.lists import list_array
from harness.store.passes import pass_lists
from harness.store.round_figures import stored_figures


def summarize(table: pa.Table) -> dict[str, Any]:
    """
    Return an array with a figure per cell, by columns of `harness.store.frame`.

    Those of `harness.store.lists.LISTS` are Arrow's; a cell that carries no time has no rounds here.
    """
    rounds, timed = rounds_of(table), carry_time(table)
    counted = timed[rounds.cell]
    cell, cells = rounds.cell[counted], len(table)
    number = {
        name: rounds.numbers(name)[counted]
        for name in ("floor", "faults_per_call", "throttled", "steady", "first", "enqueue", "cores")
    }
    figures = stored_figures(rounds)
    blocks, bad = figures.blocks[counted], figures.marked[counted]
    count, sampled = np.bincount(cell, minlength=cells), _sums(cell, blocks, cells)
    medians = np.full((cells, int(rounds.per_cell.max(initial=0))), np.nan)
    medians[cell, rounds.place[counted]] = figures.seconds[counted]
    pass_seconds, pass_marked = pass_lists(rounds, figures, timed)
    seconds, low, high = estimates(medians)
    height = np.where(timed, rounds.per_cell, 0)
    with np.errstate(invalid="ignore"):
        return {
            "seconds": seconds,
            "low": low,
            "high": high,
            "rounds": count,
            "samples": sampled.astype(np.int64),
            "disturbed": _sums(cell, bad, cells) / sampled,
            "faults_per_call": _sums(cell, number["faults_per_call"], cells) / count,
            "floor": _cell_medians(cell, number["floor"], cells),
            "first": _cell_medians(cell, number["first"], cells),
            "enqueue": _cell_medians(cell, number["enqueue"], cells),
            "throttled": _sums(cell, number["throttled"], cells) / sampled,
            "round_seconds": list_array(medians[np.arange(medians.shape[1]) < height[:, None]], height),
            "pass_seconds": pass_seconds,
            "pass_marked": pass_marked,
            "cores": _cell_medians(cell, number["cores"], cells),
            "unsteady": _sums(cell, number["steady"] == 0, cells).astype(np.int64),
        }


def ceiling_shares(
    table: pa.Table, seconds: Floats, run: Ints, ceilings: Sequence[Sequence[Ceiling]]
) -> Floats:
    """
    Return what share of its device's ceilings each cell reaches, as `harness.machine.ceilings.rates` of each.

    `run` tells of which run a cell is, and `ceilings` has those of each run.
    """
    backend, dtype = texts_of(table["backend"]), texts_of(table["dtype"])
    shape = len(ceilings), len(backend.different)
    in_cache, in_memory, memory_from = (np.full(shape, np.nan) for _ in range(3))
    matmul = np.full((*shape, len(dtype.different)), np.nan)
    for row, ceilings_of_run in enumerate(ceilings):
        for column, name in enumerate(backend.different):
            ceiling = ceiling_of(name, ceilings_of_run)
            if ceiling is not None:
                in_cache[row, column], in_memory[row, column] = ceiling.in_cache, ceiling.in_memory
                memory_from[row, column] = ceiling.memory_from
                matmul[row, column] = [ceiling.matmul.get(name, np.nan) for name in dtype.different]
    device = run, backend.codes
    moved, flop = table["moved"].to_numpy(), table["flop"].to_numpy()
    bandwidth = np.where(moved >= memory_from[device], in_memory[device], in_cache[device])
    with np.errstate(over="ignore"):
        shares: Floats = np.fmax(moved / bandwidth, flop / matmul[*device, dtype.codes]) / seconds
    return shares


def _cell_medians(cell: Ints, values: Floats, cells: int) -> Floats:
    """Return the median of the values that each cell has; those that are NaN are none."""
    stored = ~np.isnan(values)
    return medians_of(values[stored], np.bincount(cell[stored], minlength=cells))


def _sums(cell: Ints, values: Any, cells: int) -> Floats:  # noqa: ANN401 - an array of any kind of number
    """Return the sum of the values of each cell."""
    sums: Floats = np.bincount(cell, np.asarray(values, dtype=np.float64), cells).astype(np.float64)
    return sums
