"""A store in memory, which fsspec reaches like one that is far away; and a run that is put there."""

from collections.abc import Callable, Iterator

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from harness.runs.job import Job
from harness.runs.measure import Measured
from harness.store.op_files import write_op
from harness.store.runs import write_facts
from tests.support.runs import scripted_cell, scripted_facts

STORE = "memory://bucket/results"
SECRET = "wJalrXUtnFEMI"  # noqa: S105 - of nobody
"""What no message may have, whatever an error says."""


@pytest.fixture
def memory() -> Iterator[MemoryFileSystem]:
    """Give a test an empty store in memory."""
    files = fsspec.filesystem("memory")
    files.store.clear()
    files.pseudo_dirs[:] = [""]
    yield files
    files.store.clear()


def cut_runs_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the store be lost whenever a run is written to it, with an error that tells a secret."""
    write = MemoryFileSystem.pipe_file

    def cut(self: MemoryFileSystem, path: str, value: bytes) -> None:
        if "/runs/" in path:
            raise ConnectionResetError(SECRET)
        write(self, path, value)

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", cut)


def script_run(monkeypatch: pytest.MonkeyPatch, then: Callable[[], object] = lambda: None) -> None:
    """Let a run find two cells without measuring; something may happen meanwhile."""

    def measure(job: Job, _ops: object, _parents: object, _tell: Callable[[object], None]) -> Measured:
        cells = [scripted_cell(backend, 16, [1.0, 1.01]) for backend in ("numpy", "torch-cpu")]
        write_facts(job.folder, scripted_facts(complete=False))
        write_op(job.folder, "abs", cells, {"timed": 1.0, "warm_up": 1.0, "starts": 1.0, "wall": 4.0})
        then()
        return Measured(cells={"abs": cells}, seconds={"abs": 4.0}, stopped=False)

    monkeypatch.setattr("harness.runs.measure.measure_run", measure)
