"""How heavy tails are."""

import numpy as np
import pytest

from harness.statistics.tails import tail_freedom, tail_scale


@pytest.mark.parametrize("freedom", [3, 5, 8])
def test_the_tails_of_students_t_are_found_again(freedom: int) -> None:
    deviations = np.random.default_rng(freedom).standard_t(freedom, 20_000) / tail_scale(freedom)
    assert freedom / 1.3 <= tail_freedom(deviations) <= freedom * 1.3


def test_normal_deviations_have_no_tails() -> None:
    assert tail_freedom(np.random.default_rng(1).normal(size=(100, 200))) == 1000
