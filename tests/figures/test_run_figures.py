"""The figures of a run as bytes."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from harness.answers.speedup import log_ratios
from harness.figures.page_layout import op_figure
from harness.figures.run_figures import draw_run, to_png, to_svg
from tests.support.figures import CAPTION, frames
from tests.support.runs import scripted_cell, write_run


def test_the_same_frames_give_the_same_bytes() -> None:
    first, second = (op_figure(*frames(), op="sin", caption=CAPTION) for _ in range(2))

    assert to_svg(first) == to_svg(second)
    assert to_png(first) == to_png(second)
    assert to_svg(first) == to_svg(first)
    assert b"<dc:date>" not in to_svg(first)


def test_all_figures_of_a_dtype_share_one_comparison_with_the_baseline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To compare anew for each of ten figures took a twentieth of the time that it takes to draw them."""
    cells = [
        scripted_cell(backend, 16, [1e-6, 1.1e-6], op=op)
        for op in ("abs", "sin")
        for backend in ("numpy", "torch-cpu")
    ]
    wider = [replace(cell, case=replace(cell.case, dtype="float64")) for cell in cells]
    run = write_run(tmp_path, cells + wider)
    compared = []

    def counted(cells: pd.DataFrame, baseline: str, *, aa_error: float) -> pd.DataFrame:
        compared.append(set(cells["dtype"]))
        return log_ratios(cells, baseline, aa_error=aa_error)

    monkeypatch.setattr("harness.figures.run_figures.log_ratios", counted)
    names = [name for name, _ in draw_run(run)]

    assert compared == [{"float32"}, {"float64"}]
    assert names == [
        f"{name}{dtype}.{kind}"
        for dtype in ("", "-float64")
        for name in ("overview", "abs", "sin")
        for kind in ("svg", "png")
    ]
