"""The page of a figure: no text is in the way of another, whatever is drawn."""

import pytest

from harness.errors import UnknownNameError
from harness.figures.page_layout import op_figure, overview_figure
from harness.figures.run_figures import to_svg
from tests.support.figures import CAPTION, COSTS, MANY, ODD, Costs, clashes, frames, no_speedups


@pytest.mark.parametrize("case", ODD)
def test_no_text_is_cut_off_or_lies_on_another(case: str) -> None:
    given = ODD[case]()

    assert clashes(op_figure(*given, op="sin", caption=CAPTION)) == []
    assert clashes(overview_figure(*given, caption=CAPTION)) == []


@pytest.mark.parametrize("costs", [COSTS, MANY], ids=["four backends", "ten backends"])
def test_nine_ops_fit_on_an_overview(costs: Costs) -> None:
    ops = [f"op_{i}" for i in range(9)]

    figure = overview_figure(*frames(costs, ops=ops), caption=CAPTION)

    assert [axes.get_title(loc="left") for axes in figure.axes] == ops
    assert clashes(figure) == []


def test_the_panels_of_an_overview_have_equal_scales() -> None:
    cells, speedups, crossovers = frames(ops=["sin", "abs"])
    speedups.loc[speedups["op"] == "abs", ["speedup", "low", "high"]] *= 10

    first, second = overview_figure(cells, speedups, crossovers).axes

    assert first.get_xlim() == second.get_xlim()
    assert first.get_ylim() == second.get_ylim()
    assert second.get_ylim()[1] > speedups["high"].max()


def test_an_unknown_op_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(UnknownNameError, match=r"no op is called 'sine'; there are: sin, abs"):
        op_figure(*frames(ops=["sin", "abs"]), op="sine")


def test_an_overview_of_nothing_is_an_empty_figure() -> None:
    figure = overview_figure(*(frame.iloc[:0] for frame in no_speedups()))

    assert figure.axes == []
    assert to_svg(figure)
