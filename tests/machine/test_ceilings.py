"""Ceilings: what a time means beside them, what cannot be true, and how they come about."""

import json
import math
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import harness
from harness.asv.catalogue import declared_ops
from harness.errors import CorruptStoreError
from harness.machine.ceilings import MARGIN, judge, least_seconds, raise_ceilings, rates, work
from harness.model import Ceiling, Cell, Library, Status
from harness.runs.ceilings import ceiling_facts, hold_against_ceilings
from harness.runs.job import Job, new_job
from harness.runs.settings import Settings, checked
from harness.runs.sweep import sweep
from harness.store.runs import Run, read_ceilings, read_runs, write_facts
from harness.workers.process import Death, WorkerProcess
from harness.workers.task import CeilingTask, DeviceCeilings
from tests.support.projects import PROJECT
from tests.support.runs import MACHINE, scripted_cell, write_run

OPS = declared_ops(PROJECT)
ALL = Ceiling(
    device="cpu",
    threads=None,
    in_cache=100e9,
    in_memory=20e9,
    memory_from=10**8,
    matmul={"float32": 200e9},
    empty_call=1e-8,
    timer=5e-8,
)
ONE = replace(ALL, threads=1, in_cache=50e9, matmul={"float32": 80e9})
CEILINGS = [ALL, ONE]
LARGE = Settings(backends=("torch-cpu",), min_size=4**10, max_size=4**10, rounds=1, quick=True, patience=0.0)


def moving(moved: float, seconds: float, *, backend: str = "numpy", flop: float = math.nan) -> Cell:
    """Return a cell whose calls move so many bytes in that time."""
    return replace(scripted_cell(backend, 16, [seconds] * 3), moved=moved, flop=flop)


def job_for(results: Path) -> Job:
    return new_job(results=results, project=PROJECT, machine=MACHINE, settings=checked(LARGE))


def with_ceilings(results: Path, cells: list[Cell], ceilings: object) -> Run:
    """Write a run that has ceilings."""
    run = write_run(results, cells)
    write_facts(run.folder, {**run.facts, "ceilings": ceilings})
    return next(read_runs(results))


@pytest.mark.parametrize(
    ("op", "moved", "flop"),
    [
        ("abs", 2 * 4096 * 4, math.nan),
        ("sin", 2 * 4096 * 4, math.nan),
        ("mean", 4096 * 4, 4096),
        ("mm", 3 * 4096 * 4, 2 * 64**3),
        ("mean_square", 4096 * 4, 2 * 4096),
        ("mean_square_graph", 4096 * 4, 2 * 4096),
        ("backward", 2 * 4096 * 4, 3 * 4096),
        ("from_numpy", 2 * 4096 * 4, math.nan),
        ("to_numpy", 2 * 4096 * 4, math.nan),
    ],
)
def test_every_op_says_what_it_moves_and_computes_at_least(op: str, moved: float, flop: float) -> None:
    assert work(OPS[op], "numpy", 4096, "float32") == pytest.approx((moved, flop), nan_ok=True)
    assert work(OPS[op], "numpy", 4096, "float64")[0] == 2 * moved


@pytest.mark.parametrize("op", ["from_numpy", "to_numpy"])
@pytest.mark.parametrize("backend", ["torch-cpu", "torch-cpu-1t"])
def test_a_conversion_that_shares_memory_has_no_rate_and_is_never_implausible(op: str, backend: str) -> None:
    moved, flop = work(OPS[op], backend, 4**12, "float32")
    cell = moving(moved, 3e-7, backend=backend, flop=flop)
    found = rates(cell, 3e-7, CEILINGS)
    assert math.isnan(found.bytes_per_second)
    assert math.isnan(found.ceiling_share)
    assert judge(cell, CEILINGS) == cell


def test_a_share_is_the_least_time_over_the_time_taken() -> None:
    found = rates(moving(1e6, 2e-5), 2e-5, CEILINGS)
    assert found.bytes_per_second == pytest.approx(50e9)
    assert found.ceiling_share == pytest.approx(0.5)
    assert math.isnan(found.flop_per_second)


def test_the_bound_that_takes_longer_counts() -> None:
    assert least_seconds(moving(1e6, 1.0, flop=1e6), ALL) == pytest.approx(1e-5)
    assert least_seconds(moving(1e6, 1.0, flop=1e8), ALL) == pytest.approx(5e-4)


def test_only_what_no_cache_holds_is_held_against_memory() -> None:
    assert least_seconds(moving(1e8 - 1, 1.0), ALL) == pytest.approx(1e-3)
    assert least_seconds(moving(1e8, 1.0), ALL) == pytest.approx(5e-3)


def test_a_backend_on_one_thread_has_the_ceiling_of_one_thread() -> None:
    assert rates(moving(1e6, 2e-5, backend="numpy-1t"), 2e-5, CEILINGS).ceiling_share == pytest.approx(1.0)


