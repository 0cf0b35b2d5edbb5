"""The ceilings of a run: how they come about, what becomes of cells above them, what the store keeps."""

import json
import math
from dataclasses import asdict, replace
from pathlib import Path

import pytest

import harness
from harness.asv.catalogue import declared_ops
from harness.errors import CorruptStoreError
from harness.machine.ceiling_probe import measure_ceilings
from harness.machine.ceilings import judge
from harness.machine.thread_pools import ThreadPools
from harness.model import Ceiling, Cell, Library, Status
from harness.runs.ceilings import ceiling_facts, hold_against_ceilings, is_counted, no_ceilings
from harness.runs.job import Job, new_job
from harness.runs.settings import Settings, checked
from harness.runs.sweep import sweep
from harness.spellings.contenders import op_of
from harness.store.runs import Run, read_ceilings, read_runs, write_facts
from harness.timing.loop import UnmeasurableError
from harness.workers.parents import Parents
from harness.workers.process import Death, WorkerProcess
from harness.workers.task import CeilingTask, DeviceCeilings
from tests.support.ceilings import ALL, CEILINGS, ONE, moving
from tests.support.projects import PROJECT
from tests.support.runs import MACHINE, write_run

OPS = declared_ops(PROJECT)
LARGE = Settings(backends=("torch-cpu",), min_size=4**10, max_size=4**10, rounds=1, quick=True)


def job_for(results: Path) -> Job:
    return new_job(results=results, project=PROJECT, machine=MACHINE, settings=checked(LARGE))


def with_ceilings(results: Path, cells: list[Cell], ceilings: object) -> Run:
    """Write a run that has ceilings."""
    run = write_run(results, cells)
    write_facts(run.folder, {**run.facts, "ceilings": ceilings})
    return next(read_runs(results))


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_ceilings_of_a_busy_moment_are_measured_again_before_a_cell_is_called_implausible(
    tmp_path: Path,
) -> None:
    busy = [asdict(replace(c, in_cache=1e3, in_memory=1e3, matmul={"float32": 1e3})) for c in CEILINGS]
    cell = moving(1e6, 1.0, flop=1e6)
    with_ceilings(tmp_path, [cell], busy)
    job = replace(job_for(tmp_path), run="20260101T000000Z-000000")
    assert judge(cell, [Ceiling(**fields) for fields in busy]).status is Status.IMPLAUSIBLE
    with Parents(30.0) as parents:
        assert hold_against_ceilings([cell], parents.of_round(0), job, {"missing": {}}) == [cell]
    (run,) = read_runs(tmp_path)
    assert min(c.in_memory for c in read_ceilings(run)) > 1e3
    assert run.complete


class ScriptedWorker(WorkerProcess):
    """A worker that gives the answers it was made with."""

    def __init__(self, *answers: DeviceCeilings | Death) -> None:
        self.answers, self.tasks = list(answers), list[object]()

    def give(self, task: object) -> None:
        self.tasks.append(task)

    def answer(self, _within: float = math.inf) -> object:
        return self.answers.pop(0)


def test_a_device_without_ceilings_says_why_and_costs_no_other(tmp_path: Path) -> None:
    of_cpu = DeviceCeilings(ceilings=(ALL, ONE))
    job = replace(job_for(tmp_path), settings=Settings())
    for lost, why in (
        (DeviceCeilings(reason="out of memory"), "out of memory"),
        (Death(lane=None, status=Status.CRASHED, reason="it died of SIGSEGV"), "it died of SIGSEGV"),
    ):
        worker = ScriptedWorker(of_cpu, lost)
        facts = ceiling_facts(worker, job, {"missing": {}})
        assert facts["ceilings"] == [asdict(ALL), asdict(ONE)]
        assert facts["without_ceilings"] == {"cuda": why}
        assert isinstance(worker.tasks[0], CeilingTask)
        assert worker.tasks[0].devices == ("cpu", "cuda")


def test_a_device_that_neither_numpy_nor_torch_reaches_has_no_ceilings() -> None:
    with pytest.raises(UnmeasurableError, match="neither runs on a loom here"):
        measure_ceilings(
            "a loom", ("float32",), seconds=1e-3, memory=10**8, pools=ThreadPools(), beat=lambda: None
        )


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


def test_ceilings_are_measured_for_what_is_counted_and_else_it_is_said_why_not(tmp_path: Path) -> None:
    counted = op_of({"*": "xp.sin(x)"}, work=("n", None)), OPS["abs"]
    assert all(map(is_counted, counted))
    assert not is_counted(op_of({"*": "xp.sin(x)"}))
    facts = no_ceilings(job_for(tmp_path))
    assert facts["ceilings"] == []
    assert facts["without_ceilings"].keys() == {"cpu"}
    assert "nothing whose bytes or operations are counted" in facts["without_ceilings"]["cpu"]
