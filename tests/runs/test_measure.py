"""Runs with real worker processes: what is stored, in which order, when they end, what a failing op costs."""

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import psutil
import pytest

import harness
from harness.backends.table import BACKENDS, REQUIRED
from harness.errors import MeasureError
from harness.model import WAITED_FOR, Cell, Op, Round, Span, Status
from harness.runs.job import Job
from harness.runs.measure import Measured, measure_run
from harness.runs.progress import Step, Tell
from harness.runs.sweep import sweep
from harness.store.op_files import read_cells, read_cost
from harness.store.runs import read_runs
from harness.workers.parents import Parents
from tests.support.projects import PROJECT
from tests.support.sweeps import ABS, SIN, SMALL, begun_for, failing, job_for, raising

pytestmark = pytest.mark.slow

MAY_BE_MISSING = {
    name for name, backend in BACKENDS.items() if backend.device != "cpu" or backend.library not in REQUIRED
}


def statuses(cells: list[Cell], backend: str) -> set[Status]:
    return {cell.status for cell in cells if cell.case.backend == backend}


def timed(cell: Cell) -> list[Round]:
    return [round_ for round_ in cell.rounds if round_ is not None]


def test_a_sweep_stores_every_cell_with_its_rounds(tmp_path: Path) -> None:
    job = job_for(tmp_path)
    cells = sweep(ABS, job)
    assert {(c.case.backend, c.case.n, c.case.span) for c in cells} == {
        *((backend, n, span) for backend in SMALL.backends for n in (16, 64) for span in WAITED_FOR),
        *(("numpy", n, Span.CONTROL) for n in (16, 64)),
    }
    for cell in cells:
        assert cell.status in (Status.OK, Status.NOISY)
        assert len(timed(cell)) == 2
        assert all(0 < sample < 1 for round_ in timed(cell) for sample in round_.samples)
        assert all(round_.floor > 0 for round_ in timed(cell))
        assert all(round_.first and round_.first > 0 and round_.enqueue is None for round_ in timed(cell))
        assert all(set(round_.passes) == {0, 1} for round_ in timed(cell))
        assert cell.max_error <= cell.tolerance
    run = next(read_runs(tmp_path))
    assert sorted(map(repr, read_cells(run))) == sorted(map(repr, cells))
    assert {"timed", "warm_up", "starts", "wall"} == set(read_cost(run))


def test_run_json_says_where_and_with_what_it_was_measured(tmp_path: Path) -> None:
    sweep(ABS, job_for(tmp_path))
    facts = next(read_runs(tmp_path)).facts
    assert facts["machine"]["name"] == "here"
    assert facts["machine"]["ram"] > 1e8
    assert facts["libraries"]["numpy"] == __import__("numpy").__version__
    assert facts["libraries"]["pools"][-1]["library"] == "torch"
    assert set(facts["libraries"]["missing"]) <= MAY_BE_MISSING
    assert facts["settings"]["max_size"] == 64
    assert (facts["seed"], facts["quick"], facts["end"]) == (0, False, None)
    assert len(facts["commit"]) == 40


def test_float64_is_measured_on_request(tmp_path: Path) -> None:
    cells = sweep(ABS, begun_for(tmp_path, replace(SMALL, dtypes=("float64",), max_size=16, rounds=1)))
    assert {cell.case.dtype for cell in cells} == {"float64"}
    assert statuses(cells, "torch-cpu") <= {Status.OK, Status.NOISY}


