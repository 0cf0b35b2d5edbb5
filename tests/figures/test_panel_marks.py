"""What is written on a panel: names at the ends of lines, and crossovers."""

import math

import pytest

from harness.figures.page_layout import op_figure
from tests.support.figures import frames, texts, xy


def test_every_line_is_named_at_its_end() -> None:
    left, right = op_figure(*frames(), op="sin").axes
    names = {"torch-cpu", "torch-cpu round trip", "torch-cuda", "torch-cuda round trip", "numpy"}

    assert names <= set(texts(left))
    assert names <= set(texts(right))


def test_a_crossover_is_marked_at_its_size_on_the_line_at_1() -> None:
    cells, speedups, crossovers = frames()
    mine = (crossovers["backend"] == "torch-cuda") & (crossovers["span"] == "call")
    crossovers.loc[mine, ["n", "low", "high", "faster"]] = [14_321.0, 10_000.0, 20_000.0, "above"]

    right = op_figure(cells, speedups, crossovers, op="sin").axes[1]

    assert xy(right, "crossover torch-cuda call") == ([14_321.0], [1.0])
    assert xy(right, "crossover torch-cuda call interval") == ([10_000.0, 20_000.0], [1.0, 1.0])
    assert "14 000 →" in texts(right)


@pytest.mark.parametrize(
    ("low", "high", "bar"),
    [
        (math.nan, math.nan, [5000.0, 5000.0]),
        (math.nan, 9000.0, [5000.0, 9000.0]),
        (4000.0, math.nan, [4000.0, 5000.0]),
    ],
)
def test_an_unknown_end_of_a_crossover_is_not_drawn(low: float, high: float, bar: list[float]) -> None:
    cells, speedups, crossovers = frames()
    given = crossovers.assign(n=5000.0, low=low, high=high, state="crosses", faster="below")

    right = op_figure(cells, speedups, given, op="sin").axes[1]

    assert xy(right, "crossover torch-cpu call interval")[0] == bar
    assert "← 5 000" in texts(right)


def test_a_crossover_lies_below_all_curves_where_there_is_room_for_its_size() -> None:
    cells, speedups, crossovers = frames()

    right = op_figure(cells, speedups, crossovers, op="sin").axes[1]

    ((_, (height,)),) = [xy(right, "crossover torch-cpu call in the strip")]
    assert right.get_ylim()[0] < height < speedups["low"].min()
