"""A backend beside its twin: how it is measured, and what pairs of equal contenders come to."""

import math

import pytest

from harness.model import Span, Status
from harness.runs.settings import Settings
from harness.validation import aa
from harness.validation.trials import Pair, compared
from harness.workers.process import Death, WorkerProcess
from harness.workers.task import Group, Lane, Task
from tests.support.trials import OPS, SHORT, named, pair, trial


@pytest.mark.slow
def test_a_backend_beside_its_twin_has_operands_of_its_own() -> None:
    spoilt = Lane(backend="numpy", spans=(Span.CALL,), statement="x.fill(9)\nnp.abs(x)", twin="'")
    plain = Lane(backend="numpy", spans=(Span.CALL,), statement="np.abs(x)")
    group = Group(n=16, dtype="float32", lanes=(spoilt, plain))
    with WorkerProcess(60.0) as worker:
        worker.hello()
        worker.give(Task(op=OPS["abs"], groups=(group,), rules=SHORT, seed=0, order=0))
        answer = worker.answer()
    assert not isinstance(answer, Death)
    assert [finding.status for finding in answer.findings] == [Status.WRONG, Status.OK]


def test_every_backend_of_a_run_is_doubled_for_the_span_call() -> None:
    settings = Settings(backends=("numpy", "torch-cpu"), min_size=16, max_size=64)
    groups = aa.doubled(OPS["abs"], settings, {})
    assert [group.n for group in groups] == [16, 64]
    assert [(lane.backend, lane.twin) for lane in groups[0].lanes] == [
        ("numpy", ""),
        ("numpy", "'"),
        ("torch-cpu", ""),
        ("torch-cpu", "'"),
    ]


@pytest.mark.slow
def test_what_equal_contenders_come_to_is_counted_over_the_clean_pairs() -> None:
    up, down = [1.0] * 3, [math.exp(0.02)] * 3
    pairs = [
        pair(up, down),
        pair(down, up, n=64),
        pair(up, up, backend="torch-cpu"),
        Pair(trial(up, noisy=True, backend="torch-cpu"), trial([3.0] * 3, backend="torch-cpu")),
    ]
    found = aa.summary(pairs)
    assert found.rms == pytest.approx(0.02 * math.sqrt(2 / 3))
    assert [found.one_thread, found.middle] == pytest.approx([0.02, 0.02])
    assert found.by_backend == {"numpy": pytest.approx(0.02), "torch-cpu": 0.0}
    assert found.furthest == "abs at 16 on numpy, 0.980×"
    assert (found.pairs, found.clean) == (4, 3)
    assert [found.covered, found.false] == pytest.approx([1 / 3, 2 / 3])
    assert named(aa.checks(found), "one thread").passed is False
    assert named(aa.checks(found), "holds 1").passed is False


def test_numpy_runs_an_op_that_it_threads_on_all_threads() -> None:
    trials = [trial([1.0], backend=backend, op=op) for backend, op in (("numpy", "mm"), ("torch-cpu", "abs"))]
    assert all(math.isnan(aa.summary([Pair(each, each)]).one_thread) for each in trials)
    single = trial([1.0], backend="torch-cpu-1t", op="mm")
    assert aa.summary([Pair(single, single)]).one_thread == 0.0


def test_the_own_error_is_the_band_that_leaves_one_verdict_in_a_hundred() -> None:
    apart = [pair([1.0] * 3, [math.exp(shift)] * 3) for shift in (0.09, 0.04, 0.03)]
    pairs = [*apart, *[pair([1.0, 1.1, 0.9], [1.1, 1.0, 0.9])] * 197]
    found = aa.summary(pairs)
    assert found.error == pytest.approx(math.expm1(0.03))
    assert found.false == pytest.approx(3 / 200)
    verdicts = compared(pairs, aa_error=found.error + 1e-9)["verdict"]
    assert (verdicts == "slower").sum() == 2
    assert named(aa.checks(found), "verdict").passed is True


def test_an_error_of_mostly_noisy_pairs_is_unknown_and_does_not_pass() -> None:
    pairs = [*[Pair(trial([1.0] * 3, noisy=True), trial([1.0] * 3))] * 3, pair([1.0] * 3, [1.0] * 3)]
    checks = aa.checks(aa.summary(pairs))
    assert [check.passed for check in checks] == [False, False, None, False]
    assert [check.figure for check in checks] == ["–"] * 4
