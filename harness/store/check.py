"""Whether a store, perhaps a stranger's, is whole and makes sense; and what nobody can tell from it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from harness.errors import CorruptStoreError
from harness.machine.ceilings import judge
from harness.model import Cell
from harness.store.cells_file import RUN_FILE
from harness.store.files import SEAL
from harness.store.op_files import joined_ops, op_files, read_cells_of, read_cost
from harness.store.runs import Run, read_ceilings, read_run, run_folders

UNKNOWABLE = (
    "who measured it, and whether it was the machine on the card: a seal shows damage, not forgery",
    "whether an op is missing that was removed together with its seal",
)
"""What can be told of no store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What was found out about a store."""

    runs: int
    """How many could be read, as of `cells`."""
    cells: int
    faults: tuple[str, ...]
    """A sentence per thing that is wrong; each names the file or the run."""
    unverified: tuple[str, ...]
    """What could not be told, each in words that follow "not verified:"."""


def check(results: Path) -> Inspection:
    """Check a store: names, schema, seals, and whether its values can have been measured together."""
    runs = cells = 0
    faults: list[object] = []
    unverified = list(UNKNOWABLE)
    for folder in run_folders(results, faults.append):
        try:
            run = read_run(folder)
        except CorruptStoreError as error:
            faults.append(error)
            continue
        of_run = _cells(run, faults)
        runs, cells = runs + 1, cells + len(of_run)
        faults += [f"{folder}: {words}" for words in _contradictions(run, of_run)]
        unverified += [f"{folder}: {words}" for words in _doubts(run)]
        try:
            faults += [f"{folder}: {words}" for words in _impossible_times(run, of_run)]
        except CorruptStoreError as error:
            faults.append(error)
    return Inspection(runs=runs, cells=cells, faults=tuple(map(str, faults)), unverified=tuple(unverified))


def _cells(run: Run, faults: list[object]) -> list[Cell]:
    """Return the cells that can be read, and tell of the files that cannot."""
    cells: list[Cell] = []
    before = len(faults)
    for path in op_files(run.folder, faults.append):
        try:
            cells += read_cells_of(path)
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
    ordered = run.facts["settings"].get("rounds", "no")
    most = max((len(cell.rounds) for cell in cells), default=0)
    # null orders as many as the time allows
    if most > 0 and ordered is not None and (not isinstance(ordered, int) or most > ordered):
        yield f"a cell has {most} rounds, but {ordered} were ordered"
    if run.complete:
        if not any(run.folder.glob("*.parquet")):
            yield "it came to its end and has no cells"
        # Whoever joins the files of ops may be killed after the first seal, or before the last is removed.
        left = {f"{op}.parquet" for op in joined_ops(run.folder)} | {RUN_FILE}
        for seal in sorted(run.folder.glob(f"*{SEAL}")):
            if seal.with_suffix("").name not in left and not seal.with_suffix("").exists():
                yield f"{seal.with_suffix('').name} is missing, and its seal is there"


def _doubts(run: Run) -> Iterator[str]:
    """Yield what cannot be told of a run."""
    if "ceilings" not in run.facts:
        yield "whether its times are possible: it stores no ceilings"
    if not run.complete:
        yield "what it would have measured: it was stopped before its end"
    elif run.facts.get("stopped"):
        yield "what it would have measured: it was ended by hand, and answers from what was there"
    elif datetime.fromisoformat(run.facts["end"]) < datetime.fromisoformat(run.facts["begin"]):
        yield "when it was measured: the clock was set back meanwhile (times are not taken from that clock)"
    if run.facts.get("dirty"):
        yield f"what exactly was timed: the benchmarks differed from commit {run.facts.get('commit')}"


def _impossible_times(run: Run, cells: list[Cell]) -> Iterator[str]:
    """Yield which cells are stored with a time that the ceilings stored with them do not allow."""
    if "ceilings" not in run.facts:
        return
    ceilings = read_ceilings(run)
    for cell in cells:
        judged = judge(cell, ceilings)
        if judged.status is not cell.status:
            case = cell.case
            yield f"{case.op} with {case.backend} at n = {case.n} is {judged.status}: {judged.reason}"
