"""One panel: its axes, its markers and its bands."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from harness.figures.page_layout import op_figure
from tests.support.figures import frames, texts


def test_axes_name_what_they_show_with_its_unit() -> None:
    left, right = op_figure(*frames(), op="sin").axes

    assert left.get_xlabel() == right.get_xlabel() == "n, elements of the operand"
    assert left.get_ylabel() == "time per call"
    assert right.get_ylabel() == "speedup over numpy (\N{MULTIPLICATION SIGN}, above 1 is faster)"
    assert [tick.get_text() for tick in left.get_xticklabels()] == [
        "16",
        "256",
        "4 Ki",
        "64 Ki",
        "1 Mi",
        "16 Mi",
    ]
    assert {"1 µs", "100 µs", "10 ms"} <= {tick.get_text() for tick in left.get_yticklabels()}
    assert {"0.1\N{MULTIPLICATION SIGN}", "1\N{MULTIPLICATION SIGN}"} <= {
        tick.get_text() for tick in right.get_yticklabels()
    }


def test_a_noisy_cell_has_a_hollow_marker() -> None:
    cells, speedups, crossovers = frames()
    cells.loc[(cells["backend"] == "torch-cpu") & (cells["n"] == 4096), "status"] = "noisy"

    figure = op_figure(cells, speedups, crossovers, op="sin")

    (hollow,) = [line for line in figure.axes[0].get_lines() if line.get_label() == "torch-cpu call noisy"]
    assert np.asarray(hollow.get_xdata()).tolist() == [4096]
    assert to_hex(hollow.get_markerfacecolor()) == "#ffffff"
    assert any("hollow: noisy" in text for text in texts(figure))


def test_an_interval_shows_as_a_band_and_at_a_lone_size_as_a_bar() -> None:
    for given, lone in ((frames(), False), (frames(sizes=[64]), True)):
        left = op_figure(*given, op="sin").axes[0]

        outlines = [np.asarray(path.vertices) for mark in left.collections for path in mark.get_paths()]
        tops = [outline[:, 1].max() for outline in outlines if (len(outline) == 2) == lone]

        assert max(tops) == pytest.approx(given[0]["high"].max())
