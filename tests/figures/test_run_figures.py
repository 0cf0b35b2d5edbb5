"""The figures of a run as bytes."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from harness.answers.speedup import log_ratios
from harness.figures.drawings import run_drawings
from harness.figures.page_layout import op_figure
from harness.figures.run_figures import draw, plot, to_png, to_svg
from harness.store.frame import frame
from harness.store.latest import whole
from harness.store.runs import Run
from tests.support.figures import CAPTION, frames
from tests.support.runs import scripted_cell, write_run


def test_the_same_frames_give_the_same_bytes() -> None:
    first, second = (op_figure(*frames(), op="sin", caption=CAPTION) for _ in range(2))

    assert to_svg(first) == to_svg(second)
    assert to_png(first) == to_png(second)
    assert to_svg(first) == to_svg(first)
    assert b"<dc:date>" not in to_svg(first)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a run of two ops in two dtypes."""
    cells = [
        scripted_cell(backend, 16, [1e-6, 1.1e-6], op=op)
        for op in ("abs", "sin")
        for backend in ("numpy", "torch-cpu")
    ]
    wider = [replace(cell, case=replace(cell.case, dtype="float64")) for cell in cells]
    return write_run(tmp_path, cells + wider)


def test_all_figures_of_a_dtype_share_one_comparison_with_the_baseline(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To compare anew for each of ten figures took a twentieth of the time that it takes to draw them."""
    compared = []

    def counted(cells: pd.DataFrame, baseline: str | None, *, aa_error: float) -> pd.DataFrame:
        compared.append(set(cells["dtype"]))
        return log_ratios(cells, baseline, aa_error=aa_error)

    monkeypatch.setattr("harness.figures.drawings.log_ratios", counted)
    names = [drawing.name for drawing in run_drawings([whole(run)], frame([run]))]

    assert compared == [{"float32"}, {"float64"}]
    assert names == ["overview", "overview-float64", "abs", "sin", "abs-float64", "sin-float64"]


def test_only_the_overview_is_drawn_as_png_unless_all_are_asked_for(run: Run) -> None:
    cells = frame([run])
    few, all_ = (
        [name for drawing in run_drawings([whole(run)], cells, png=png)[1:3] for name, _ in draw(drawing)]
        for png in (False, True)
    )

    assert few == ["overview-float64.svg", "overview-float64.png", "abs.svg"]
    assert all_ == [*few, "abs.png"]


def test_a_notebook_shows_a_figure_that_is_not_of_pyplot(run: Run) -> None:
    cells = frame([run])
    figure = plot(cells, "abs", dtype="float32")
    content, more = vars(figure)["_repr_png_"]()
    assert content == to_png(figure)
    assert more == {"width": 792}
