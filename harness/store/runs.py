"""Runs on disk: their folders ``results/runs/<machine>/<run>``, their ``run.json``, and which is meant.

Their other files are never changed once written, but those of ops become one; ``run.json`` is replaced when
the run ends or a second look raises a ceiling.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.backends.table import BASELINE
from harness.errors import CorruptStoreError, EmptyStoreError, UnknownNameError
from harness.model import Ceiling
from harness.names import is_plain
from harness.store.address import Address
from harness.store.files import corrupt, foreign, list_folder, refuse, write_whole
from harness.store.run_json import read_facts, text_of

_AT_ONCE = 16
"""Files that are fetched from an address at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run in the store."""

    folder: Path
    machine: str
    id: str
    facts: Mapping[str, Any]
    """The contents of its ``run.json``; see docs/store.md."""

    @property
    def complete(self) -> bool:
        """Whether the run came to its end."""
        return self.facts.get("end") is not None

    @property
    def baseline(self) -> str:
        """What its speedups are against: the label of a backend."""
        return str(self.facts["settings"].get("baseline", BASELINE))

    @property
    def memory(self) -> Mapping[str, float]:
        """Bytes of memory: of the host, as ``"cpu"``, and what was free on a backend's device, by backend."""
        on_devices = self.facts["libraries"].get("device_memory") or {}
        told = {"cpu": self.facts["machine"].get("ram"), **on_devices}
        return {name: room for name, room in told.items() if isinstance(room, int | float)}

    @property
    def functions(self) -> Mapping[str, Mapping[str, Any]]:
        """What is told of its ops that are somebody's function, by op; see docs/store.md."""
        functions: Mapping[str, Mapping[str, Any]] = self.facts.get("functions", {})
        return functions


def write_facts(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write a run's ``run.json``, with the schema version and the digest; make its folder if missing."""
    write_whole(folder / "run.json", text_of(facts))


def read_runs(results: Path) -> Iterator[Run]:
    """Read what is known of every run, by machine, then by identity, which is the order of time."""
    if not isinstance(results, Address):
        return map(read_run, run_folders(results))
    # There run.json comes last: without it a run is still being written, or its writer was killed.
    folders = [folder for folder in run_folders(results) if (folder / "run.json").exists()]
    with ThreadPoolExecutor(_AT_ONCE) as pool:  # each takes a journey
        return iter(list(pool.map(read_run, folders)))


def run_folders(results: Path, on_foreign: Callable[[CorruptStoreError], None] = refuse) -> Iterator[Path]:
    """Find the folders of runs, in the order of `read_runs`; one with nothing but drafts is no run yet."""
    for machine in _folders(results / "runs", on_foreign):
        yield from (folder for folder in _folders(machine, on_foreign) if list_folder(folder))


def read_run(folder: Path) -> Run:
    """Read what is known of one run."""
    path = folder / "run.json"
    if not path.exists():
        raise CorruptStoreError(
            f"{folder} holds files but no run.json; move it out of the store or restore the file"
            + (" by merging the run once more" if isinstance(folder, Address) else "")
        )
    return Run(folder=folder, machine=folder.parent.name, id=folder.name, facts=read_facts(path))


def select(
    runs: Iterable[Run], results: Path, *, machine: str | None = None, run: str | None = None
) -> list[Run]:
    """Choose the runs with these names, at least one; refuse names that none of them has."""
    selected = list(runs)
    if not selected:
        raise EmptyStoreError(f"nothing is measured yet in {results / 'runs'}; measure with `harness run`")
    if machine is not None:
        machines = dict.fromkeys(r.machine for r in selected)
        if machine not in machines:
            raise UnknownNameError.of("machine", machine, machines)
        selected = [r for r in selected if r.machine == machine]
    if run is not None:
        if run not in {r.id for r in selected}:
            raise UnknownNameError.of("run", run, [r.id for r in selected])
        selected = [r for r in selected if r.id == run]
    return selected


def latest(runs: Iterable[Run], machine: str) -> Run:
    """Return the latest complete run of a machine."""
    runs = list(runs)
    of_machine = [run for run in runs if run.machine == machine]
    complete = [run for run in of_machine if run.complete]
    if complete:
        return max(complete, key=lambda run: run.id)
    if of_machine:
        raise EmptyStoreError(
            f"no run of {machine!r} came to its end; `harness speedup --run` and the like take an unfinished "
            f"one: {', '.join(run.id for run in of_machine)}"
        )
    others = ", ".join(sorted({run.machine for run in runs}))
    raise EmptyStoreError(
        f"nothing is measured yet on {machine!r}; measure with `harness run`"
        + (f", or name another with --machine: {others}" if others else "")
    )


def read_ceilings(run: Run) -> list[Ceiling]:
    """Return the ceilings that were measured with a run; refuse what is none."""
    try:
        ceilings = [Ceiling(**fields) for fields in run.facts.get("ceilings", ())]
        for ceiling in ceilings:
            _check_ceiling(ceiling)
    except (TypeError, ValueError, AttributeError) as error:
        raise corrupt(run.folder / "run.json", f"its ceilings are none ({error})") from error
    return ceilings


def without_ceilings(run: Run) -> dict[str, str]:
    """Return why a device has no ceilings in a run, by device."""
    missing = run.facts.get("without_ceilings")
    return {str(device): str(why) for device, why in missing.items()} if isinstance(missing, dict) else {}


def _check_ceiling(ceiling: Ceiling) -> None:
    """Refuse a ceiling with a figure or a name that no ceiling has."""
    rates = (ceiling.in_cache, ceiling.in_memory, *ceiling.matmul.values())
    if not all(0 < x < math.inf for x in (*rates, ceiling.memory_from, ceiling.empty_call, ceiling.timer)):
        raise ValueError(f"a figure of {ceiling.device!r} is not above 0")
    if not all(isinstance(name, str) for name in (ceiling.device, *ceiling.matmul)):
        raise TypeError(f"{ceiling.device!r} is no device")


def _folders(parent: Path, on_foreign: Callable[[CorruptStoreError], None]) -> Iterator[Path]:
    """Yield the folders in a folder of the store; anything else is foreign to it."""
    for path in list_folder(parent):
        if path.is_dir() and is_plain(path.name):
            yield path
        else:
            on_foreign(foreign(path))
