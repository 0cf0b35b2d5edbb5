"""float16 and bfloat16: what NumPy holds of them, what has no meaning in them, what becomes of a run."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

import harness
from harness.answers.remarks import without_baseline
from harness.export.github_action_benchmark import github_action_benchmark
from harness.export.google_benchmark import google_benchmark
from harness.export.pyperf import pyperf
from harness.export.selection import exported
from harness.figures.drawings import run_drawings
from harness.figures.run_figures import draw
from harness.machine.ceiling_probe import measure_ceilings
from harness.machine.host_counters import Host
from harness.machine.thread_pools import ThreadPools
from harness.model import HALF, ON_DEVICE, Cell, Op, Span, Status
from harness.report.page import whole_page
from harness.runs.job import new_job
from harness.runs.plan import Means, plan
from harness.runs.settings import Settings, checked
from harness.runs.sweep import sweep
from harness.store.frame import frame
from harness.store.latest import whole
from harness.store.op_files import read_cells
from harness.store.runs import read_runs
from harness.timing.rules import Rules
from harness.workers.global_state import GlobalState
from harness.workers.group import Equipment, measure_group
from harness.workers.heartbeat import HEARTBEAT, Pulse
from harness.workers.task import Group, Lane, Task
from tests.support.ops import OPS
from tests.support.projects import PROJECT
from tests.support.workers import make_brief

PLENTY = Means(memory=10**12)
SMALL = Settings(backends=("numpy", "torch-cpu"), min_size=16, max_size=64, rounds=2)


def spans_of(op: Op, dtype: str, backends: tuple[str, ...]) -> dict[str, list[tuple[Span, ...]]]:
    """Return the spans that are planned, by backend."""
    lanes = [
        lane
        for group in plan(op, Settings(backends=backends, dtypes=(dtype,), max_size=16), PLENTY).groups
        for lane in group.lanes
    ]
    return {name: [lane.spans for lane in lanes if lane.backend == name] for name in backends}


def test_in_bfloat16_nothing_is_measured_that_numpy_would_have_part_in() -> None:
    backends = ("numpy", "torch-cpu", "torch-cuda", "jax-cpu")
    assert spans_of(OPS["abs"], "bfloat16", backends) == {
        "numpy": [],
        "torch-cpu": [(Span.CALL,)],
        "torch-cuda": [(span,) for span in (Span.CALL, *ON_DEVICE)],
        "jax-cpu": [],
    }
    for op in ("from_numpy", "to_numpy"):
        assert not any(spans_of(OPS[op], "bfloat16", backends).values())
    skipped = plan(OPS["abs"], Settings(backends=backends, dtypes=("bfloat16",), max_size=16), PLENTY).skipped
    assert {(cell.case.backend, cell.case.span, cell.reason) for cell in skipped} == {
        *(("numpy", span, "NumPy has no bfloat16") for span in (Span.CALL, Span.ROUND_TRIP)),
        *(
            (name, Span.ROUND_TRIP, "NumPy has no bfloat16, so there is no array to come from or to go to")
            for name in ("torch-cpu", "torch-cuda")
        ),
        *(
            ("jax-cpu", span, "its operands come from NumPy, which has no bfloat16")
            for span in (Span.CALL, Span.ROUND_TRIP)
        ),
    }


def test_in_float16_one_thread_of_numpy_is_all_of_it() -> None:
    spans = spans_of(OPS["mm"], "float16", ("numpy", "numpy-1t", "torch-cpu"))
    assert spans["numpy"] == [(Span.CALL, Span.ROUND_TRIP), (Span.CONTROL,)]
    assert spans["numpy-1t"] == []
    assert spans["torch-cpu"] == [(Span.CALL,), (Span.ROUND_TRIP,)]


def test_a_product_in_float16_that_takes_numpy_seconds_has_to_be_asked_for() -> None:
    settings = Settings(backends=("numpy", "torch-cpu"), dtypes=("float16",))
    planned = plan(OPS["mm"], settings, PLENTY)
    assert {(cell.case.backend, cell.case.n) for cell in planned.skipped} == {("numpy", 4**10)}
    assert "2.1e+09 operations take seconds; --max-size asks for it" in planned.skipped[0].reason
    assert plan(OPS["mm"], replace(settings, max_size=4**10), PLENTY).skipped == ()


def measured(results: Path, op: Op, **changes: object) -> list[Cell]:
    """Return what a real sweep finds of an op."""
    settings = checked(replace(SMALL, **changes))  # type: ignore[arg-type] # fields of Settings
    return sweep(op, new_job(results=results, project=PROJECT, machine="here", settings=settings))


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store with a run of float16 and bfloat16."""
    results = tmp_path_factory.mktemp("both")
    with pytest.MonkeyPatch.context() as monkeypatch:
        make_brief(monkeypatch)
        measured(results, OPS["mean"], dtypes=HALF)
    return results


