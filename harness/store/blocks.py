"""The blocks that were timed of some cells, one by one: each sample with its round, its pass and its mark."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from harness.store.address import place_of
from harness.store.cell_table import rounds_of
from harness.store.cells_file import ops_in
from harness.store.files import corrupt
from harness.store.op_files import files_of, read_blocks
from harness.store.runs import Run, read_runs, select

_CASE = ["op", "backend", "n", "dtype", "span"]
COLUMNS = ["machine", "run", *_CASE, "round", "pass", "seconds", "calls", "disturbed"]


def blocks(results: str | Path, cells: pd.DataFrame) -> pd.DataFrame:
    """
    Read the times of every block of some cells.

    Parameters
    ----------
    results : str or Path
        The results folder that `harness.load` read the cells from.
    cells : DataFrame
        Rows of `harness.load`.

    Returns
    -------
    DataFrame
        One row per block in the order in which they were timed, with the columns `COLUMNS`: what names the
        cell, the ``round`` and the mirrored ``pass`` of it from 0 (none in a run of before there were any),
        ``seconds`` per call, net of the loop's own cost where the backend is synchronous, how many ``calls``
        the block had, and whether it was ``disturbed`` by other work. A cell without a time has no blocks.

    Raises
    ------
    UnknownNameError
        If the store has no such machine or run.
    CorruptStoreError
        If a file in the store is not what it should be.
    """
    place = place_of(results)
    runs, names = list(read_runs(place)), cells[["machine", "run"]].drop_duplicates()
    chosen = [
        run
        for machine, name in names.itertuples(index=False)
        for run in select(runs, place, machine=machine, run=name)
    ]
    return blocks_of(chosen, cells)


def blocks_of(runs: Iterable[Run], cells: pd.DataFrame) -> pd.DataFrame:
    """Read the times of every block of the cells that are of these runs; see `blocks`."""
    parts = [
        _of_run(run, of_run[_CASE])
        for run in runs
        if len(of_run := cells[(cells["machine"] == run.machine) & (cells["run"] == run.id)])
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)


def _of_run(run: Run, cases: pd.DataFrame) -> pd.DataFrame:
    """Read the blocks of cells of a run."""
    files = {op: path for path in files_of(run) for op in ops_in(path)}
    for op in cases["op"]:
        if op not in files:
            raise corrupt(run.folder / f"{op}.parquet", "it is missing")
    table, _ = read_blocks(sorted({files[op] for op in cases["op"]}))
    stored = table.select(_CASE).to_pandas()
    wanted = pd.MultiIndex.from_frame(stored).isin(pd.MultiIndex.from_frame(cases))
    rounds, stored = rounds_of(table.filter(wanted)), stored[wanted]
    seconds, disturbed, counts = rounds.samples()
    number, told = rounds.passes()
    of_round = np.repeat(np.arange(len(counts)), counts)
    passes = pd.Series(pd.NA, index=range(len(seconds)), dtype="Int64")
    passes[np.repeat(told > 0, counts)] = number
    names = stored.iloc[rounds.cell[of_round]].reset_index(drop=True)
    return names.assign(
        machine=run.machine,
        run=run.id,
        round=rounds.place[of_round],
        seconds=seconds,
        calls=rounds.numbers("number")[of_round].astype(np.int64),
        disturbed=disturbed,
        **{"pass": passes},
    )[COLUMNS]
