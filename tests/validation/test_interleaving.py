"""Interleaved times against those of the same backend alone."""

import pytest

from harness.validation import interleaving
from harness.validation.trials import Pair
from tests.support.trials import OPS, pair, trial

EVEN = pair([1.0, 1.001, 0.999], [1.0, 1.0, 1.0])


def test_one_interval_of_twenty_may_miss_but_a_cell_that_differs_is_found() -> None:
    chance = pair([1.0, 1.0, 1.0], [1.05, 1.06, 1.07], n=64)  # p = 0.013 against the band
    apart = pair([1.0, 1.0, 1.0], [1.5, 1.5001, 1.5002], n=64)
    agreed = interleaving.agreement([EVEN] * 19 + [chance])
    assert [check.passed for check in agreed] == [True, True]
    differing = interleaving.agreement([EVEN] * 19 + [apart])
    assert [check.passed for check in differing] == [False, False]
    assert differing[0].measured == pytest.approx(0.95)
    assert "furthest off: abs at 64 on numpy, 1.50×" in differing[0].detail


def test_disturbed_cells_tell_nothing_of_interleaving_and_too_few_others_do_not_pass() -> None:
    apart = Pair(trial([1.0, 1.0, 1.0]), trial([1.5, 1.5001, 1.5002], noisy=True))
    assert [check.passed for check in interleaving.agreement([EVEN, apart])] == [True, True]
    unknown = interleaving.agreement([EVEN, apart, apart])
    assert [(check.passed, check.figure) for check in unknown] == [(False, "–")] * 2
    assert "1 of 3 cells free of other work" in unknown[0].detail


def test_backends_are_timed_together_and_each_by_itself() -> None:
    together, *single = interleaving.together_and_alone(OPS["mm"], 16384).groups
    assert [lane.backend for lane in together.lanes] == ["numpy", "torch-cpu"]
    assert [[lane.backend for lane in group.lanes] for group in single] == [["numpy"], ["torch-cpu"]]


def test_each_interleaved_trial_is_compared_with_the_one_alone() -> None:
    numpy, torch, numpy_alone, torch_alone = (trial([seconds]) for seconds in (1.0, 2.0, 3.0, 4.0))
    arrangement = interleaving.together_and_alone(OPS["mm"], 16384)
    pairs = arrangement.pair_up([[numpy, torch], [numpy_alone], [torch_alone]])
    assert list(pairs) == [(numpy_alone, numpy), (torch_alone, torch)]
