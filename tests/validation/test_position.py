"""A bias of position, planted in the real sampling on a scripted clock."""

import math

import numpy as np
import pytest

from harness.timing import sampling
from harness.timing.rules import Rules
from harness.validation.parts import position
from harness.validation.trials import Pair, Sitting, Trial
from harness.workers.parents import Parents
from tests.support.streams import STREAMS, ScriptedHost
from tests.support.trials import OPS, pair, quiet, trial

SECONDS = 1e-5


def biased_pair(rounds: int) -> Pair:
    host = ScriptedHost(stream=STREAMS[0], random=np.random.default_rng(0))

    def call(number: int) -> float:
        host.clock += number * SECONDS
        return number * SECONDS

    found = zip(*(position.biased_round(call, host, order) for order in range(rounds)), strict=True)
    plain = trial([1.0])
    return Pair(*(Trial(op=plain.op, lane=plain.lane, n=16, rounds=tuple(each)) for each in found))


def test_a_bias_of_position_is_planted_and_mirrored_passes_cancel_it() -> None:
    pairs = [biased_pair(4) for _ in range(4)]
    samples = [sample / SECONDS for found in pairs[0].base.rounds for sample in found.samples]
    assert {round(sample, 9) for sample in samples} == {1.0, 1 + position.BIAS}
    (check,) = position.left_over(pairs)
    assert check.outcome == "pass"
    assert check.measured == pytest.approx(1, abs=1e-3)


def test_a_fixed_order_without_its_mirror_image_would_not_cancel_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "reversed", lambda order: order, raising=False)
    monkeypatch.setattr(sampling, "_order", lambda backends, _random: list(range(len(backends))))
    (check,) = position.left_over([biased_pair(4) for _ in range(4)])
    assert check.outcome == "FAIL"
    assert check.measured == pytest.approx(1 + position.BIAS, rel=1e-3)


def test_a_bias_that_the_hosts_scatter_hides_cannot_be_told() -> None:
    wide = pair([1.0, 1.1, 1.0, 1.0], [1.0, 1.0, 1.2, 1.1])
    (check,) = position.left_over([wide] * 2)
    assert check.outcome == "cannot be told"
    assert "scatter alone" in check.doubt


def test_real_calls_are_timed_beside_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(position, "SIZES", (16,))
    monkeypatch.setattr(position, "Rules", lambda: Rules(turn=1e-4, passes=2, budget=1e-3))
    (check,) = position.biased(Sitting(ops=OPS, say=quiet, parents=Parents(60.0), quick=True))
    assert math.isfinite(check.measured)
    assert "2 pairs" in check.detail
