"""Whether NumPy is slower beside Torch is said where it is beyond the band, and only then."""

import pytest

from harness.answers.beside_torch import beside_torch


@pytest.mark.parametrize(
    ("ratio", "low", "high", "expected"),
    [
        (1.3, 1.21, 1.39, "NumPy alone is 1.30 times faster than beside Torch here (1.21 to 1.39): "),
        (0.8, 0.75, 0.85, "NumPy alone is 1.25 times slower than beside Torch here (1.18 to 1.33): "),
    ],
)
def test_a_difference_beyond_the_band_is_said(ratio: float, low: float, high: float, expected: str) -> None:
    facts = {"numpy_alone": {"ratio": ratio, "low": low, "high": high}}
    assert beside_torch(facts, 0.01).startswith(expected)
    assert beside_torch(facts, 0.5) == ""


@pytest.mark.parametrize(
    "facts",
    [{}, {"numpy_alone": None}, {"numpy_alone": {"ratio": 1.1, "low": 0.9, "high": 1.3}}],
    ids=["an older run", "not known", "within its interval"],
)
def test_what_is_not_known_or_may_be_none_is_not_said(facts: dict[str, object]) -> None:
    assert beside_torch(facts, 0.01) == ""
