"""Whether a store, perhaps a stranger's, is whole and makes sense; and what nobody can tell from it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from harness.errors import CorruptStoreError
from harness.machine.ceilings import judged
from harness.model import TIMED, Cell
from harness.store.files import SEAL
from harness.store.runs import (
    Run,
    op_files,
    read_ceilings,
    read_cost,
    read_op,
    read_run,
    run_folders,
)

Judge = Callable[[Run, Cell], str]
"""Says why a cell is beyond the ceilings that its run stores; empty where it is not."""
UNKNOWABLE = (
    "who measured it, and whether it was the machine on the card: a seal shows damage, not forgery",
    "whether an op is missing that was removed together with its seal",
)
"""What can be told of no store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """
    What was found out about a store.

    Attributes
    ----------
    runs, cells : int
        How many could be read.
    faults : tuple of str
        A sentence per thing that is wrong; each names the file or the run.
    unverified : tuple of str
        What could not be told, each in words that follow "not verified:".
    """

    runs: int
    cells: int
    faults: tuple[str, ...]
    unverified: tuple[str, ...]


def check(results: Path, judge: Judge | None = None) -> Report:
    """
    Check a store: names, schema, seals, and whether its values can have been measured together.

    Parameters
    ----------
    results : Path
        The results folder.
    judge : callable, optional
        Asked about every timed cell of a run whose facts have the key ``ceilings``. Without it the report
        says that these cells were not held against their ceilings.

    Returns
    -------
    Report
    """
    runs = cells = 0
    faults: list[object] = []
    unverified = list(UNKNOWABLE)
    for folder in run_folders(results, faults.append):
        try:
            run = read_run(folder)
        except CorruptStoreError as error:
            faults.append(error)
            continue
        own = _cells(run, faults)
        runs, cells = runs + 1, cells + len(own)
        faults += [f"{folder}: {words}" for words in _contradictions(run, own)]
        unverified += [f"{folder}: {words}" for words in _doubts(run, judge)]
        if judge is not None and "ceilings" in run.facts:
            timed = (cell for cell in own if cell.status in TIMED)
            try:
                faults += [f"{folder}: {words}" for cell in timed if (words := judge(run, cell))]
            except CorruptStoreError as error:
                faults.append(error)
    return Report(runs=runs, cells=cells, faults=tuple(map(str, faults)), unverified=tuple(unverified))


def _cells(run: Run, faults: list[object]) -> list[Cell]:
    """Return the cells that can be read, and tell of the files that cannot."""
    cells: list[Cell] = []
    before = len(faults)
    for path in op_files(run.folder, faults.append):
        try:
            cells += read_op(path)
        except CorruptStoreError as error:
            faults.append(error)
    if len(faults) == before:
        try:
            read_cost(run)
        except CorruptStoreError as error:
            faults.append(error)
    return cells


def _contradictions(run: Run, cells: list[Cell]) -> Iterator[str]:
    """Yield where a run's parts say different things."""
    if run.facts["machine"]["name"] != run.machine:
        yield f"it lies under {run.machine!r}, but was measured on {run.facts['machine']['name']!r}"
    ordered = run.facts["settings"].get("rounds")
    most = max((len(cell.rounds) for cell in cells), default=0)
    if most > 0 and (not isinstance(ordered, int) or most > ordered):
        yield f"a cell has {most} rounds, but {ordered!r} were ordered"
    if run.complete:
        if not any(run.folder.glob("*.parquet")):
            yield "it came to its end and has no cells"
        for seal in sorted(run.folder.glob(f"*{SEAL}")):
            if not seal.with_suffix("").exists():
                yield f"{seal.with_suffix('').name} is missing, and its seal is there"


def _doubts(run: Run, judge: Judge | None) -> Iterator[str]:
    """Yield what cannot be told of a run."""
    if "ceilings" not in run.facts:
        yield "whether its times are possible: it stores no ceilings"
    elif judge is None:
        yield "whether its times are possible: nobody held them against the ceilings it stores"
    if not run.complete:
        yield "what it would have measured: it was stopped before its end"
    elif datetime.fromisoformat(run.facts["end"]) < datetime.fromisoformat(run.facts["begin"]):
        yield "when it was measured: the clock was set back meanwhile (times are not taken from that clock)"
    if run.facts.get("dirty"):
        yield f"what exactly was timed: the benchmarks differed from commit {run.facts.get('commit')}"


def above_ceiling(run: Run, cell: Cell) -> str:
    """
    Say why a cell that is stored with a time cannot have it.

    Parameters
    ----------
    run : Run
        With the ceilings that it stores.
    cell : Cell
        Of the run.

    Returns
    -------
    str
        Empty where no ceiling speaks against it.

    Raises
    ------
    CorruptStoreError
        See `read_ceilings`.
    """
    found = judged(cell, read_ceilings(run))
    if found.status is cell.status:
        return ""
    return f"{cell.case.op} with {cell.case.backend} at n = {cell.case.n} is {found.status}: {found.reason}"
