"""Figures as text: three digits, and a unit that fits what is shown."""

import math

import pytest

from harness.units import (
    byte_rate,
    elements,
    flop_rate,
    interval,
    ratio,
    ratio_range,
    seconds,
    share,
    significant,
    size,
)


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


def test_a_size_is_in_binary_thousands_only_where_it_divides() -> None:
    assert [size(n) for n in (16, 1024, 1025, 65_536, 2**22, 2**22 + 1024)] == [
        *("16", "1 Ki", "1025", "64 Ki", "4 Mi", "4097 Ki"),
    ]


def test_an_interval_follows_its_value_and_is_empty_where_there_is_none() -> None:
    assert ratio(1.25) + interval(1.02, 1.131) == "1.25× (1.02 to 1.13)"
    assert interval(math.nan, math.nan) == ""


def test_what_is_unknown_is_a_dash() -> None:
    assert {text(math.nan) for text in (seconds, elements, ratio, byte_rate, flop_rate, share)} == {"–"}
    assert [share(0.085), flop_rate(8.5e10), elements(14_230), elements(1.06e6)] == [
        *("8.5 %", "85.0 GFLOP/s", "14 000", "1.1 M"),
    ]


def test_nobody_has_a_tenth_of_an_element() -> None:
    assert [elements(84.13), elements(999.6), elements(4.4)] == ["84", "1000", "4"]


def test_a_ratio_has_no_more_digits_than_anybody_reads() -> None:
    assert ratio(0.0013) + interval(1e-9, 7500) == "0.00130× (less than 0.0001 to 7500)"
    assert ratio(18_524) + interval(12.0, 1e9) == "18 500× (12.0 to more than 1 000 000)"


def test_a_range_of_ratios_has_two_digits_and_two_decimals_near_1() -> None:
    assert [ratio_range(0.968, 1.044), ratio_range(1.53, 5.17), ratio_range(0.131, 222.4)] == [
        *("0.97 to 1.04", "1.5 to 5.2", "0.13 to 222"),
    ]
    assert [ratio_range(2.01, 2.04), ratio_range(1e-7, math.inf)] == ["2.0", "less than 0.0001 to ∞"]
