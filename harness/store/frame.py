"""The store's cells as a data frame: the edge between values and analysis."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, islice
from operator import attrgetter
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from harness.backends.table import BASELINE
from harness.errors import CorruptStoreError, UsageError
from harness.model import Ceiling, Cell
from harness.parallel import in_threads
from harness.statistics.arrays import Ints
from harness.store.address import place_of
from harness.store.cell_table import table_of
from harness.store.control import control_errors, is_control
from harness.store.lists import LISTS, kept_lists, series_of
from harness.store.op_files import files_of, read_ops
from harness.store.round_figures import with_figures
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
FRAME_COLUMNS = (
    *COLUMNS,
    "quick",
    "looks",
    "baseline",
    "cores",
    "control",
    "round_seconds",
    "pass_seconds",
    "pass_marked",
    "unsteady",
)
"""All columns of a frame, as it is exported to Parquet: with what a comparison needs."""
_BATCH = 7
"""Runs read together: enough that a column is long, few enough that their samples fit into a cache or two."""


def load(
    results: str | Path = "results", *, machine: str | None = None, run: str | None = None
) -> pd.DataFrame:
    """
    Load the cells of the store.

    Parameters
    ----------
    results : str or Path
        The results folder, or its address, such as ``s3://bucket/results``.
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
        samples. Beyond these, ``quick`` says whether the run was a quick one, ``looks`` how often it was
        planned to look at the results and stop, ``baseline`` what the speedups of the run are against, and
        ``cores`` how many cores the cell used (NaN if unknown).
        ``control`` is the relative error that the baseline showed against itself beyond its own scatter, in
        the run and with as many threads (NaN if it was not measured); the cells of the span ``control`` are
        no rows. ``round_seconds`` has the medians of the rounds, ``pass_seconds`` those of the mirrored
        passes of each round, as long for each, NaN where there is none, and ``pass_marked`` which of these
        were disturbed, as lists (of lists) of Arrow's; from them `speedup` and `compare` are computed.
        ``unsteady`` counts the rounds whose warm-up ended at its limit.

    Raises
    ------
    EmptyStoreError
        If there is nothing measured.
    UnknownNameError
        If there is no such machine or run.
    CorruptStoreError
        If a file in the store is not what it should be.
    RemoteError
        If the address cannot be reached.
    """
    place = place_of(results)
    return frame(select(read_runs(place), place, machine=machine, run=run))


def load_in_parts(results: str | Path = "results", *, machines: int = 100) -> Iterator[pd.DataFrame]:
    """
    Load the cells of a store that is larger than memory, of some machines at a time.

    Answers hold cells against others of their run alone, so those of the parts are those of the store.

    Parameters
    ----------
    results : str or Path
        The results folder, or its address, such as ``s3://bucket/results``.
    machines : int
        Of how many a part holds all runs; the last may hold fewer. A hundred take a tenth of a gigabyte.

    Yields
    ------
    DataFrame
        The cells as `load` returns them, in the same order.

    Raises
    ------
    UsageError
        If a part is to hold less than one machine.
    EmptyStoreError
        If there is nothing measured.
    CorruptStoreError
        If a file in the store is not what it should be.
    RemoteError
        If the address cannot be reached.
    """
    if machines < 1:
        raise UsageError(f"{machines} machines make no part; give 1 or more")
    place = place_of(results)
    by_machine = groupby(read_runs(place), key=attrgetter("machine"))
    parts = iter(lambda: [run for _, runs in islice(by_machine, machines) for run in runs], [])
    first = next(parts, None) or select((), place)
    yield from map(frame, chain([first], parts))


def frame(runs: Iterable[Run]) -> pd.DataFrame:
    """Return the cells of runs as a data frame; see `load`."""
    runs = list(runs)
    batches = [runs[begin : begin + _BATCH] for begin in range(0, len(runs), _BATCH)]
    frames = in_threads(_frame, batches)
    filled = [part for part in frames if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(FRAME_COLUMNS))


def frame_of_cells(
    cells: Iterable[Cell],
    *,
    machine: str,
    run: str,
    quick: bool,
    looks: int = 1,
    baseline: str = BASELINE,
) -> pd.DataFrame:
    """Return the frame that `load` would return of these cells of one run, without files and ceilings."""
    table = with_figures(table_of(cells))
    source = _Source(machine=machine, run=run, quick=quick, looks=looks, baseline=baseline)
    return _frame_of(table, np.zeros(len(table), dtype=np.int64), [source])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """What the cells of a run have in common."""

    machine: str
    run: str
    quick: bool
    looks: int
    baseline: str
    ceilings: Sequence[Ceiling] = ()


def _frame(runs: Sequence[Run]) -> pd.DataFrame:
    """Return the cells of some runs, small enough in number to hold all their samples."""
    sources = [
        _Source(
            machine=run.machine,
            run=run.id,
            quick=run.facts["quick"],
            looks=run.facts.get("looks", 1),
            baseline=run.baseline,
            ceilings=read_ceilings(run),
        )
        for run in runs
    ]
    files = _files(runs)
    if not files:
        return pd.DataFrame(columns=list(FRAME_COLUMNS))
    try:
        table, file = read_ops([path for _, path in files])
    except CorruptStoreError:
        if files == (files := _files(runs)):
            raise
        table, file = read_ops(
            [path for _, path in files]
        )  # a run has just ended and made one file of its own
    return _frame_of(table, np.array([index for index, _ in files])[file], sources)


def _files(runs: Sequence[Run]) -> list[tuple[int, Path]]:
    """Return the files of runs, each with the place of its run."""
    return [(index, path) for index, run in enumerate(runs) for path in files_of(run)]


def _frame_of(table: pa.Table, source: Ints, sources: Sequence[_Source]) -> pd.DataFrame:
    """Return the cells of a table as a frame, given which of the sources each is from."""
    columns = summarize(table)
    with np.errstate(over="ignore"):
        columns |= {
            "bytes_per_second": table["moved"].to_numpy() / columns["seconds"],
            "flop_per_second": table["flop"].to_numpy() / columns["seconds"],
            "ceiling_share": ceiling_shares(
                table, columns["seconds"], source, [one.ceilings for one in sources]
            ),
        }
    columns["control"] = control_errors(table, columns, source, len(sources))
    for name in ("machine", "run", "baseline"):
        texts = pa.array([getattr(one, name) for one in sources], pa.string())
        columns[name] = texts.take(pa.array(source)).to_pandas()
    columns["quick"] = np.array([one.quick for one in sources])[source]
    columns["looks"] = np.array([one.looks for one in sources])[source]
    stored = table.drop_columns(["rounds", "moved", "flop"]).to_pandas()
    shown, flat = ~is_control(table), [name for name in FRAME_COLUMNS if name not in LISTS]
    cells = pd.DataFrame({name: columns[name] if name in columns else stored[name] for name in flat})[shown]
    lists = {name: series_of(kept_lists(columns[name], shown).cast(kind)) for name, kind in LISTS.items()}
    return cells.reset_index(drop=True).assign(**lists)[list(FRAME_COLUMNS)]
