"""The figures of a run as bytes."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from harness.answers.speedup import log_ratios
from harness.errors import UnknownNameError, UsageError
from harness.figures.drawings import run_drawings
from harness.figures.page_layout import op_figure
from harness.figures.run_figures import draw, plot, to_png, to_svg
from harness.store.frame import frame
from harness.store.latest import whole
from harness.store.runs import Run
from tests.support.figures import CAPTION, frames, texts, xy
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


@pytest.mark.parametrize(
    ("name", "begin"), [("a.png", b"\x89PNG"), ("a.SVG", b"<?xml"), ("a b.pdf", b"%PDF")]
)
def test_a_figure_is_written_as_its_name_ends_and_the_same_bytes_each_time(
    run: Run, tmp_path: Path, name: str, begin: bytes
) -> None:
    path, contents = tmp_path / name, []
    for _ in range(2):
        figure = plot(frame([run]), "abs", dtype="float32", output=path, size=(7, 5))
        contents.append(path.read_bytes())
    assert contents[0].startswith(begin)
    assert contents[0] == contents[1]
    assert b"Date" not in contents[0]
    assert figure.get_size_inches().tolist() == [7, 5]


@pytest.mark.parametrize("name", ["a.jpg", "png", "a."])
def test_another_ending_is_refused_before_anything_is_drawn(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=f"{name} is no name of a figure; end it in .png, .svg, .pdf"):
        plot(pd.DataFrame(), output=tmp_path / name)


def test_a_figure_shows_the_backends_and_the_span_that_are_asked_for_as_they_are_among_all() -> None:
    cells = frames(ops=("sin", "abs"))[0]
    seconds = [[value, value * 1.1, value] for value in cells["seconds"]]
    cells = cells.assign(round_seconds=seconds, baseline="numpy")
    every = plot(cells, "sin", caption="x")
    chosen = plot(cells, "sin", caption="x", backend="torch-cpu", span="round_trip")
    assert chosen.get_suptitle() == "sin: torch-cpu against numpy, float32"
    assert any(text.startswith("dashed: round trip") for text in texts(chosen))
    assert not any("torch-cuda" in text or text.startswith("solid") for text in texts(chosen))
    for panel in (0, 1):
        line = "torch-cpu round_trip"
        assert xy(chosen.axes[panel], line) == xy(every.axes[panel], line)
    # The round trip of NumPy is its call; beside others that is said by one line.
    assert xy(chosen.axes[0], "numpy round_trip") == xy(every.axes[0], "numpy call")
    several = plot(cells, ["abs"], caption="x")
    assert several.get_suptitle().startswith("abs: ")
    assert [axes.get_title(loc="left") for axes in plot(cells, ["abs", "sin"]).axes] == ["sin", "abs"]
    with pytest.raises(UnknownNameError, match="no backend is called 'jax'; there are: numpy, torch-cpu"):
        plot(cells, "sin", backend=["torch-cpu", "jax"])
    with pytest.raises(UsageError, match="shows the spans call and round_trip, not device"):
        plot(cells, "sin", span="device")


def test_a_notebook_shows_a_figure_that_is_not_of_pyplot(run: Run) -> None:
    cells = frame([run])
    figure = plot(cells, "abs", dtype="float32")
    content, more = vars(figure)["_repr_png_"]()
    assert content == to_png(figure)
    assert more == {"width": 792}
