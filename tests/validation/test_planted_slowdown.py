"""A slow-down of known size: how it is planted."""

from dataclasses import replace

import pytest

from harness.validation.parts import planted_slowdown
from harness.validation.trials import Arrangement, Pair, Sitting, Trial
from harness.workers.parents import Parents
from harness.workers.task import Lane
from tests.support.trials import OPS, quiet, trial


def test_a_slow_down_is_planted_as_more_of_the_same_calls() -> None:
    lanes = planted_slowdown.slowed(OPS["sin"], 256).lanes
    assert [lane.statement.count("sin(x)") for lane in lanes] == [100, 102, 105, 110] * 2
    assert len({(lane.backend, lane.twin) for lane in lanes}) == len(lanes)


def scripted_trial(seconds: list[float], more: str) -> Trial:
    plain = trial(seconds)
    return replace(plain, lane=replace(plain.lane, twin=more))


def test_a_slow_down_that_the_host_hides_is_no_failure_but_one_that_the_timer_hides_is() -> None:
    noise = (1.0, 1.04, 0.96, 1.01)
    for scatter, outcome in (((1.0, 1.001, 0.999, 1.0), "FAIL"), (noise, "cannot be told")):
        hidden = [
            Pair(trial(list(scatter)), scripted_trial([1.0, *scatter[:0:-1]], f"+{more}"))
            for more in planted_slowdown.PLANTED
            for _ in range(8)
        ]
        checks = planted_slowdown.found(hidden, looks=3, chance=0.02, detail="scripted")
        assert [check.measured for check in checks] == [0.0] * 3
        assert checks[1].outcome == outcome
    assert "intervals are ±" in checks[1].doubt


def test_each_slowed_statement_is_compared_with_the_plain_one_of_its_backend(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Times that grow as the calls do: all slow-downs are found, and each is counted at its own size."""

    def scripted(_op: object, arrangements: list[Arrangement], _workers: object) -> list[Pair]:
        return [
            pair
            for arrangement in arrangements
            for pair in arrangement.pair_up([[timed(lane) for lane in arrangement.groups[0].lanes]])
        ]

    def timed(lane: Lane) -> Trial:
        calls = lane.statement.count("\n") + 1
        more = calls if calls < 110 else 100  # the largest is not there
        return replace(trial([more * 1e-6] * 3, backend=lane.backend), lane=lane)

    monkeypatch.setattr(planted_slowdown, "measured_pairs", scripted)
    monkeypatch.setattr(Sitting, "workers", lambda _sitting: [])
    checks = planted_slowdown.planted(Sitting(ops=OPS, say=quiet, parents=Parents(60.0), quick=True))
    assert [check.measured for check in checks] == [1.0, 1.0, 0.0]
    assert [check.passed for check in checks] == [None, True, False]
    assert "8 of 8" in checks[0].detail
