"""How a backend looks, and whose settings a figure is drawn with."""

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from harness.figures.page_layout import op_figure
from harness.figures.run_figures import to_svg
from tests.support.figures import COSTS, MANY, frames


@pytest.mark.slow
def test_a_users_matplotlib_settings_neither_change_a_figure_nor_are_changed() -> None:
    plain = to_svg(op_figure(*frames(), op="sin"))
    with mpl.rc_context({"axes.facecolor": "yellow", "xtick.direction": "in", "svg.fonttype": "none"}):
        before = dict(mpl.rcParams)
        assert to_svg(op_figure(*frames(), op="sin")) == plain
        assert dict(mpl.rcParams) == before


def test_a_backend_looks_the_same_in_every_figure_and_like_no_other() -> None:
    def looks(figure: Figure) -> dict[str, tuple[object, object]]:
        lines = [line for line in figure.axes[0].get_lines() if str(line.get_label()).endswith("call ok")]
        return {str(line.get_label()): (line.get_color(), line.get_marker()) for line in lines}

    extra = {"torch-xpu": (1e-6, 1e-9, 0.0, 0.0)}
    few = looks(op_figure(*frames(COSTS | extra), op="sin"))
    more = looks(op_figure(*frames(COSTS | extra | {"jax-cpu": (1e-6, 1e-9, 0.0, 0.0)}), op="sin"))
    many = looks(op_figure(*frames(MANY), op="sin"))

    assert few.items() < more.items()
    assert len({mark for _, mark in many.values()}) == len(many) == 10
