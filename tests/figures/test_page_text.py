"""The text around the panels: nothing is left out without being listed."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.figures.drawings import run_drawings
from harness.figures.page_layout import op_figure, overview_figure
from harness.figures.page_text import run_caption
from harness.figures.run_figures import draw
from harness.store.frame import frame
from harness.store.latest import whole
from tests.support.figures import SIZES, frames, lost, texts, xy
from tests.support.runs import scripted_cell, write_run


def test_the_title_says_what_is_compared_and_the_caption_stands_below() -> None:
    figure = op_figure(*frames(), op="sin", caption="an old laptop\nyesterday")

    assert figure.get_suptitle() == "sin: torch-cpu, torch-cpu-1t, torch-cuda against numpy, float32"
    assert {"an old laptop", "yesterday"} <= set(texts(figure))


def test_a_cell_without_a_time_leaves_a_gap_and_is_listed() -> None:
    given = lost(
        frames(),
        lambda frame: (frame["backend"] == "torch-cpu") & frame["n"].isin([256, 1024]),
        "crashed",
        "signal\n11",
    )

    figure = op_figure(*given, op="sin")

    for axes in figure.axes:
        sizes, values = xy(axes, "torch-cpu call")
        assert [n for n, value in zip(sizes, values, strict=True) if math.isnan(value)] == [256, 1024]
    assert "not shown: torch-cpu (crashed: signal 11) at n = 256 to 1 Ki" in texts(figure)


def test_sizes_without_a_time_are_listed_as_a_range_only_where_none_between_them_has_one() -> None:
    given = lost(frames(), lambda f: (f["backend"] == "torch-cpu") & f["n"].isin([64, 1024]), "oom", "")

    assert "not shown: torch-cpu (oom) at n = 64, 1 Ki" in texts(op_figure(*given, op="sin"))


def test_cells_without_a_time_are_one_line_per_backend_and_status() -> None:
    given = lost(
        frames(ops=["sin", "abs"]), lambda f: f["backend"] == "torch-cuda", "skipped", "no CUDA device"
    )
    given = lost(given, lambda f: (f["n"] == SIZES[-1]) & (f["op"] == "abs"), "oom", "out of memory")

    listed = [text for text in texts(overview_figure(*given)) if text.startswith("not shown")]

    assert listed == [
        "not shown: torch-cuda (skipped: no CUDA device) at every op",
        "not shown: numpy (oom: out of memory) at n = 16 Mi, abs",
        "not shown: torch-cpu (oom: out of memory) at n = 16 Mi, abs",
        "not shown: torch-cpu-1t (oom: out of memory) at n = 16 Mi, abs",
        "not shown: torch-cuda (oom: out of memory) at n = 16 Mi, abs",
    ]


def test_the_caption_says_how_many_threads_there_were_and_what_is_unfair_about_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = write_run(tmp_path, [scripted_cell(backend, 16, [1.0, 1.0]) for backend in ("numpy", "torch-cpu")])
    libraries = run.facts["libraries"] | {"threads": {"numpy": {"OpenBLAS": 2}, "torch-cpu": {"Torch": 1}}}
    machine = run.facts["machine"] | {"threads": 2, "affinity": 2}
    observed = replace(run, facts={**run.facts, "libraries": libraries, "machine": machine})
    monkeypatch.setattr("harness.figures.run_figures.to_svg", lambda figure: " ".join(texts(figure)).encode())
    drawings = run_drawings([whole(observed)], frame([observed]))
    said = {name: content.decode() for drawing in drawings for name, content in draw(drawing)[:1]}
    for name in ("overview.svg", "abs.svg"):
        assert "numpy: 2 OpenBLAS threads; torch-cpu: 1 Torch thread; 2 of 2 processors" in said[name]
        assert "a speedup between them compares numbers of threads as well" in said[name]


@pytest.mark.parametrize(
    ("facts", "rounds"),
    [
        ({"settings": {"rounds": 3}}, "3 rounds, 2026"),
        ({"settings": {"rounds": None}}, "2 rounds, 2026"),
        ({"settings": {}, "quick": True, "stopped": True}, "quick, stopped by hand, 2 rounds, 2026"),
    ],
)
def test_the_caption_says_how_many_rounds_there_were(
    tmp_path: Path, facts: dict[str, Any], rounds: str
) -> None:
    run = write_run(tmp_path, [scripted_cell(backend, 16, [1.0, 1.0]) for backend in ("numpy", "torch-cpu")])

    assert f"  ·  {rounds}" in run_caption({**run.facts, **facts}, frame([run]))
