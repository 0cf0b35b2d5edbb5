"""Several stores made one: every run is copied whole or not at all, and none is ever changed."""

import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import ConflictError, EmptyStoreError, MeasureError
from harness.store.address import Address
from harness.store.files import read_whole, seal_of, write_whole
from harness.store.op_files import files_of, read_blocks
from harness.store.runs import Run, read_runs

Contents = dict[str, str]
"""The SHA-256 of each file of a run, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What a merge did."""

    copied: tuple[Path, ...]
    """Folders of the runs that the target lacked, as they are there now."""
    present: int
    """How many runs it had already."""


def merge(sources: Sequence[Path], target: Path) -> Merge:
    """
    Copy into one store all runs of others that it lacks; doing it again copies nothing.

    Where a source has no run, a file is corrupt, or a name stands for two runs, it refuses before it copies.
    """
    missing, present = _missing_runs(sources, target)
    copied = tuple(put(run, target) for run in missing)
    return Merge(copied=copied, present=present)


def _missing_runs(sources: Sequence[Path], target: Path) -> tuple[list[Run], int]:
    """Return the runs of the sources that the target lacks, and how many it or another source has already."""
    by_name = {(run.machine, run.id): run for run in read_runs(target)}
    missing: list[Run] = []
    present = 0
    for source in sources:
        runs = list(read_runs(source))
        if not runs:
            raise EmptyStoreError(f"there are no runs in {source / 'runs'}; name a results folder")
        for run in runs:
            read_blocks(files_of(run))  # a damaged run is refused here rather than spread
            other = by_name.setdefault((run.machine, run.id), run)
            # Of the target only what has a namesake is fetched.
            contents, others = _contents(run), _contents(other)
            if contents != others:
                raise ConflictError(
                    f"{run.folder} and {other.folder} are the same run with different contents "
                    f"({_difference(contents, others)}); keep one of them, nothing was copied"
                )
            if other is run:
                missing.append(run)
            else:
                present += 1
    return missing, present


def _files(run: Run) -> list[Path]:
    """Return the files that make up a run, in the order in which they are written."""
    ops = files_of(run)
    return [*map(seal_of, ops), *ops, run.folder / "run.json"]


def _contents(run: Run) -> Contents:
    """Return what a run's files hold."""
    return {path.name: hashlib.sha256(read_whole(path)).hexdigest() for path in _files(run)}


def _difference(a: Contents, b: Contents) -> str:
    """Return the names of the files in which two runs differ."""
    return ", ".join(sorted({name for name, _ in a.items() ^ b.items()}))


def put(run: Run, target: Path) -> Path:
    """Copy a run into a store that lacks it, whole or not at all; return its folder there."""
    folder = target / "runs" / run.machine / run.id
    if isinstance(folder, Address):  # where nothing is renamed; what has no run.json yet is no run
        for path in _files(run):
            write_whole(folder / path.name, read_whole(path))
    else:
        _copy(run, folder)
    return folder


def _copy(run: Run, folder: Path) -> None:
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
