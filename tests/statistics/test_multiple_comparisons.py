"""Many tests at once: Holm's correction, and the share of ratios that chance explains."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.statistics.multiple_comparisons import agreeing_share, holm, probabilities

chances = st.lists(st.one_of(st.floats(0, 1), st.just(math.nan)), min_size=1, max_size=12)


def plain_holm(p: list[float]) -> list[float]:
    """Return Holm's correction by its definition, one after another."""
    tested = sorted((value, index) for index, value in enumerate(p) if not math.isnan(value))
    corrected, most = [math.nan] * len(p), 0.0
    for rank, (value, index) in enumerate(tested):
        most = max(most, min(1.0, value * (len(tested) - rank)))
        corrected[index] = most
    return corrected


@given(chances)
def test_the_correction_is_holms(p: list[float]) -> None:
    assert holm(np.array(p)).tolist() == pytest.approx(plain_holm(p), nan_ok=True)


def test_a_ratio_within_the_band_is_chance_and_one_beyond_is_the_t_test_of_what_is_beyond() -> None:
    """The two-sided probability of t = 4.3027 with 2 degrees of freedom is 0.05."""
    error = 0.01
    logs = [0.02, -0.02, 0.02 + 4.3027 * error, -0.02 - 4.3027 * error]
    p = probabilities(logs, [error] * 4, [2.0] * 4, 0.02)
    assert p.tolist() == pytest.approx([1.0, 1.0, 0.05, 0.05], abs=1e-5)


def test_a_ratio_without_any_spread_is_either_within_the_band_or_beyond_all_chance() -> None:
    assert probabilities([0.0, 0.1], [0.0, 0.0], [2.0, 2.0], 0.05).tolist() == [1.0, 0.0]


def test_one_of_many_ratios_that_misses_by_chance_agrees_and_one_far_off_does_not() -> None:
    """Three standard errors off: 1 in 33 t-tests with 5 degrees of freedom, and no rarity among twenty."""
    logs = [0.0] * 19 + [0.03]
    assert agreeing_share(logs, [0.01] * 20, [5] * 20, 0.0) == 1.0
    assert agreeing_share([*logs[:19], 0.2], [0.01] * 20, [5] * 20, 0.0) == pytest.approx(0.95)
    assert agreeing_share([*logs[:19], 0.2], [0.01] * 20, [5] * 20, 0.2) == 1.0
