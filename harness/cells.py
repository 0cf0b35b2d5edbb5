"""The store's cells as a data frame: the edge between values and analysis."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd

from harness.ceilings import rates
from harness.errors import EmptyStoreError, UnknownNameError
from harness.estimate import estimate, round_median
from harness.model import TIMED, Ceiling, Cell
from harness.plausible import read_ceilings
from harness.store import Run, read_cells, read_runs

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
        From `harness.store.read_runs`.

    Returns
    -------
    DataFrame
        See `load`.
    """
    rows = [
        _row(run, cell, ceilings)
        for run, ceilings in ((run, read_ceilings(run)) for run in runs)
        for cell in read_cells(run)
    ]
    return pd.DataFrame(rows, columns=list(WHOLE))


def remarks(cells: pd.DataFrame) -> list[tuple[str, str, str]]:
    """
    Return what must be known to read the figures of cells that have a time.

    Parameters
    ----------
    cells : DataFrame
        From `load`.

    Returns
    -------
    list of (str, str, str)
        Backends and ops, each joined by commas, and what is to be known of them.
    """
    told = cells[(cells["reason"] != "") & cells["status"].isin(TIMED)]
    return [
        (", ".join(dict.fromkeys(part["backend"])), ", ".join(dict.fromkeys(part["op"])), str(reason))
        for reason, part in told.groupby("reason", sort=False)
    ]


def _median(values: Iterable[float | None]) -> float:
    """Return the median of the values that there are, NaN if there are none."""
    known = [value for value in values if value is not None]
    return median(known) if known else math.nan


def _row(run: Run, cell: Cell, ceilings: Sequence[Ceiling]) -> dict[str, Any]:
    """Return one row of the frame."""
    timed = [found for found in cell.rounds if found is not None] if cell.status in TIMED else []
    medians = [math.nan if found is None else round_median(found) for found in cell.rounds] if timed else []
    time = estimate(medians)
    samples = sum(len(found.samples) for found in timed)
    return {
        "machine": run.machine,
        "run": run.id,
        "op": cell.case.op,
        "backend": cell.case.backend,
        "n": cell.case.n,
        "dtype": cell.case.dtype,
        "span": str(cell.case.span),
        "status": str(cell.status),
        "reason": cell.reason,
        "seconds": time.value,
        "low": time.low,
        "high": time.high,
        "rounds": len(timed),
        "samples": samples,
        "disturbed": sum(sum(found.disturbed) for found in timed) / samples if samples else math.nan,
        "faults_per_call": sum(f.faults_per_call for f in timed) / len(timed) if timed else math.nan,
        "max_error": cell.max_error,
        "tolerance": cell.tolerance,
        **asdict(rates(cell, time.value, ceilings)),
        "floor": _median([found.floor for found in timed]),
        "first": _median([found.first for found in timed]),
        "enqueue": _median([found.enqueue for found in timed]),
        "throttled": sum(found.throttled for found in timed) / samples if samples else math.nan,
        "quick": run.facts["quick"],
        "round_seconds": medians,
        "unsteady": sum(not found.steady for found in timed),
    }
