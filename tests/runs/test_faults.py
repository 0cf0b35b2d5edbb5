"""Faults, with the real thing: killed processes, Ctrl-C, full disks, exhausted memory, runs at once."""

import os
import pickle
import pty
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest

import harness
from harness.errors import MeasureError
from harness.runs.sweep import sweep
from harness.store.check import check
from harness.store.merge import merge
from harness.store.runs import read_runs
from tests.support.families import Family
from tests.support.projects import copy_project
from tests.support.runs import MACHINE, count, scripted_cell, write_run
from tests.support.sweeps import ABS, SMALL, begun_for, failing

pytestmark = pytest.mark.slow

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
MOUNT, UMOUNT = shutil.which("mount") or "", shutil.which("umount") or ""
LITTLE = ("--backend", "torch-cpu", "--max-size", "64", "--rounds", "1")
SHORT = ("run", "--op", "abs", "--op", "sin", *LITTLE)


def contents(results: Path) -> dict[Path, bytes]:
    """Return what the finished files of a store hold, but for run.json, which is replaced once."""
    return {path: path.read_bytes() for path in results.glob("runs/*/*/[!.]*.parquet*")}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_project(tmp_path_factory.mktemp("faults"))


@pytest.fixture(scope="module")
def duration(project: Path) -> float:
    """Return the seconds of a run that nobody disturbs; it is the first in the store."""
    began = time.monotonic()
    family = Family(project, *SHORT, "--no-plots")
    said = family.end()
    assert family.run.returncode == 0, said
    return time.monotonic() - began


@linux
@pytest.mark.parametrize("attempt", range(count(4, 200)))
def test_a_kill_at_any_moment_leaves_no_process_and_loses_no_complete_cell(
    project: Path, duration: float, attempt: int
) -> None:
    random, results = Random(attempt), project / "results"  # noqa: S311 - a moment, not a secret
    family = Family(project, *SHORT, "--no-plots")
    with suppress(subprocess.TimeoutExpired):
        family.run.wait(random.uniform(0, duration))
    part = ("", "harness.workers.worker")[attempt % 2]
    victims = family.alive(part) if part else []
    before = contents(results)
    (random.choice(victims) if victims else family.run).kill()
    family.end()
    after = contents(results)
    assert before.items() <= after.items()
    assert check(results).faults == ()
    readable = {(run.machine, run.id) for run in read_runs(results)}
    assert {path.parent.parts[-2:] for path in after} <= readable
    assert len(harness.load(results)["run"].unique()) >= 1


