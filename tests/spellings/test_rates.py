"""Rates of a device, as somebody types them."""

import pytest

from harness.errors import UsageError
from harness.spellings.rates import rates_of


def test_rates_have_prefixes_and_units() -> None:
    assert rates_of("memory=3.35TB/s, arithmetic = 67 TFLOP/s,link=500MB/s") == pytest.approx(
        {"memory": 3.35e12, "arithmetic": 6.7e13, "link": 5e8}
    )


@pytest.mark.parametrize(
    "text",
    [
        "memory=3",
        "memory=3FLOP/s",
        "speed=3B/s",
        "memory=0B/s",
        "memory=1B/s,memory=2B/s",
        "memory=-1B/s",
        "",
        "a=b",
    ],
)
def test_what_is_no_rate_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match=r"is no rate of a device; .* as in memory=3\.35TB/s"):
        rates_of(text)
