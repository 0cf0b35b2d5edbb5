"""Which run answers for an op: of a machine, the latest complete one that holds it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from harness.errors import EmptyStoreError, UnknownNameError
from harness.statistics.arrays import Marks
from harness.store.cells_file import ops_in
from harness.store.frame import frame
from harness.store.op_files import files_of
from harness.store.runs import Run, latest


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A run, and the ops for which it answers."""

    run: Run
    ops: tuple[str, ...]


def whole(run: Run) -> Part:
    """Return a run that answers for all of its ops."""
    return Part(run=run, ops=ops_of(run))


def ops_of(run: Run) -> tuple[str, ...]:
    """Return the ops of which a run has cells, by name."""
    return tuple(sorted(op for path in files_of(run) for op in ops_in(path)))


def latest_with(runs: Iterable[Run], machine: str, ops: Sequence[str]) -> Run:
    """Return the latest complete run of a machine that holds all of some ops; of none, the latest."""
    runs = list(runs)
    newest = latest(runs, machine)
    complete = _complete(runs, machine)
    for run in complete if ops else [newest]:
        if set(ops) <= set(ops_of(run)):
            return run
    held = dict.fromkeys(op for run in complete for op in ops_of(run))
    for op in ops:
        if op not in held:
            raise UnknownNameError.of("op", op, held)
    raise EmptyStoreError(
        f"no complete run of {machine!r} holds all of {', '.join(ops)}; ask for them one at a time"
    )


def latest_parts(runs: Iterable[Run], machine: str) -> list[Part]:
    """Return for every op of a machine the latest complete run that holds it, the latest run first."""
    runs = list(runs)
    newest = latest(runs, machine)
    parts = [whole(newest)]
    told = set(parts[0].ops)
    for run in _complete(runs, machine):
        ops = tuple(op for op in ops_of(run) if op not in told)
        told.update(ops)
        parts += [Part(run=run, ops=ops)] if ops else []
    return parts


def rows_of(parts: Iterable[Part], table: pd.DataFrame) -> Marks:
    """Return which rows of a table of cells or answers are of an op for which their run answers."""
    wanted = {(part.run.machine, part.run.id, op) for part in parts for op in part.ops}
    marks: Marks = np.zeros(len(table), dtype=np.bool_)
    if len(table):
        for key, rows in table.groupby(["machine", "run", "op"], sort=False).indices.items():
            marks[rows] = key in wanted
    return marks


def cells_of_parts(parts: Iterable[Part], loaded: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the cells of runs; those of the one that is loaded already are not read again."""
    runs = [part.run for part in parts]
    keys = set() if loaded is None else set(zip(loaded["machine"], loaded["run"], strict=True))
    others = [run for run in runs if (run.machine, run.id) not in keys]
    if loaded is None or len(others) == len(runs):
        return frame(runs)
    return pd.concat([loaded, frame(others)], ignore_index=True) if others else loaded


def _complete(runs: Iterable[Run], machine: str) -> list[Run]:
    """Return the complete runs of a machine, the latest first."""
    complete = (run for run in runs if run.machine == machine and run.complete)
    return sorted(complete, key=lambda run: run.id, reverse=True)
