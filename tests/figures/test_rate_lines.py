"""Rates and shares of ceilings below the times of an op."""

import math

import pytest

from harness.figures.page_layout import op_figure, overview_figure
from tests.support.figures import SIZES, frames, rated, texts, xy


def test_the_rate_of_a_call_stands_below_the_ceilings_of_its_device() -> None:
    given = rated(frames())
    _, _, rates, shares = op_figure(*given, op="sin").axes

    mine = given[0].query("backend == 'torch-cpu' and span == 'call'")
    assert xy(rates, "torch-cpu call")[1] == pytest.approx(mine["bytes_per_second"].tolist())
    assert xy(shares, "torch-cpu call")[1] == pytest.approx(mine["ceiling_share"].tolist())
    assert xy(rates, "ceiling")[1] == pytest.approx([2e10] * len(SIZES))
    assert xy(rates, "ceiling, 1 thread")[1] == pytest.approx([1e10] * len(SIZES))
    assert {"bytes per second", "ceiling", "ceiling, 1 thread"} <= set(texts(rates))
    assert {"share of the ceiling", "ceiling"} <= set(texts(shares))
    assert {"1 G", "10 G"} <= {tick.get_text() for tick in rates.get_yticklabels()}
    assert {"1 %", "100 %"} <= {tick.get_text() for tick in shares.get_yticklabels()}
    drawn = [str(line.get_label()) for line in rates.get_lines()]
    assert not [label for label in drawn if "round_trip" in label or "torch-cuda" in label]


def test_an_op_of_more_operations_than_bytes_shows_those() -> None:
    rates = op_figure(*rated(frames(), flop=2.0, column="flop_per_second"), op="sin").axes[2]

    assert "FLOP per second" in texts(rates)
    assert xy(rates, "ceiling")[1] == pytest.approx([2e10] * len(SIZES))


def test_an_op_whose_bytes_nobody_has_counted_shows_its_operations() -> None:
    cells, *others = rated(frames(), column="flop_per_second")

    rates = op_figure(cells.assign(bytes_per_second=math.nan), *others, op="sin").axes[2]

    assert "FLOP per second" in texts(rates)


def test_an_overview_has_no_rates() -> None:
    assert len(overview_figure(*rated(frames(ops=["sin", "abs"]))).axes) == 2