@pytest.mark.slow
def test_a_sweep_measures_them_and_counts_two_bytes_an_element(both: Path) -> None:
    cells = read_cells(next(read_runs(both)))
    timed = {(c.case.backend, c.case.dtype, c.case.span) for c in cells if c.status in ("ok", "noisy")}
    assert timed == {
        *((backend, "float16", span) for backend in SMALL.backends for span in (Span.CALL, Span.ROUND_TRIP)),
        ("numpy", "float16", Span.CONTROL),
        ("torch-cpu", "bfloat16", Span.CALL),
    }
    assert {cell.moved for cell in cells if cell.case.n == 64 and cell.rounds} == {128.0}
    assert {cell.tolerance for cell in cells if cell.rounds} == {8 * 2.0**-10, 8 * 2.0**-7}
    numpy = {c.reason for c in cells if c.case.backend == "numpy" and c.case.dtype == "float16"}
    assert numpy == {"NumPy has no BLAS for float16 and computes most of it by way of float32, on one thread"}


@pytest.mark.slow
def test_what_has_no_baseline_has_no_speedup_and_says_so(both: Path) -> None:
    cells = harness.load(both)
    speedups = harness.speedup(cells)
    bfloat16 = speedups[speedups["dtype"] == "bfloat16"]
    assert set(bfloat16["verdict"]) == {"unsure"}
    assert set(bfloat16["status"]) == {"skipped"}
    assert bfloat16["speedup"].isna().all()
    assert speedups[speedups["dtype"] == "float16"]["speedup"].notna().all()
    states = harness.crossover(cells).set_index(["dtype", "span"])["state"]
    assert states["bfloat16", "call"] == "undecided"
    assert without_baseline(cells, "numpy") == [
        "bfloat16: no speedup and no crossover, since numpy has no time: NumPy has no bfloat16"
    ]
    assert without_baseline(cells, "torch-cpu") == []


@pytest.mark.slow
def test_figures_exports_and_the_page_take_them(both: Path) -> None:
    run = next(read_runs(both))
    drawings = run_drawings([whole(run)], frame([run]))
    names = {name for drawing in drawings for name, content in draw(drawing) if content}
    assert {"mean-float16.svg", "mean-bfloat16.svg", "overview-bfloat16.png"} <= names
    cells = exported(replace(cell, status=Status.OK) for cell in read_cells(run) if any(cell.rounds))
    for export in (pyperf, google_benchmark, github_action_benchmark):
        assert "mean/torch-cpu/call/bfloat16/64" in json.dumps(export(run.facts, cells))
    page = whole_page([whole(run)], frame([run]), {})
    assert "mean, bfloat16" in page
    assert "no speedup and no crossover, since numpy has no time: NumPy has no bfloat16" in page


@pytest.mark.slow
@pytest.mark.usefixtures("brief_sweeps")
def test_an_op_without_any_meaning_is_skipped_and_is_no_failure(tmp_path: Path) -> None:
    cells = measured(tmp_path, OPS["from_numpy"], dtypes=("bfloat16",))
    assert {cell.status for cell in cells} == {Status.SKIPPED}
    run = next(read_runs(tmp_path))
    assert sorted(map(repr, read_cells(run))) == sorted(map(repr, cells))
    drawings = run_drawings([whole(run)], frame([run]))
    assert "from_numpy-bfloat16.svg" in {
        name for drawing in drawings for name, content in draw(drawing) if content
    }
    assert "from_numpy, bfloat16" in whole_page([whole(run)], frame([run]), {})


@pytest.mark.parametrize(
    ("op", "n", "reason"),
    [
        (
            "backward",
            4**9,
            "results of 3.7e-05 at most are below the smallest float16 that has all its digits",
        ),
        ("backward", 4**8, ""),
        ("total", 4**9, "results of up to 2.1e+05 are beyond the largest float16, 6.6e+04"),
        ("total", 4**8, ""),
    ],
)
def test_results_that_a_dtype_cannot_hold_are_skipped_with_its_limit(
    tmp_path: Path, op: str, n: int, reason: str
) -> None:
    total = replace(OPS["mean"], spelling={"numpy": "np.sum(x)", "torch": "torch.sum(x)"}, tolerance=99.0)
    declared = OPS.get(op, total)
    lane = Lane(backend="numpy", spans=(Span.CALL,), statement=declared.spelling["numpy"])
    (tmp_path / "pulse").write_bytes(bytes(HEARTBEAT.size))
    rules = replace(Rules(), warm_least=0.0, warm_most=0.0, budget=1e-3)
    task = Task(op=declared, groups=(), rules=rules, seed=0, order=0)
    pulse = Pulse(tmp_path / "pulse")
    pools = ThreadPools()
    equipment = Equipment(task=task, pools=pools, pulse=pulse, host=Host(), state=GlobalState(pools))
    (finding,) = measure_group(Group(n=n, dtype="float16", lanes=(lane,)), equipment).findings
    assert finding.status is (Status.SKIPPED if reason else Status.OK)
    assert finding.reason.startswith(reason)


def test_the_ceiling_of_a_product_of_two_bytes_is_that_of_float32_at_least() -> None:
    """Whoever converts reaches as much, and libraries without arithmetic of two bytes do convert."""
    dtypes = (*HALF, "float32")
    ask = partial(measure_ceilings, "cpu", seconds=1e-4, memory=10**8, pools=ThreadPools(), beat=lambda: None)
    for ceiling in ask(dtypes):
        assert tuple(ceiling.matmul) == dtypes
        assert min(ceiling.matmul.values()) == ceiling.matmul["float32"]
    (ceiling, *_) = ask(HALF)
    assert tuple(ceiling.matmul) == HALF
