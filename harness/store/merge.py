"""Several stores made one: every run is copied whole or not at all, and none is ever changed."""

import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import ConflictError, EmptyStoreError, MeasureError
from harness.store.files import read_whole, seal_of, write_whole
from harness.store.runs import Run, op_files, read_cells, read_runs

Contents = dict[str, str]
"""The SHA-256 of each file of a run, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """
    What a merge did.

    Attributes
    ----------
    copied : tuple of Path
        Folders of the runs that the target lacked, as they are there now.
    present : int
        How many runs it had already.
    """

    copied: tuple[Path, ...]
    present: int


def merge(sources: Sequence[Path], target: Path) -> Merged:
    """
    Copy into one store all runs of others that it lacks.

    Parameters
    ----------
    sources : sequence of Path
        Results folders; they are only read.
    target : Path
        The results folder that is to have the runs of all; made if missing.

    Returns
    -------
    Merged
        Doing it again copies nothing.

    Raises
    ------
    EmptyStoreError
        If a source has no runs.
    CorruptStoreError
        If a run, or something else in a source or in the target, is not what it should be.
    ConflictError
        If two stores have a run of the same name with different contents. As above, nothing is copied.
    MeasureError
        If a run cannot be written; those before it are there.
    """
    known: dict[tuple[str, str], tuple[Run, Contents]] = {}
    for run in read_runs(target):
        known[run.machine, run.id] = run, _contents(run)
    missing: list[Run] = []
    present = 0
    for source in sources:
        runs = list(read_runs(source))
        if not runs:
            raise EmptyStoreError(f"there are no runs in {source / 'runs'}; name a results folder")
        for run in runs:
            read_cells(run)  # a damaged run is refused here rather than spread
            contents = _contents(run)
            other, others = known.setdefault((run.machine, run.id), (run, contents))
            if contents != others:
                raise ConflictError(
                    f"{run.folder} and {other.folder} are the same run with different contents "
                    f"({_difference(contents, others)}); keep one of them, nothing was copied"
                )
            if other is run:
                missing.append(run)
            else:
                present += 1
    copied = tuple(_copy(run, target / "runs" / run.machine / run.id) for run in missing)
    return Merged(copied=copied, present=present)


def _files(run: Run) -> list[Path]:
    """Return the files that make up a run."""
    ops = list(op_files(run.folder))
    return [run.folder / "run.json", *map(seal_of, ops), *ops]


def _contents(run: Run) -> Contents:
    """Return what a run's files hold."""
    return {path.name: hashlib.sha256(read_whole(path)).hexdigest() for path in _files(run)}


def _difference(one: Contents, other: Contents) -> str:
    """Return the names of the files in which two runs differ."""
    return ", ".join(sorted({name for name, _ in one.items() ^ other.items()}))


def _copy(run: Run, folder: Path) -> Path:
    """Copy a run's files under a name that readers pass over, then give the whole its own."""
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        for path in _files(run):
            write_whole(draft / path.name, read_whole(path))
        draft.rename(folder)
    except OSError as error:
        raise MeasureError(f"{folder} cannot be written ({error.strerror}); make room there") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)  # it is gone where all went well
    return folder
