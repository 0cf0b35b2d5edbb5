"""Figures as text: three digits, and a unit that fits what is shown."""

import math

import pytest

from harness.units import byte_rate, elements, ratio, seconds, significant


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-3, "1.00 ms"),
        (9.9999999e-4, "1.00 ms"),
        (9.994e-4, "999 µs"),
        (1.25e-6, "1.25 µs"),
        (0.9996, "1.00 s"),
        (0.0, "0 ns"),
        (float("nan"), "–"),
    ],
)
def test_a_duration_has_the_unit_of_what_is_shown(value: float, text: str) -> None:
    assert seconds(value) == text


def test_rounding_up_to_another_digit_keeps_the_digits() -> None:
    assert significant(9.999) == "10.0"
    assert ratio(0.9999) == "1.00×"
    assert significant(99.96) == "100"


def test_what_has_no_end_is_said_so() -> None:
    told = [ratio(math.inf), seconds(math.inf), elements(math.inf), byte_rate(math.inf)]
    assert told == ["∞×", "∞ s", "∞ M", "∞ TB/s"]
