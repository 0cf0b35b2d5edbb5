"""How many standard errors an interval takes."""

import math

import numpy as np
import pytest

from harness.statistics.confidence import t_quantile, t_quantiles


def test_t_quantiles_are_the_tables() -> None:
    assert t_quantile(1) == pytest.approx(12.7062, abs=1e-4)
    assert t_quantile(2) == pytest.approx(4.3027, abs=1e-4)
    assert t_quantile(4) == pytest.approx(2.7764, abs=1e-4)


def test_many_quantiles_are_those_of_each_and_what_is_not_known_has_none() -> None:
    quantiles = t_quantiles(np.array([2.0, math.nan, 4.0, 2.0, 3.0]))
    assert quantiles.tolist() == pytest.approx(
        [4.3027, math.nan, 2.7764, 4.3027, 3.1824], abs=1e-4, nan_ok=True
    )


def test_more_confidence_takes_more_standard_errors() -> None:
    """The 99.5 % quantile of t with 2 degrees of freedom is 9.9248."""
    assert t_quantiles(np.array([2.0]), 0.99).tolist() == pytest.approx([9.9248], abs=1e-4)
