"""Figures as text: three digits, and a unit that fits what is shown."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.units import (
    bounds,
    byte_rate,
    elements,
    flop_rate,
    interval,
    ratio,
    ratio_range,
    seconds,
    seconds_interval,
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
    assert [ratio(0.0013), ratio(18_524), ratio(1e-9), ratio(1e9)] == [
        *("0.00130×", "18 500×", "less than 0.0001×", "more than 1 000 000×"),
    ]


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (3.14e-14, 6.44e13, " (no useful interval)"),  # two rounds that differ by 30 times
        (0.02, 30, " (no useful interval)"),
        (0.04, 30, " (0.0400 to 30.0)"),
        (12, 1e9, " (at least 12.0)"),
        (1e-9, 0.3, " (at most 0.300)"),
        (2e-5, 0.01, " (at most 0.0100)"),
        (2e6, 3e6, " (at least 1 000 000)"),
        (1e-9, 1e-8, " (at most 0.000100)"),
        (943, 61_400, " (943 to 61 400)"),
        (0.0, math.inf, " (no useful interval)"),
        (2.0, math.inf, " (at least 2.00)"),
        (0.0, 0.5, " (at most 0.500)"),
    ],
)
def test_a_wide_interval_tells_the_end_by_which_it_is_clear_of_1_or_nothing(
    low: float, high: float, text: str
) -> None:
    assert interval(low, high) == text


@given(st.floats(0, math.inf), st.floats(0, math.inf))
def test_what_an_interval_tells_is_true_and_short(one: float, other: float) -> None:
    low, high = sorted((one, other))
    text = bounds(low, high)
    assert len(text) <= 26
    told = [float(number.replace(" ", "")) for number in re.findall(r"\d[\d. ]*", text)]
    if text.startswith("at least"):
        assert told[0] <= 1.01 * low
    elif text.startswith("at most"):
        assert told[0] >= 0.99 * high
    else:
        assert told == pytest.approx([low, high] if told else [], rel=0.01)


def test_an_interval_of_a_duration_that_tells_nothing_is_not_printed() -> None:
    assert [seconds_interval(low, high) for low, high in ((1e-6, 2e-6), (1e-14, 5e4), (math.nan,) * 2)] == [
        *("1.00 µs to 2.00 µs", "no useful interval", "–"),
    ]


def test_a_range_of_ratios_has_two_digits_and_two_decimals_near_1() -> None:
    assert [ratio_range(0.968, 1.044), ratio_range(1.53, 5.17), ratio_range(0.131, 222.4)] == [
        *("0.97 to 1.04", "1.5 to 5.2", "0.13 to 222"),
    ]
    assert [ratio_range(2.01, 2.04), ratio_range(1e-7, math.inf)] == ["2.0", "less than 0.0001 to ∞"]
