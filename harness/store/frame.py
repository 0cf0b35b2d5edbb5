"""The store's cells as a data frame: the edge between values and analysis."""

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from harness.store.op_files import op_files, read_ops
from harness.store.runs import Run, read_ceilings, read_runs, select
from harness.store.summary import ceiling_shares, summarize

COLUMNS = (
    "machine",
    "run",
    "op",
    "backend",
    "n",
    "dtype",
    "span",
    "status",
    "reason",
    "seconds",
    "low",
    "high",
    "rounds",
    "samples",
    "disturbed",
    "faults_per_call",
    "max_error",
    "tolerance",
    "bytes_per_second",
    "flop_per_second",
    "ceiling_share",
    "floor",
    "first",
    "enqueue",
    "throttled",
)
"""The flat columns of a cell, as they are printed."""
FRAME_COLUMNS = (*COLUMNS, "quick", "round_seconds", "unsteady")
"""All columns of a frame, as it is exported to Parquet: with what a comparison needs."""
_BATCH = 10
"""Runs read together: enough that a column is long, few enough that their samples fit into a cache or two."""


def load(
    results: str | Path = "results", *, machine: str | None = None, run: str | None = None
) -> pd.DataFrame:
    """
    Load the cells of the store.

    Parameters
    ----------
    results : str or Path
        The results folder.
    machine : str, optional
        Only this machine's runs; default all.
    run : str, optional
        Only this run; default all, unfinished ones included.

    Returns
    -------
    DataFrame
        One row per cell with the columns `COLUMNS`: ``seconds`` per call, the geometric mean of its rounds,
        with the ends of its 95 % interval, counts of ``rounds`` and ``samples``, share of ``disturbed``
        samples, page faults per call, largest error and tolerance (relative), the least bytes and operations
        of a call over its time, and the share of what the device's ceilings allow (NaN where not defined). Of
        the rounds the medians of ``floor`` (an empty loop, an empty wait or an empty pair of events),
        ``first`` call and ``enqueue``, in seconds, NaN where there is none; the share of ``throttled``
        samples. Beyond these, ``quick`` says whether the run was a quick one, ``round_seconds`` has the
        medians of the rounds, from which `speedup` and `compare` are computed, and ``unsteady`` counts the
        rounds whose warm-up ended at its limit.

    Raises
    ------
    EmptyStoreError
        If there is nothing measured.
    UnknownNameError
        If there is no such machine or run.
    CorruptStoreError
        If a file in the store is not what it should be.
    """
    return frame(select(read_runs(Path(results)), Path(results), machine=machine, run=run))


def frame(runs: Iterable[Run]) -> pd.DataFrame:
    """Return the cells of runs as a data frame; see `load`."""
    runs = list(runs)
    batches = [runs[begin : begin + _BATCH] for begin in range(0, len(runs), _BATCH)]
    if len(batches) > 1:
        # Reading, unpacking and sorting run outside of Python's lock.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            frames = list(pool.map(_frame, batches))
    else:
        frames = list(map(_frame, batches))
    filled = [part for part in frames if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(FRAME_COLUMNS))


def _frame(runs: Sequence[Run]) -> pd.DataFrame:
    """Return the cells of some runs, small enough in number to hold all their samples."""
    ceilings = list(map(read_ceilings, runs))
    files = [(index, path) for index, run in enumerate(runs) for path in op_files(run.folder)]
    if not files:
        return pd.DataFrame(columns=list(FRAME_COLUMNS))
    table, file = read_ops([path for _, path in files])
    run = np.array([index for index, _ in files])[file]
    columns = summarize(table)
    with np.errstate(over="ignore"):
        columns |= {
            "bytes_per_second": table["moved"].to_numpy() / columns["seconds"],
            "flop_per_second": table["flop"].to_numpy() / columns["seconds"],
            "ceiling_share": ceiling_shares(table, columns["seconds"], run, ceilings),
        }
    columns["machine"] = pa.array([run.machine for run in runs]).take(pa.array(run)).to_pandas()
    columns["run"] = pa.array([run.id for run in runs]).take(pa.array(run)).to_pandas()
    columns["quick"] = np.array([run.facts["quick"] for run in runs])[run]
    stored = table.drop_columns(["rounds", "moved", "flop"]).to_pandas()
    return pd.DataFrame({name: columns[name] if name in columns else stored[name] for name in FRAME_COLUMNS})
