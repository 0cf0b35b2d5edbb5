"""A backend beside its twin: how it is measured, and what pairs of equal contenders come to."""

import math
from dataclasses import replace

import numpy as np
import pytest

from harness.answers.speedup import log_ratios
from harness.model import Round, Span, Status
from harness.runs.settings import Settings
from harness.validation.parts import aa
from harness.validation.trials import BASE, Pair, compared, frame_of
from harness.workers.process import Death
from harness.workers.task import Group, Lane, Task
from tests.support.trials import OPS, SHORT, named, pair, trial
from tests.support.workers import SharedWorker

EVEN = pair([1.0, 1.001, 0.999, 1.0], [1.001, 1.0, 1.0, 0.999])


@pytest.mark.slow
def test_a_backend_beside_its_twin_has_operands_of_its_own() -> None:
    spoilt = Lane(backend="numpy", spans=(Span.CALL,), statement="x.fill(9)\nnp.abs(x)", twin="'")
    plain = Lane(backend="numpy", spans=(Span.CALL,), statement="np.abs(x)")
    group = Group(n=16, dtype="float32", lanes=(spoilt, plain))
    with SharedWorker(60.0) as worker:
        worker.give(Task(op=OPS["abs"], groups=(group,), rules=SHORT, seed=0, order=0))
        answer = worker.answer()
    assert not isinstance(answer, Death)
    assert [finding.status for finding in answer.findings] == [Status.WRONG, Status.OK]


def test_every_backend_of_a_run_is_doubled_for_the_span_call() -> None:
    settings = Settings(backends=("numpy", "torch-cpu"), min_size=16, max_size=64)
    groups = aa.doubled(OPS["abs"], settings)
    assert [group.n for group in groups] == [16, 64]
    assert [(lane.backend, lane.twin) for lane in groups[0].lanes] == [
        ("numpy", ""),
        ("numpy", "'"),
        ("torch-cpu", ""),
        ("torch-cpu", "'"),
    ]


def test_every_lane_of_a_doubled_group_is_compared_with_the_one_that_follows_it() -> None:
    lanes = [trial([seconds]) for seconds in (1.0, 2.0, 3.0, 4.0)]
    assert aa.twins([lanes[:2], lanes]) == [Pair(*lanes[:2]), Pair(*lanes[:2]), Pair(*lanes[2:])]


def test_the_error_of_equal_contenders_is_that_of_the_pairs_no_other_work_disturbed() -> None:
    up, down = [1.0] * 3, [math.exp(0.02)] * 3
    pairs = [
        pair(up, down),
        pair(down, up),
        pair(up, up, backend="torch-cpu"),
        Pair(trial(up, noisy=True, backend="torch-cpu"), trial([3.0] * 3, backend="torch-cpu")),
    ]
    found = aa.summary(pairs)
    assert found.rms == pytest.approx(0.02 * math.sqrt(2 / 3))
    assert [found.one_thread, found.middle] == pytest.approx([0.02 * math.sqrt(2 / 3), 0.02])
    assert found.by_backend == {"numpy": pytest.approx(0.02), "torch-cpu": 0.0}
    assert found.furthest == "abs at 16 on numpy, 0.980×"
    assert (found.pairs, found.clean) == (4, 3)


def test_what_used_several_threads_is_no_error_of_one_thread() -> None:
    off = pair([1.0] * 3, [1.1] * 3)
    two = Pair(*(replace(each, rounds=tuple(map(on_two_cores, each.rounds))) for each in off))
    found = aa.summary([two, *[pair([1.0] * 3, [1.0] * 3)] * 4])
    assert found.rms > 0.04
    assert found.one_thread == 0.0


def on_two_cores(round_: Round) -> Round:
    return replace(round_, cores=2.0)


def test_pairs_with_marks_are_judged_as_well() -> None:
    apart = Pair(trial([1.0, 1.001, 0.999], noisy=True), trial([1.2, 1.201, 1.199]))
    found = aa.summary([EVEN, EVEN, EVEN, apart])
    assert [found.covered, found.false] == [0.75, 0.25]
    found = aa.summary([EVEN, EVEN, EVEN, apart, apart])
    assert named(aa.checks(found, 0.02), "verdict").passed is False


def test_the_own_error_is_what_all_but_one_pair_in_a_hundred_keep_to() -> None:
    pairs = [*[pair([1.0] * 3, [math.exp(shift)] * 3) for shift in (0.09, 0.04, 0.03)], *[EVEN] * 197]
    found = aa.summary(pairs)
    third = np.sort(np.log(compared(pairs)["high"]))[2]
    assert found.error == pytest.approx(math.expm1(-third))
    assert 0.02 < found.error < 0.03
    assert found.false == pytest.approx(3 / 200)
    verdicts = log_ratios(frame_of(pairs), BASE, aa_error=found.error + 1e-9)["verdict"]
    assert (verdicts == "slower").sum() <= 2
    assert named(aa.checks(found, 0.02), "verdict").passed is True


def test_an_error_of_mostly_disturbed_pairs_is_unknown_and_cannot_be_told() -> None:
    disturbed = Pair(trial([1.0] * 3, noisy=True), trial([1.5] * 3))
    found = aa.summary([*[disturbed] * 3, EVEN])
    assert math.isnan(found.error)
    assert {check.outcome for check in aa.checks(found, 0.02)} == {"cannot be told", ""}
    assert "only 1 of 4 pairs" in named(aa.checks(found, 0.02), "one thread").doubt


def test_an_error_that_the_rounds_leave_open_anyway_cannot_be_told() -> None:
    wide = pair([1.0, 1.05, 0.95, 1.0], [1.05, 0.97, 1.03, 1.01])
    outcome = named(aa.checks(aa.summary([wide] * 4), 0.02), "one thread")
    assert (outcome.outcome, outcome.measured > 0.01) == ("cannot be told", True)
    assert "own scatter is" in outcome.doubt
