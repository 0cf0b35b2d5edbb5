"""A check and its limits."""

import math

import pytest

from harness.validation.check import Check, sampling_error


def test_a_share_of_few_may_be_off_by_more() -> None:
    assert sampling_error(0.8, 4) == pytest.approx(0.4)
    assert sampling_error(0.8, 400) == pytest.approx(0.04)


@pytest.mark.parametrize(
    ("low", "high", "measured", "passed", "limit"),
    [
        (0.93, 0.97, 0.93, True, "93.0 % to 97.0 %"),
        (-math.inf, 0.01, 0.011, False, "at most 1.00 %"),
        (0.8, math.inf, 0.8, True, "at least 80.0 %"),
        (0.8, math.inf, math.nan, False, "at least 80.0 %"),
        (-math.inf, math.inf, 5.0, None, ""),
    ],
)
def test_a_check_passes_within_its_limits(
    low: float, high: float, measured: float, passed: object, limit: str
) -> None:
    check = Check(part="", name="", measured=measured, unit="share", low=low, high=high)
    assert (check.passed, check.limit) == (passed, limit)
