"""The baseline against itself: what the lanes of the span `control` read beside those of the same calls."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from harness.backends.table import is_on_device
from harness.model import THREADED, Cell, Span
from harness.statistics.arrays import Floats, Ints, Marks
from harness.statistics.excess_spread import excess_spread
from harness.statistics.means import Means, means_of
from harness.statistics.medians import medians_of
from harness.store.cell_table import table_of, texts_of
from harness.store.lists import table_of_lists
from harness.store.op_files import files_of, read_ops
from harness.store.round_figures import with_figures
from harness.store.runs import Run
from harness.store.summary import summarize
from harness.timing.noise import CLEAN_SHARE

CONTROL_COLUMNS = ("op", "backend", "n", "dtype", "threaded", "ratio", "low", "high")
"""The columns of a table of controls."""


def controls(run: Run) -> pd.DataFrame:
    """
    Return what each control of a run reads.

    A row per control with the columns `CONTROL_COLUMNS`: the case, whether it ran on several threads, and the
    time of the baseline over that of the same baseline once more, 1 in truth, with the ends of its 95 %
    interval (NaN with fewer than two rounds).
    """
    return _controls(read_ops(files_of(run))[0])


def controls_of_cells(cells: Iterable[Cell]) -> pd.DataFrame:
    """Return what each control among the cells of one run reads, as `controls` does."""
    return _controls(with_figures(table_of(cells)))


def control_errors(table: pa.Table, columns: Mapping[str, Any], run: Ints, runs: int) -> Floats:
    """
    Return for each cell the relative error that the controls of its run show beyond their own scatter.

    Those of its class count: several threads on the CPU, or one, as of an unknown number and of a device. NaN
    where its run has no control of the class. `columns` are those of `harness.store.summary.summarize`, and
    `run` tells of which run a cell is.
    """
    control, base = control_pairs(table, run)
    errors = np.full((runs, 2), np.nan)
    if len(control):
        several = _several(columns["cores"], control, base)
        means = _log_ratios(columns, base, control, several)
        spread = excess_spread(means, 2 * run[control] + several, 2 * runs)
        with np.errstate(over="ignore"):
            errors = np.expm1(spread).reshape(runs, 2)
    on_device = texts_of(table["backend"]).mark(is_on_device)
    of_cells: Floats = errors[run, ((columns["cores"] > THREADED) & ~on_device).astype(np.int64)]
    return of_cells


def is_control(table: pa.Table) -> Marks:
    """Return which cells of a table are controls."""
    marks: Marks = pc.equal(table["span"], str(Span.CONTROL)).to_numpy()
    return marks


def control_pairs(table: pa.Table, run: Ints) -> tuple[Ints, Ints]:
    """Return the places of the controls that have a baseline in their run, and of their baselines."""
    control = np.flatnonzero(is_control(table))
    if not len(control):
        return control, control
    call = np.flatnonzero(pc.equal(table["span"], str(Span.CALL)).to_numpy())
    keys = [run, table["n"].to_numpy(), *(texts_of(table[name]).codes for name in ("op", "backend", "dtype"))]
    by_key = [pd.MultiIndex.from_arrays([key[rows] for key in keys]) for rows in (call, control)]
    place = by_key[0].get_indexer(by_key[1])
    return control[place >= 0], call[place[place >= 0]]


def _controls(table: pa.Table) -> pd.DataFrame:
    """Return what each control among the cells of one run reads."""
    columns = summarize(table)
    control, base = control_pairs(table, np.zeros(len(table), dtype=np.int64))
    threaded = _several(columns["cores"], control, base)
    means = _log_ratios(columns, base, control, threaded)
    half = means.half_width()
    rows = table.select(["op", "backend", "n", "dtype"]).take(pa.array(control)).to_pandas()
    with np.errstate(over="ignore"):  # an interval may have no end
        return rows.assign(
            threaded=threaded,
            ratio=np.exp(means.centre),
            low=np.exp(means.centre - half),
            high=np.exp(means.centre + half),
        )[list(CONTROL_COLUMNS)]


def _log_ratios(columns: Mapping[str, Any], base: Ints, control: Ints, threaded: Marks) -> Means:
    """
    Return the logarithms of the times of baselines over those of their controls.

    From the passes that both have and that other work disturbed in neither, where these are a third of a
    round's; else from all of them on one thread, and from none on several, as a speedup is.
    """
    cells = pa.array(np.concatenate([base, control]))
    seconds, marked = (
        np.split(table_of_lists(columns[name].take(cells), fill), [len(base)])
        for name, fill in (("pass_seconds", np.nan), ("pass_marked", 0))
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        ratios = np.log(seconds[0]) - np.log(seconds[1])
    both = np.isfinite(ratios)
    clean = both & ~marked[0] & ~marked[1]
    enough = clean.sum(axis=2) >= CLEAN_SHARE * both.sum(axis=2)
    counted = np.where((enough | threaded[:, None])[:, :, None], clean & enough[:, :, None], both)
    medians = medians_of(ratios[counted], counted.sum(axis=2).ravel())
    return means_of(medians.reshape(ratios.shape[:2]), trimmed=threaded)


def _several(cores: Floats, control: Ints, base: Ints) -> Marks:
    """Return which controls ran on several threads: they or their baselines."""
    marks: Marks = (cores[control] > THREADED) | (cores[base] > THREADED)
    return marks