@pytest.mark.parametrize(
    ("torch", "status", "said"),
    [
        ("torch.abs(x) + 1", Status.WRONG, "against float64 NumPy"),
        ("torch.abs(x)[:3]", Status.WRONG, "shape (3,)"),
        ("torch.abs(x).double()", Status.WRONG, "float64"),
        ("torch.nonsense(x)", Status.CRASHED, "AttributeError"),
        ("torch.empty(2**50)", Status.OOM, "allocate memory"),
        (raising("torch.OutOfMemoryError('CUDA out of memory. Tried')"), Status.OOM, "Tried"),
        (raising("RuntimeError('CUDA error: out of memory')"), Status.OOM, "out of memory"),
        (
            raising("RuntimeError('CUDA error: device-side assert triggered')"),
            Status.CRASHED,
            "ended with 70: RuntimeError: CUDA error: device-side assert triggered",
        ),
        ("__import__('ctypes').string_at(0)", Status.CRASHED, "SIGSEGV"),
        ("__import__('os')._exit(3)", Status.CRASHED, "ended with 3"),
        ("__import__('os').kill(__import__('os').getpid(), 9)", Status.OOM, "memory"),
        # It holds the interpreter's lock, so no thread of the worker's own could help.
        ("__import__('ctypes').PyDLL(None).sleep(600)", Status.TIMEOUT, "no sign of life"),
    ],
)
def test_a_failing_backend_costs_its_own_cells_only(
    tmp_path: Path, torch: str, status: Status, said: str
) -> None:
    limit = 1.0 if status is Status.TIMEOUT else SMALL.hang_limit
    cells = sweep(failing(torch), begun_for(tmp_path, replace(SMALL, max_size=16, hang_limit=limit)))
    assert statuses(cells, "torch-cpu") == {status}
    assert all(said in cell.reason for cell in cells if cell.case.backend == "torch-cpu")
    assert statuses(cells, "numpy") <= {Status.OK, Status.NOISY}
    assert all(len(timed(cell)) == 2 for cell in cells if cell.case.backend == "numpy")
    frame = harness.load(tmp_path)
    assert frame[frame["backend"] == "torch-cpu"]["seconds"].isna().all()


def test_an_op_that_fails_only_at_one_size_keeps_the_others(tmp_path: Path) -> None:
    cells = sweep(failing("torch.abs(x if n < 64 else __import__('os')._exit(3))"), begun_for(tmp_path))
    at = {cell.case.n: cell.status for cell in cells if cell.case.backend == "torch-cpu"}
    assert at[16] in (Status.OK, Status.NOISY)
    assert at[64] is Status.CRASHED


def test_an_op_that_fails_after_the_check_costs_its_own_cells_only(tmp_path: Path) -> None:
    """It computes the right result a hundred times, then raises in the middle of the timing."""
    counted = "torch.count = getattr(torch, 'count', 0) + 1\ntorch.abs(x if torch.count < 100 else None)"
    cells = sweep(failing(counted), begun_for(tmp_path, replace(SMALL, max_size=16)))
    assert statuses(cells, "torch-cpu") == {Status.CRASHED}
    assert statuses(cells, "numpy") <= {Status.OK, Status.NOISY}


def test_what_a_library_prints_does_not_get_into_the_answers(tmp_path: Path) -> None:
    op = failing("print('hello')\ntorch.abs(x)")
    cells = sweep(op, begun_for(tmp_path, replace(SMALL, max_size=16, rounds=1)))
    assert statuses(cells, "torch-cpu") <= {Status.OK, Status.NOISY}


def test_one_thread_backends_run_on_one_thread(tmp_path: Path) -> None:
    """Torch computes right only where it has the number of threads that its backend says."""
    wrong_elsewhere = failing("torch.abs(x) if torch.get_num_threads() == 1 else -torch.abs(x)")
    settings = replace(SMALL, backends=("torch-cpu-1t",), max_size=16, rounds=1)
    cells = sweep(wrong_elsewhere, begun_for(tmp_path, settings))
    assert statuses(cells, "torch-cpu-1t") <= {Status.OK, Status.NOISY}


def test_a_killed_sweep_leaves_complete_files_and_no_process(tmp_path: Path) -> None:
    """The first op is stored; the second is killed in the middle with everything it started."""
    job = job_for(tmp_path, replace(SMALL, max_size=16))
    sweep(ABS, job)
    script = (
        "import signal; from pathlib import Path\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's background job ignores it
        "from harness.asv.catalogue import declared_ops; from harness.runs.job import current_job\n"
        "from harness.runs.sweep import sweep\n"
        f"sweep(declared_ops(Path({str(PROJECT)!r}))['sin'], current_job())\n"
    )
    slow = replace(job, settings=replace(job.settings, max_size=4**12, rounds=5))
    child = subprocess.Popen([sys.executable, "-c", script], env={**os.environ, "HARNESS_JOB": slow.text()})
    workers: list[psutil.Process] = []
    while not workers:
        assert child.poll() is None
        workers = psutil.Process(child.pid).children()
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    assert child.wait(30) != 0
    gone, alive = psutil.wait_procs(workers, 30)
    assert gone
    assert not alive
    assert {cell.case.op for cell in read_cells(next(read_runs(tmp_path)))} == {"abs"}
    assert not next(read_runs(tmp_path)).complete
    assert not math.isnan(harness.load(tmp_path)["seconds"].iloc[0])