def test_a_cell_above_its_ceiling_is_implausible_and_says_by_how_much() -> None:
    found = judge(moving(1e6, 1e-8), CEILINGS)
    assert found.status is Status.IMPLAUSIBLE
    assert "100 TB/s, though this machine's cpu reached 100 GB/s at best" in found.reason
    assert found.rounds == moving(1e6, 1e-8).rounds
    assert "10.0 TFLOP/s, though" in judge(moving(1.0, 1e-7, flop=1e6), CEILINGS).reason


def test_a_call_that_takes_no_longer_than_an_empty_loop_is_implausible() -> None:
    found = judge(scripted_cell("a-new-one", 16, [-1e-9, 0.0, 1e-9]), [])
    assert found.status is Status.IMPLAUSIBLE
    assert "no longer than an empty loop (10.0 ns)" in found.reason


@pytest.mark.parametrize("status", [s for s in Status if s not in (Status.OK, Status.NOISY)])
def test_a_cell_without_a_time_is_not_judged(status: Status) -> None:
    cell = replace(moving(1e6, 1e-12), status=status, reason="as it was")
    assert judge(cell, CEILINGS) == cell


@pytest.mark.parametrize("ceilings", [[], [replace(ALL, device="cuda")], [replace(ALL, matmul={})]])
def test_what_has_no_ceiling_is_not_judged_by_it(ceilings: list[Ceiling]) -> None:
    cell = moving(math.nan, 1e-12, flop=1e6)
    assert judge(cell, ceilings) == cell
    unknown = moving(1e6, 1e-12, backend="jax")
    assert judge(unknown, ceilings) == unknown


@given(
    st.floats(1.0, 1e12),
    st.floats(0.0, 1e15) | st.just(math.nan),
    st.floats(1 / (0.999 * MARGIN), 1e6),
    st.sampled_from(["numpy", "numpy-1t", "torch-cpu", "torch-cpu-1t"]),
)
def test_a_cell_is_implausible_if_and_only_if_it_is_faster_than_the_margin(
    moved: float, flop: float, slower: float, backend: str
) -> None:
    cell = moving(moved, 1.0, backend=backend, flop=flop)
    ceiling = ONE if backend.endswith("1t") else ALL
    least = least_seconds(cell, ceiling)
    assert judge(moving(moved, least * slower, backend=backend, flop=flop), CEILINGS).status is Status.OK
    fast = least / slower / MARGIN**2
    assert judge(moving(moved, fast, backend=backend, flop=flop), CEILINGS).status is Status.IMPLAUSIBLE


def test_of_two_measurements_the_better_counts() -> None:
    again = replace(ALL, in_cache=90e9, in_memory=30e9, matmul={"float64": 1e11}, timer=1e-8)
    cuda = replace(ALL, device="cuda")
    assert raise_ceilings(CEILINGS, [again, cuda]) == [
        replace(ALL, in_memory=30e9, matmul={"float32": 200e9, "float64": 1e11}, timer=1e-8),
        ONE,
        cuda,
    ]


def test_a_run_measures_its_ceilings_once_and_keeps_them(tmp_path: Path) -> None:
    job = job_for(tmp_path)
    sweep(OPS["abs"], job)
    (run,) = read_runs(tmp_path)
    everything, one = read_ceilings(run)
    assert (everything.device, everything.threads, one.threads) == ("cpu", None, 1)
    for ceiling in (everything, one):
        assert ceiling.in_cache >= ceiling.in_memory > 1e6
        assert ceiling.matmul.keys() == {"float32"}
        assert 0 < ceiling.empty_call < 1e-3
        assert 0 < ceiling.timer < 1e-3
    assert everything.in_cache >= one.in_cache
    assert everything.matmul["float32"] >= one.matmul["float32"] > 1e6
    assert run.facts["without_ceilings"] == {}
    sweep(OPS["mean"], job)
    assert next(read_runs(tmp_path)).facts == run.facts
    cells = harness.load(tmp_path)
    assert set(cells["status"]) <= {"ok", "noisy"}
    assert (cells["ceiling_share"] > 0).all()
    row = cells[cells["op"] == "abs"].iloc[0]
    assert row["bytes_per_second"] == pytest.approx(2 * 4 * 4**10 / row["seconds"])


