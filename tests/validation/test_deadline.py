"""Calls that last as long as they are told to."""

import math

import pytest

from harness.validation.parts import deadline
from tests.support.trials import quiet


def test_a_wrong_slope_or_a_large_intercept_does_not_pass() -> None:
    asked = deadline.DURATIONS
    good = deadline.fit(asked, [2e-7 + seconds for seconds in asked])
    assert [check.passed for check in good] == [True, True]
    assert good[0].measured == pytest.approx(1)
    assert good[1].measured == pytest.approx(2e-7)
    steep, late = (
        deadline.fit(asked, [a + slope * seconds for seconds in asked]) for a, slope in ((0, 1.02), (2e-6, 1))
    )
    assert steep[0].passed is False
    assert late[1].passed is False
    assert deadline.fit(asked, [1.02 * seconds for seconds in asked], "a busy host")[0].passed is None


def test_one_long_call_that_is_off_does_not_carry_the_line() -> None:
    *short, long = deadline.DURATIONS
    slope, _ = deadline.fit(deadline.DURATIONS, [*short, 1.01 * long])
    assert abs(slope.measured - 1) < 0.005


def test_spinning_calls_are_timed_on_the_real_clock() -> None:
    slope, intercept = deadline.deadline(quiet)
    assert slope.measured > 0
    assert math.isfinite(intercept.measured)
