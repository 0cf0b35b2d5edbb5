"""A check and its limits."""

import math
from dataclasses import replace

import pytest

from harness.validation.check import Check, least_by_chance, most_by_chance


@pytest.mark.parametrize(
    ("share", "number", "chance", "most"),
    [(0.01, 12, 0.02, 1 / 12), (0.01, 12, 0.2, 0.0), (0.01, 300, 0.02, 7 / 300), (0.5, 1, 0.02, 1.0)],
)
def test_a_share_of_few_has_a_limit_of_whole_numbers(
    share: float, number: int, chance: float, most: float
) -> None:
    assert most_by_chance(share, number, chance) == most
    assert least_by_chance(1 - share, number, chance) == pytest.approx(1 - most, abs=1e-15)


def test_a_share_at_its_limit_passes() -> None:
    low = least_by_chance(0.8, 12, 0.02)
    found = round(low * 12)
    check = Check(part="", name="", measured=found / 12, unit="share", low=low)
    assert check.outcome == "pass"
    assert replace(check, measured=(found - 1) / 12).outcome == "FAIL"


@pytest.mark.parametrize(
    ("measured", "outcome"), [(0.5, "cannot be told"), (0.9, "pass"), (math.nan, "cannot be told")]
)
def test_what_the_host_may_have_done_is_no_failure_and_no_success(measured: float, outcome: str) -> None:
    check = Check(part="", name="", measured=measured, unit="share", low=0.8, doubt="a busy host")
    assert check.outcome == outcome
    assert replace(check, low=-math.inf).outcome == ("cannot be told" if math.isnan(measured) else "")


@pytest.mark.parametrize(
    ("low", "high", "measured", "passed", "limit"),
    [
        (0.93, 0.97, 0.93, True, "93.0 % to 97.0 %"),
        (-math.inf, 0.01, 0.011, False, "at most 1.00 %"),
        (0.8, math.inf, 0.8, True, "at least 80.0 %"),
        (0.8, math.inf, math.nan, None, "at least 80.0 %"),
        (-math.inf, math.inf, 5.0, None, ""),
    ],
)
def test_a_check_passes_within_its_limits(
    low: float, high: float, measured: float, passed: object, limit: str
) -> None:
    check = Check(part="", name="", measured=measured, unit="share", low=low, high=high)
    assert (check.passed, check.limit) == (passed, limit)