def test_an_op_that_computes_only_once_is_implausible_and_enters_no_speedup(tmp_path: Path) -> None:
    """It hands out the first call's result, as a cache or a missing wait for the device would."""
    kept = "torch.kept.get(n)\nif torch.kept.get(n) is None: torch.kept[n] = torch.abs(x)\ntorch.kept[n]"
    spelling: dict[Library, str] = {
        "numpy": "np.abs(x)",
        "torch": f"torch.__dict__.setdefault('kept', {{}})\n{kept}",
    }
    cells = sweep(replace(OPS["abs"], spelling=spelling), job_for(tmp_path))
    status = {(cell.case.backend, str(cell.case.span)): cell.status for cell in cells}
    assert status["torch-cpu", "call"] is Status.IMPLAUSIBLE
    assert status["numpy", "call"] in (Status.OK, Status.NOISY)
    (cell,) = (c for c in cells if c.case.backend == "torch-cpu" and c.case.span == "call")
    assert "TB/s, though this machine's cpu reached" in cell.reason
    assert cell.rounds[0] is not None
    table = harness.speedup(harness.load(tmp_path))
    row = table[(table["backend"] == "torch-cpu") & (table["span"] == "call")].iloc[0]
    assert (row["status"], row["verdict"]) == ("implausible", "unsure")
    assert math.isnan(row["speedup"])


def test_ceilings_of_a_busy_moment_are_measured_again_before_a_cell_is_called_implausible(
    tmp_path: Path,
) -> None:
    busy = [asdict(replace(c, in_cache=1e3, in_memory=1e3, matmul={"float32": 1e3})) for c in CEILINGS]
    cell = moving(1e6, 1.0, flop=1e6)
    with_ceilings(tmp_path, [cell], busy)
    job = replace(job_for(tmp_path), run="20260101T000000Z-000000")
    assert judge(cell, [Ceiling(**fields) for fields in busy]).status is Status.IMPLAUSIBLE
    assert hold_against_ceilings([cell], job, {"missing": {}}) == [cell]
    (run,) = read_runs(tmp_path)
    assert min(c.in_memory for c in read_ceilings(run)) > 1e3
    assert run.complete


class ScriptedWorker(WorkerProcess):
    """A worker that gives the answers it was made with."""

    def __init__(self, *answers: DeviceCeilings | Death) -> None:
        self.answers, self.tasks, self.stopped = list(answers), list[object](), False

    def give(self, task: object) -> None:
        self.tasks.append(task)

    def answer(self) -> object:  # type: ignore[override] # as far as it is asked here
        return self.answers.pop(0)

    def stop(self) -> None:
        self.stopped = True


def test_a_device_without_ceilings_says_why_and_costs_no_other(tmp_path: Path) -> None:
    found = DeviceCeilings(ceilings=(ALL, ONE))
    job = replace(job_for(tmp_path), settings=Settings())
    for lost, why in (
        (DeviceCeilings(reason="out of memory"), "out of memory"),
        (Death(lane=None, status=Status.CRASHED, reason="it died of SIGSEGV"), "it died of SIGSEGV"),
    ):
        worker = ScriptedWorker(found, lost)
        facts = ceiling_facts(worker, job, {"missing": {}})
        assert facts["ceilings"] == [asdict(ALL), asdict(ONE)]
        assert facts["without_ceilings"] == {"cuda": why}
        assert worker.stopped
        assert isinstance(worker.tasks[0], CeilingTask)
        assert worker.tasks[0].devices == ("cpu", "cuda")


def test_ceilings_survive_the_store(tmp_path: Path) -> None:
    run = with_ceilings(tmp_path, [moving(1e6, 2e-5)], [asdict(ceiling) for ceiling in CEILINGS])
    assert read_ceilings(run) == CEILINGS
    row = harness.load(tmp_path).iloc[0]
    assert row["ceiling_share"] == pytest.approx(0.5)


def test_a_run_without_ceilings_has_rates_but_no_share(tmp_path: Path) -> None:
    write_run(tmp_path, [moving(1e6, 2e-5)])
    row = harness.load(tmp_path).iloc[0]
    assert row["bytes_per_second"] == pytest.approx(50e9)
    assert math.isnan(row["ceiling_share"])


@pytest.mark.parametrize(
    "spoiled",
    [
        7,
        "fast",
        [7],
        [{}],
        [asdict(ALL) | {"in_cache": 0.0}],
        [asdict(ALL) | {"in_memory": "fast"}],
        [asdict(ALL) | {"matmul": [1.0]}],
        [asdict(ALL) | {"matmul": {"float32": -1.0}}],
        [asdict(ALL) | {"memory_from": math.nan}],
        [asdict(ALL) | {"timer": "soon"}],
        [asdict(ALL) | {"device": 7}],
        [asdict(ALL) | {"colour": "red"}],
    ],
)
def test_spoiled_ceilings_are_named(tmp_path: Path, spoiled: object) -> None:
    with_ceilings(tmp_path, [moving(1e6, 2e-5)], spoiled)
    with pytest.raises(CorruptStoreError, match=r"run\.json cannot be read: its ceilings"):
        harness.load(tmp_path)


def test_ceilings_are_json_for_any_reader(tmp_path: Path) -> None:
    run = with_ceilings(tmp_path, [moving(1e6, 2e-5)], [asdict(ALL)])
    (fields,) = json.loads((run.folder / "run.json").read_text())["ceilings"]
    assert (fields["threads"], fields["in_cache"], fields["matmul"]) == (None, 100e9, {"float32": 200e9})
