"""The two runs of a comparison, and the words that name one: a run, its folder, or a file of its cells."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from harness.errors import UnknownNameError, UsageError
from harness.export.cells_parquet import read_cells
from harness.store.address import Address, place_of
from harness.store.frame import frame
from harness.store.runs import Run, latest, read_run, read_runs


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRun:
    """One of the two runs of a comparison."""

    name: str
    """Machine and run, joined by a slash."""
    cells: pd.DataFrame
    facts: Mapping[str, Any]
    """What ``run.json`` says; empty if a file does not tell."""


def read_compared_run(text: str, results: Path) -> ComparedRun:
    """
    Return what a word on the command line means.

    A run's folder, a Parquet file of cells, a run, or a machine, which stands for its latest complete run.
    """
    path = place_of(text)
    if _is_file(path):
        return _of_file(path)
    if _is_file(path / "run.json"):
        return _of_run(read_run(path if isinstance(path, Address) else path.resolve()))
    runs = list(read_runs(results))
    named = [run for run in runs if run.id == text]
    if len(named) > 1:
        raise UsageError(f"several machines have a run {text!r}; name its folder: {_listed(named)}")
    if named:
        return _of_run(named[0])
    if text in {run.machine for run in runs}:
        return _of_run(latest(runs, text))
    names = dict.fromkeys([*(run.machine for run in runs), *(run.id for run in runs)])
    raise UnknownNameError.of("file, run folder, run or machine", text, names)


def _is_file(path: Path) -> bool:
    """Whether there is such a file; a name that is too long for a path is none."""
    with suppress(OSError):
        return path.is_file()
    return False


def _of_run(run: Run) -> ComparedRun:
    """Return a run of a store."""
    return ComparedRun(name=f"{run.machine}/{run.id}", cells=frame([run]), facts=run.facts)


def _of_file(path: Path) -> ComparedRun:
    """Return the run whose cells a file holds."""
    cells, facts = read_cells(path)
    names = list(dict.fromkeys(cells["machine"] + "/" + cells["run"]))
    if len(names) != 1:
        raise UsageError(f"{path} holds cells of {len(names)} runs, and a comparison needs one")
    return ComparedRun(name=names[0], cells=cells, facts=facts)


def _listed(runs: list[Run]) -> str:
    """Return the folders of runs."""
    return ", ".join(str(run.folder) for run in runs)