@linux
def test_ctrl_c_in_a_terminal_ends_with_the_answer_from_what_there_is(
    project: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    results, (terminal, far_end) = tmp_path / "results", pty.openpty()
    longer = ("--rounds", "1000", "--results", str(results))
    family = Family(project, *SHORT[:-2], *longer, terminal=far_end)
    os.close(far_end)
    said, pressed = b"", 0.0
    while True:
        readable, _, _ = select.select([terminal], [], [], 0.02)
        if readable:
            try:
                said += os.read(terminal, 65536)
            except OSError:  # the other end is closed
                break
        if not pressed and b"round 3 of at most" in said:
            pressed = time.monotonic()
            os.write(terminal, b"\x03")
    os.close(terminal)
    code = family.run.wait(60)
    family.gone(30)
    record_property("seconds from Ctrl-C to the last process's end", time.monotonic() - pressed)
    assert code == 130
    assert b"this is the answer from what was measured until then" in said
    assert b"report: " in said
    assert b"Traceback" not in said
    assert set(harness.load(results)["op"]) == {"abs", "sin"}
    assert [(run.complete, run.facts["stopped"]) for run in read_runs(results)] == [(True, True)]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Return a file system of 512 KiB, in memory."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = [MOUNT, "-t", "tmpfs", "-o", "size=512k", "none", str(folder)]
    if not MOUNT or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here; it takes root on Linux")
    yield folder
    subprocess.run([UMOUNT, str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Fill a file system to its last byte."""
    path = disk / "filler"
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    return path


def test_a_full_disk_costs_the_op_being_written_and_says_so(disk: Path) -> None:
    write_run(disk, [scripted_cell("numpy", 16, [1.0])])
    # Begun, so that it is the op's file that finds no room.
    job = begun_for(disk, replace(SMALL, max_size=16, rounds=1))
    filler = fill(disk)
    with pytest.raises(MeasureError, match=r"cannot be written \(No space left on device\); make room"):
        sweep(ABS, job)
    assert len(harness.load(disk)) == 1
    assert list(disk.glob("runs/*/*/.*")) == []
    filler.unlink()
    assert sweep(ABS, job)
    assert len(harness.load(disk)) > 1


def test_a_merge_into_a_full_disk_leaves_no_half_run(disk: Path, tmp_path: Path) -> None:
    write_run(disk, [scripted_cell("numpy", 16, [1.0])])
    write_run(tmp_path / "other", [scripted_cell("numpy", 16, [1.0])], run="20260202T000000Z-000000")
    filler = fill(disk)
    with pytest.raises(MeasureError, match="No space left"):
        merge([tmp_path / "other"], disk)
    assert len(list(read_runs(disk))) == 1
    assert [path.name for path in (disk / "runs" / MACHINE).iterdir()] == ["20260101T000000Z-000000"]
    filler.unlink()
    assert len(merge([tmp_path / "other"], disk).copied) == 1


def test_a_results_folder_that_cannot_be_written_is_told_before_anything_is_measured(
    project: Path, disk: Path
) -> None:
    subprocess.run([MOUNT, "-o", "remount,ro", str(disk)], check=True)
    family = Family(project, *SHORT, "--results", str(disk))
    said = family.end()
    assert family.run.returncode == MeasureError.exit_code
    assert "cannot be written (Read-only file system)" in said
    assert "asv" not in said
    assert "Traceback" not in said


@pytest.fixture
def little_memory() -> Iterator[Path]:
    """Return a control group of 1.5 GiB of memory."""
    parent = Path("/sys/fs/cgroup/memory")
    first = parent if parent.is_dir() else Path("/sys/fs/cgroup")
    limit = "memory.limit_in_bytes" if parent.is_dir() else "memory.max"
    group = first / f"harness-{uuid4().hex[:8]}"
    try:
        group.mkdir()
        (group / limit).write_text(str(3 * 2**29))
    except OSError as error:
        with suppress(OSError):
            group.rmdir()
        pytest.skip(f"no control group with a limit can be made here ({error.strerror})")
    yield group
    group.rmdir()


def test_the_kernel_takes_the_worker_when_memory_runs_out(tmp_path: Path, little_memory: Path) -> None:
    """The sweep is made larger than its worker will ever be, and still it is the worker that goes."""
    op = failing("[torch.ones(2**20, dtype=torch.float64) for _ in range(4096)]")
    job = begun_for(tmp_path, replace(SMALL, max_size=16, rounds=1))
    script = (
        "import os, pathlib, pickle, sys\n"
        f"pathlib.Path({str(little_memory / 'cgroup.procs')!r}).write_text(str(os.getpid()))\n"
        "ballast = b'x' * (850 * 2**20)\n"
        "from harness.runs.job import current_job; from harness.runs.sweep import sweep\n"
        "sweep(pickle.load(sys.stdin.buffer), current_job())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=pickle.dumps(op),
        env={**os.environ, "HARNESS_JOB": job.text()},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    cells = harness.load(tmp_path)
    assert set(cells[cells["backend"] == "torch-cpu"]["status"]) == {"oom"}
    assert set(cells[cells["backend"] == "numpy"]["status"]) <= {"ok", "noisy"}


@pytest.mark.parametrize("together", [2, 8][: count(1, 2)])
def test_runs_at_once_share_a_store(project: Path, tmp_path: Path, together: int) -> None:
    families = [Family(project, *SHORT, "--no-plots", "--results", str(tmp_path)) for _ in range(together)]
    said = [family.end() for family in families]
    assert [family.run.returncode for family in families] == [0] * together, said
    assert [run.complete for run in read_runs(tmp_path)] == [True] * together
    assert check(tmp_path).faults == ()
    cells = harness.load(tmp_path)
    assert set(cells.groupby("run")["op"].nunique()) == {2}
