"""Interleaved times against those of the same backend alone."""

from dataclasses import replace

import pytest

from harness.validation.parts import interleaving
from harness.validation.trials import Pair
from tests.support.trials import OPS, pair, trial

EVEN = pair([1.0, 1.001, 0.999, 1.0], [1.0, 1.0, 1.0, 1.001])


def test_a_cell_that_differs_is_found_among_others_that_agree() -> None:
    apart = pair([1.0, 1.001, 1.0, 0.999], [1.5, 1.5001, 1.5002, 1.5], n=64)
    assert [check.passed for check in interleaving.agreement([EVEN] * 20)] == [True, True]
    differing = interleaving.agreement([EVEN] * 19 + [apart])
    assert [check.passed for check in differing] == [False, False]
    assert differing[0].measured == pytest.approx(0.95)
    assert "furthest off: abs at 64 on numpy, 1.50×" in differing[0].detail


def test_disturbed_cells_tell_nothing_of_interleaving_and_too_few_others_cannot_be_told() -> None:
    apart = Pair(trial([1.0, 1.0, 1.0]), trial([1.5, 1.5001, 1.5002], noisy=True))
    assert [check.passed for check in interleaving.agreement([EVEN, apart])] == [True, True]
    assert [check.outcome for check in interleaving.agreement([apart] * 3)] == ["cannot be told"] * 2
    wrong = pair([1.0, 1.001, 1.0, 0.999], [1.5, 1.5001, 1.5002, 1.5])
    doubted = interleaving.agreement([wrong, apart, apart])
    assert [check.outcome for check in doubted] == ["cannot be told"] * 2
    assert "1 of 3 cells free of other work" in doubted[0].detail


def test_a_mean_that_the_hosts_scatter_leaves_open_cannot_be_told() -> None:
    wide = pair([1.0, 1.3, 0.8, 1.1], [1.4, 1.0, 1.2, 1.0])
    assert interleaving.agreement([wide] * 2)[1].outcome == "cannot be told"


def test_backends_are_timed_together_and_each_by_itself() -> None:
    together, *single = interleaving.together_and_alone(OPS["mm"], 16384).groups
    assert [lane.backend for lane in together.lanes] == ["numpy", "torch-cpu"]
    assert [[lane.backend for lane in group.lanes] for group in single] == [["numpy"], ["torch-cpu"]]


def test_each_interleaved_trial_is_compared_with_the_one_alone() -> None:
    numpy, torch, numpy_alone, torch_alone = (trial([seconds]) for seconds in (1.0, 2.0, 3.0, 4.0))
    arrangement = interleaving.together_and_alone(OPS["mm"], 16384)
    pairs = arrangement.pair_up([[numpy, torch], [numpy_alone], [torch_alone]])
    assert list(pairs) == [(numpy_alone, numpy), (torch_alone, torch)]


def test_passes_of_two_groups_are_no_pairs() -> None:
    found = trial([1.0, 2.0])
    mirrored = replace(found, rounds=tuple(replace(each, passes=(0, 1, 1)) for each in found.rounds))
    assert interleaving.without_passes(mirrored) == found
