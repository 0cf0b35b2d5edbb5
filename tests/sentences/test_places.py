"""Sizes in words."""

from dataclasses import replace

import pytest

from harness.sentences.places import spoken
from harness.sentences.standing import standing
from tests.support.speedup_curves import curve_of


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (1, "1"), (100, "100"), (1000, "1000"), (1024, "1 Ki"), (1250, "1 250"), (12345, "12 000"),
        (12300, "12 300"), (65536, "64 Ki"), (250000, "250 000"), (1250000, "1.2 M"), (14231, "14 000"),
    ],
)  # fmt: skip
def test_a_size_is_exact_unless_it_has_more_digits_than_anybody_reads(n: int, words: str) -> None:
    assert spoken(n) == words


def test_a_size_of_made_operands_counts_nothing() -> None:
    curve = curve_of("LLFF")
    assert "elements" in standing(curve)
    told = standing(replace(curve, counts_elements=False))
    assert "from n = " in told
    assert "elements" not in told
