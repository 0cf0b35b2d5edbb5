"""The lines of a figure: which cells become points of them, and which never do."""

import pandas as pd

from harness.figures.lines import lines_of
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


def test_a_size_that_was_added_for_one_backend_is_no_gap_in_the_line_of_another() -> None:
    rows = [("a", 16), ("a", 64), ("b", 16), ("b", 32), ("b", 64)]
    frame = pd.DataFrame(
        [
            {"op": "sin", "backend": backend, "span": "call", "n": n, "status": "ok"}
            | {"seconds": 1.0, "low": 0.9, "high": 1.1}
            for backend, n in rows
        ]
    )
    assert [(line.backend, line.n.tolist()) for line in lines_of(frame, "seconds", "sin")] == [
        ("a", [16, 64]),
        ("b", [16, 32, 64]),
    ]
