"""Looks: that stopping at the first one that is sure is wrong no more often than one look is."""

import numpy as np
import pytest
from scipy.special import ndtri

from harness.statistics.looks import look_levels


@pytest.mark.parametrize("confidence", [0.95, 0.99])
@pytest.mark.parametrize("looks", [1, 2, 3, 5, 10, 50])
def test_all_looks_together_are_wrong_as_often_as_one(looks: int, confidence: float) -> None:
    random, tries = np.random.default_rng(0), 100_000
    sums = np.cumsum(random.standard_normal((tries, looks)), axis=1) / np.sqrt(np.arange(1, looks + 1))
    bounds = ndtri((1 + np.array(look_levels(looks, confidence))) / 2)
    wrong = float((np.abs(sums) > bounds).any(axis=1).mean())
    assert (0.6 if looks > 10 else 0.93) <= wrong / (1 - confidence) <= 1.07


def test_an_early_look_is_stricter_and_the_last_costs_little() -> None:
    assert look_levels(3) == pytest.approx((0.99948, 0.98589, 0.95493), abs=1e-5)
    assert look_levels(1) == (0.95,)
    assert look_levels(1, 0.99) == (0.99,)
