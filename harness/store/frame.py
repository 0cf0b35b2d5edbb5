"""The store's cells as a data frame: the edge between values and analysis."""

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from harness.errors import EmptyStoreError, UnknownNameError
from harness.store.runs import (
    Run,
    op_files,
    read_ceilings,
    read_op,
    read_runs,
    read_table,
)
from harness.store.summary import ceiling_shares, figures
from harness.store.validity import certain

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
WHOLE = (*COLUMNS, "quick", "round_seconds", "unsteady")
"""The columns of a frame, as it is exported to Parquet: with what a comparison needs."""
_AT_ONCE = 10
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
        One row per cell with the columns `COLUMNS`: ``seconds`` per call with the ends of its 95 %
        interval, counts of ``rounds`` and ``samples``, share of ``disturbed`` samples, page faults per
        call, largest error and tolerance (relative), the least bytes and operations of a call over its time,
        and the share of what the device's ceilings allow (NaN where not defined). Of the rounds the medians
        of ``floor`` (an empty loop, an empty wait or an empty pair of events), ``first`` call and
        ``enqueue``, in seconds, NaN where there is none; the share of ``throttled`` samples. Beyond
        these, ``quick`` says whether the run was a quick one, ``round_seconds`` has the medians of the
        rounds, from which `speedup` and `compare` are computed, and ``unsteady`` counts the rounds whose
        warm-up ended at its limit.

    Raises
    ------
    EmptyStoreError
        If there is nothing measured.
    UnknownNameError
        If there is no such machine or run.
    CorruptStoreError
        If a file in the store is not what it should be.
    """
    return frame(select(list(read_runs(Path(results))), Path(results), machine=machine, run=run))


def select(
    runs: Iterable[Run], results: Path, *, machine: str | None = None, run: str | None = None
) -> list[Run]:
    """
    Choose among the runs of a store.

    Parameters
    ----------
    runs : iterable of Run
        All of them.
    results : Path
        Where they lie, for messages.
    machine, run : str, optional
        Names that they must have.

    Returns
    -------
    list of Run
        At least one.

    Raises
    ------
    EmptyStoreError
        If there are no runs at all.
    UnknownNameError
        If none has these names.
    """
    found = list(runs)
    if not found:
        raise EmptyStoreError(f"nothing is measured yet in {results / 'runs'}; measure with `harness run`")
    if machine is not None:
        machines = dict.fromkeys(r.machine for r in found)
        if machine not in machines:
            raise UnknownNameError.of("machine", machine, machines)
        found = [r for r in found if r.machine == machine]
    if run is not None:
        if run not in {r.id for r in found}:
            raise UnknownNameError.of("run", run, [r.id for r in found])
        found = [r for r in found if r.id == run]
    return found


def latest(runs: Iterable[Run], machine: str) -> Run:
    """
    Return the latest complete run of a machine.

    Parameters
    ----------
    runs : iterable of Run
        Runs of any machines.
    machine : str
        Name of the machine.

    Returns
    -------
    Run

    Raises
    ------
    EmptyStoreError
        If that machine has no complete run.
    """
    found = list(runs)
    own = [run for run in found if run.machine == machine]
    complete = [run for run in own if run.complete]
    if complete:
        return max(complete, key=lambda run: run.id)
    if own:
        raise EmptyStoreError(
            f"no run of {machine!r} came to its end; name an unfinished one with --run: "
            + ", ".join(run.id for run in own)
        )
    others = ", ".join(sorted({run.machine for run in found}))
    raise EmptyStoreError(
        f"nothing is measured yet on {machine!r}; measure with `harness run`"
        + (f", or name another with --machine: {others}" if others else "")
    )


def frame(runs: Iterable[Run]) -> pd.DataFrame:
    """
    Return the cells of runs as a data frame.

    Parameters
    ----------
    runs : iterable of Run
        From `harness.store.runs.read_runs`.

    Returns
    -------
    DataFrame
        See `load`.
    """
    found = list(runs)
    parts = [found[at : at + _AT_ONCE] for at in range(0, len(found), _AT_ONCE)]
    if len(parts) > 1:
        # Reading, unpacking and sorting run outside of Python's lock.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            frames = list(pool.map(_frame, parts))
    else:
        frames = list(map(_frame, parts))
    full = [part for part in frames if len(part)]
    return pd.concat(full, ignore_index=True) if full else pd.DataFrame(columns=list(WHOLE))


def _frame(runs: Sequence[Run]) -> pd.DataFrame:
    """Return the cells of some runs, small enough in number to hold all their samples."""
    ceilings = list(map(read_ceilings, runs))
    files = [(at, path) for at, run in enumerate(runs) for path in op_files(run.folder)]
    tables = [read_table(path) for _, path in files]
    if not tables:
        return pd.DataFrame(columns=list(WHOLE))
    whole = pa.concat_tables(tables)
    if not certain(tables, [path.stem for _, path in files], whole):
        for _, path in files:
            read_op(path)  # it names the file, and what is wrong with it
    of = np.repeat([at for at, _ in files], [len(table) for table in tables])
    own = figures(whole)
    with np.errstate(over="ignore"):
        own |= {
            "bytes_per_second": whole["moved"].to_numpy() / own["seconds"],
            "flop_per_second": whole["flop"].to_numpy() / own["seconds"],
            "ceiling_share": ceiling_shares(whole, own["seconds"], of, ceilings),
        }
    own["machine"] = pa.array([run.machine for run in runs]).take(pa.array(of)).to_pandas()
    own["run"] = pa.array([run.id for run in runs]).take(pa.array(of)).to_pandas()
    own["quick"] = np.array([run.facts["quick"] for run in runs])[of]
    plain = whole.drop_columns(["rounds", "moved", "flop"]).to_pandas()
    return pd.DataFrame({name: own[name] if name in own else plain[name] for name in WHOLE})
