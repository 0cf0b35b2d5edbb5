"""The baseline against itself: what the lanes of the span `control` read beside those of the same calls."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from harness.backends.table import BACKENDS, ON_REQUEST
from harness.model import THREADED, Cell, Span
from harness.statistics.arrays import Floats, Ints, Marks
from harness.statistics.excess_spread import excess_spread
from harness.statistics.means import Means, means_of
from harness.statistics.medians import medians_of
from harness.store.cell_table import table_of, texts_of
from harness.store.op_files import op_files, read_ops
from harness.store.passes import Objects
from harness.store.runs import Run
from harness.store.summary import summarize

CONTROL_COLUMNS = ("op", "backend", "n", "dtype", "threaded", "ratio", "low", "high")
"""The columns of a table of controls."""


def controls(run: Run) -> pd.DataFrame:
    """
    Return what each control of a run reads.

    A row per control with the columns `CONTROL_COLUMNS`: the case, whether it ran on several threads, and the
    time of the baseline over that of the same baseline once more, 1 in truth, with the ends of its 95 %
    interval (NaN with fewer than two rounds).
    """
    paths = list(op_files(run.folder))
    return _controls(read_ops(paths)[0]) if paths else pd.DataFrame(columns=list(CONTROL_COLUMNS))


def controls_of_cells(cells: Iterable[Cell]) -> pd.DataFrame:
    """Return what each control among the cells of one run reads, as `controls` does."""
    return _controls(table_of(cells))


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
        means = _log_ratios(columns["pass_seconds"], base, control)
        spread = excess_spread(means, 2 * run[control] + several, 2 * runs)
        errors = np.expm1(spread).reshape(runs, 2)
    on_device = texts_of(table["backend"]).mark(_is_on_device)
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
    means = _log_ratios(columns["pass_seconds"], base, control)
    half = means.half_width()
    rows = table.select(["op", "backend", "n", "dtype"]).take(pa.array(control)).to_pandas()
    return rows.assign(
        threaded=_several(columns["cores"], control, base),
        ratio=np.exp(means.centre),
        low=np.exp(means.centre - half),
        high=np.exp(means.centre + half),
    )[list(CONTROL_COLUMNS)]


def _log_ratios(pass_seconds: Objects, base: Ints, control: Ints) -> Means:
    """Return the logarithms of times over those of other cells, from the passes that both have."""
    a, b = (_stacked(pass_seconds, cells) for cells in (base, control))
    rounds, passes = (max(a.shape[axis], b.shape[axis]) for axis in (1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        ratios = np.log(_padded(a, rounds, passes)) - np.log(_padded(b, rounds, passes))
    both = np.isfinite(ratios)
    medians = medians_of(ratios[both], both.sum(axis=2).ravel())
    return means_of(medians.reshape(len(base), rounds))


def _stacked(tables: Objects, cells: Ints) -> Floats:
    """Return the tables of some cells as one array, NaN where one is smaller than another."""
    chosen = [tables[cell] for cell in cells.tolist()]
    shape = [max((table.shape[axis] for table in chosen), default=0) for axis in (0, 1)]
    return np.stack([_padded(table, *shape) for table in chosen]) if chosen else np.empty((0, *shape))


def _padded(table: Floats, rounds: int, passes: int) -> Floats:
    """Return tables of rounds by passes made larger with NaN."""
    more = [(0, 0)] * (table.ndim - 2) + [(0, rounds - table.shape[-2]), (0, passes - table.shape[-1])]
    return np.pad(table, more, constant_values=np.nan) if any(b for _, b in more) else table


def _several(cores: Floats, control: Ints, base: Ints) -> Marks:
    """Return which controls ran on several threads: they or their baselines."""
    marks: Marks = (cores[control] > THREADED) | (cores[base] > THREADED)
    return marks


def _is_on_device(backend: str) -> bool:
    """Return whether a backend computes elsewhere than on the CPU; threads tell nothing of it."""
    listed = BACKENDS.get(backend)
    return ON_REQUEST.fullmatch(backend) is not None if listed is None else listed.device != "cpu"
