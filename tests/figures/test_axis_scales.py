"""Logarithmic axes: nothing that is drawn lies outside of them, and their ticks can be read."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import units
from harness.figures.axis_scales import Scale, size_scale, speedup_scale, time_scale, value_scale
from harness.figures.lines import Line
from harness.model import Span

MAGNITUDES = st.lists(st.floats(-9, 9), min_size=1, max_size=12)
WIDTHS = st.floats(1, 2)


def line(powers: list[float], width: float = 1.0) -> Line:
    """Return a line through these powers of ten, with an interval of this factor on both sides."""
    value = 10.0 ** np.array(powers)
    n = np.logspace(0, len(powers) - 1, len(powers), base=4.0)
    noisy = np.zeros(len(powers), dtype=bool)
    return Line(
        backend="b", span=Span.CALL, n=n, value=value, low=value / width, high=value * width, noisy=noisy
    )


def holds(scale: Scale, drawn: Line) -> bool:
    """Whether a line with its intervals lies between the floor and the upper end of an axis."""
    return bool(scale.floor <= drawn.low.min() and drawn.high.max() <= scale.limits[1])


@given(MAGNITUDES, WIDTHS)
def test_an_axis_holds_all_that_is_drawn_and_a_few_ticks(powers: list[float], width: float) -> None:
    drawn = line(powers, width)

    for scale, most in (
        (time_scale([drawn]), 7),
        (value_scale([drawn], units.byte_rate, most=5), 5),
        (speedup_scale([drawn], strip=0.3), 8),
    ):
        assert holds(scale, drawn)
        assert 1 <= len(scale.ticks) <= most
        assert all(scale.limits[0] <= tick <= scale.limits[1] for tick in scale.ticks)


@given(MAGNITUDES)
def test_an_axis_of_speedups_shows_1_and_leaves_its_strip_free(powers: list[float]) -> None:
    scale = speedup_scale([line(powers)], strip=0.25)

    low, floor, high = np.log([scale.limits[0], scale.floor, scale.limits[1]])
    assert scale.floor < 1 < scale.limits[1]
    assert np.isclose((floor - low) / (high - low), 0.25)


def test_sizes_have_a_tick_per_power_of_four_and_at_most_six_with_text() -> None:
    scale = size_scale([line([0.0] * 12)])

    assert set(scale.minor) >= set(4.0 ** np.arange(12))
    assert len(scale.ticks) <= 6
    assert [scale.tick_text(n) for n in scale.ticks[:3]] == ["1", "16", "256"]


def test_a_wild_interval_does_not_squeeze_the_line() -> None:
    drawn = line([-6.0, -5.0], width=1e6)

    assert time_scale([drawn]).limits[1] < 1e-4


@pytest.mark.parametrize(
    ("sizes", "ticks"),
    [
        ((8, 100, 1000, 12345), ["10", "100", "1 000", "10 000"]),
        ((1, 2), ["1", "2", "5"]),
        ((5,), ["2", "5", "10"]),
        ((1_000_000, 30_000_000), ["1.0 M", "10 M"]),
        ((16, 64, 100), ["16", "64"]),
    ],
)
def test_sizes_that_were_chosen_by_hand_have_round_numbers_as_ticks(
    sizes: tuple[int, ...], ticks: list[str]
) -> None:
    drawn = replace(line([0.0] * len(sizes)), n=np.array(sizes, dtype=float))
    scale = size_scale([drawn])
    assert [text for text in map(scale.tick_text, scale.ticks) if text in ticks] == ticks
    assert len(scale.ticks) <= 6
