"""A slow-down of known size: how it is planted."""

from dataclasses import replace

import pytest

from harness.runs.settings import Settings
from harness.validation import planted_slowdown
from harness.validation.trials import Arrangement, Pair, Sitting, Trial
from harness.workers.task import Lane
from tests.support.trials import OPS, quiet, trial


def test_a_slow_down_is_planted_as_more_of_the_same_calls() -> None:
    lanes = planted_slowdown.slowed(OPS["sin"], 256).lanes
    assert [lane.statement.count("sin(x)") for lane in lanes] == [100, 102, 105, 110] * 2
    assert len({(lane.backend, lane.twin) for lane in lanes}) == len(lanes)


def test_each_slowed_statement_is_compared_with_the_plain_one_of_its_backend(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Times that grow as the calls do: all slow-downs are found, and each is counted at its own size."""

    def scripted(_op: object, arrangements: list[Arrangement], _settings: Settings) -> list[Pair]:
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
    checks = planted_slowdown.planted(Sitting(ops=OPS, say=quiet, quick=True))
    assert [check.measured for check in checks] == [1.0, 1.0, 0.0]
    assert [check.passed for check in checks] == [None, True, False]
    assert "4 of 4, 0 of them noisy" in checks[0].detail
