"""Rounds in forks of warm processes against rounds in fresh ones."""

import pytest

from harness.validation.parts import fresh_processes
from harness.validation.trials import Pair, Sitting
from harness.workers.parents import Parents
from harness.workers.process import USUAL_START
from tests.support.trials import OPS, SHORT, pair, quiet, trial
from tests.support.workers import SharedWorker

EVEN = pair([1.0, 1.001, 0.999, 1.0], [0.5, 0.501, 0.5, 0.499])


def test_speedups_that_agree_between_the_ways_pass_and_one_that_does_not_is_found() -> None:
    apart = pair([1.0, 1.001, 0.999, 1.0], [0.4, 0.401, 0.4, 0.399], n=64)
    assert [c.passed for c in fresh_processes.agreement([EVEN] * 6, [EVEN] * 6)] == [True, True]
    found = fresh_processes.agreement([EVEN] * 5 + [apart], [EVEN] * 6)
    assert [check.passed for check in found] == [False, False]
    assert found[0].measured == pytest.approx(5 / 6)
    assert found[1].measured == pytest.approx(1.25 ** (1 / 6), rel=1e-3)
    assert "furthest off: abs at 64 on numpy, 1.25×" in found[0].detail


def test_ways_that_other_work_disturbed_cannot_be_told_apart() -> None:
    disturbed = Pair(trial([1.0, 1.0, 1.0], noisy=True), trial([0.2, 0.2, 0.2]))
    mixed = fresh_processes.agreement([disturbed] * 3, [EVEN] * 3)
    assert [check.outcome for check in mixed] == ["cannot be told"] * 2
    assert "only 0 of 3" in mixed[0].doubt


@pytest.mark.slow
def test_both_ways_measure_the_same_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    if USUAL_START != "fork":
        pytest.skip("a round is a process of its own on this system")
    monkeypatch.setattr(fresh_processes, "WorkerProcess", SharedWorker)
    monkeypatch.setattr("harness.workers.parents.WorkerProcess", SharedWorker)
    monkeypatch.setattr("harness.validation.trials.Rules", lambda: SHORT)
    monkeypatch.setattr(fresh_processes, "QUICK_OPS", ("abs",))
    monkeypatch.setattr(fresh_processes, "QUICK_ROUNDS", 2)
    with Parents(60.0) as parents:
        sitting = Sitting(ops=OPS, say=quiet, parents=parents, quick=True)
        share, mean = fresh_processes.forks_and_fresh(sitting)
    assert "of 4 pairs free of other work" in mean.detail
    assert share.unit == "share"


def test_where_no_process_forks_there_is_nothing_to_compare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fresh_processes, "USUAL_START", "spawn")
    assert fresh_processes.forks_and_fresh(Sitting(ops=OPS, say=quiet, parents=Parents(60.0))) == []