def test_an_op_with_a_hostile_name_is_written_nowhere(tmp_path: Path) -> None:
    for name in ("../../escaped", "a\nb", "x" * 10_000, ""):
        with pytest.raises(MeasureError, match="which cannot be a file's name; rename it"):
            sweep(replace(ABS, name=name), job_for(tmp_path))
    assert list(tmp_path.iterdir()) == []


def run_of(
    job: Job, ops: list[Op], tell: Tell = lambda _step: None, **clock: Callable[[], float]
) -> Measured:
    with Parents(job.settings.hang_limit) as parents:
        return measure_run(job, ops, parents, tell, **clock)


def test_every_op_has_a_round_before_any_has_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.runs.measure.TOLD_SHARE", math.inf)
    steps: list[Step] = []
    run_of(begun_for(tmp_path, replace(SMALL, max_size=16, rounds=3)), [ABS, SIN], steps.append)
    told = [(standing.op, standing.rounds) for step in steps for standing in step.standings]
    assert [rounds for _op, rounds in told] == [1, 1, 2, 2, 3, 3, 3, 3]
    assert all({op for op, _ in told[i : i + 2]} == {"abs", "sin"} for i in (0, 2, 4, 6))
    answered = [step for step in steps if step.standings]
    assert [step.done for step in answered] == [False] * 6 + [True] * 2
    begun = [step.doing for step in steps if not step.standings]
    assert begun[0] == "starting the processes that measure"
    assert {"round 1 of at most 3: abs", "round 3 of at most 3: sin"} < set(begun)


def test_ctrl_c_ends_a_run_with_what_is_there(tmp_path: Path) -> None:
    told: list[Step] = []

    def stop_at_the_third(step: Step) -> None:
        told.extend([step] if step.doing == f"round {1 + len(told) // 2} of at most 2" else [])
        if len(told) == 3:
            raise KeyboardInterrupt

    measured = run_of(begun_for(tmp_path, replace(SMALL, max_size=16)), [ABS, SIN], stop_at_the_third)
    assert measured.stopped
    rounds = {op: {len(timed(cell)) for cell in cells} for op, cells in measured.cells.items()}
    assert sorted(rounds.values(), key=max) == [{1}, {2}]
    assert set(harness.load(tmp_path)["op"]) == {"abs", "sin"}


def test_ctrl_c_before_there_is_anything_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.runs.measure.measure_round", interrupt)
    job = begun_for(tmp_path, replace(SMALL, max_size=16))
    with pytest.raises(KeyboardInterrupt):
        run_of(job, [ABS])
    assert not list(job.folder.glob("*.parquet"))


def test_a_run_ends_with_its_seconds_and_every_op_has_two_rounds(tmp_path: Path) -> None:
    """On this clock a look takes a second: far more than there are, but for the fewest rounds."""
    ticks = count()
    settings = replace(SMALL, max_size=16, rounds=9, seconds=40.0)
    cells = run_of(begun_for(tmp_path, settings), [ABS, SIN], now=lambda: float(next(ticks))).cells
    rounds = {len(timed(cell)) for of_op in cells.values() for cell in of_op}
    assert min(rounds) >= 2
    assert max(rounds) < 9


def test_a_run_of_spawned_processes_finds_the_same_cells(tmp_path: Path) -> None:
    both = (
        sweep(ABS, begun_for(tmp_path / start, replace(SMALL, max_size=16, rounds=1, start=start)))
        for start in ("fork", "spawn")
    )
    # Other work may disturb either.
    forked, spawned = (
        [(cell.case, Status.OK if cell.status is Status.NOISY else cell.status) for cell in cells]
        for cells in both
    )
    assert forked == spawned
