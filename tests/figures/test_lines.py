"""The lines of a figure: which cells become points of them, and which never do."""

from harness.figures.page_layout import op_figure
from tests.support.figures import frames


def test_a_cell_that_failed_the_agreement_check_is_never_drawn() -> None:
    cells, speedups, crossovers = frames()
    cells.loc[cells["backend"] == "torch-cpu", "status"] = "wrong"
    speedups.loc[speedups["backend"] == "torch-cpu", "status"] = "wrong"

    figure = op_figure(cells, speedups, crossovers, op="sin")

    drawn = [str(line.get_label()) for axes in figure.axes for line in axes.get_lines()]
    assert not [label for label in drawn if "torch-cpu " in label]


def test_a_round_trip_that_equals_the_call_is_drawn_once() -> None:
    left, _ = op_figure(*frames(), op="sin").axes

    labels = [line.get_label() for line in left.get_lines()]

    assert "numpy call" in labels
    assert "numpy round_trip" not in labels
    assert "torch-cpu round_trip" in labels
