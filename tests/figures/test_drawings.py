"""Which figures there are of a machine's runs, and what they are called."""

from pathlib import Path

import pytest

from harness.errors import UnknownNameError, UsageError
from harness.figures.drawings import drawing_of, run_drawings
from harness.figures.looks import looks_of
from harness.figures.page_layout import op_figure, overview_figure
from harness.figures.run_figures import draw
from harness.store.frame import frame
from harness.store.latest import latest_parts, whole
from harness.store.runs import read_runs
from tests.support.figures import clashes, texts
from tests.support.functions import MARKUP, NORM, write_functions
from tests.support.runs import MACHINE, scripted_cell, write_run


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Return a store of a run of two ops, and of one function of a later run."""
    cells = [
        scripted_cell(backend, 16, [1.0, 1.1], op=op)
        for op in ("abs", "sin")
        for backend in ("numpy", "torch-cpu")
    ]
    write_run(tmp_path, cells)
    write_functions(tmp_path)
    return tmp_path


def test_every_op_is_drawn_of_the_run_that_answers_for_it_and_every_baseline_has_an_overview(
    store: Path,
) -> None:
    parts = latest_parts(read_runs(store), MACHINE)
    cells = frame([part.run for part in parts])

    found = {drawing.name: drawing for drawing in run_drawings(parts, cells)}

    assert list(found) == ["overview", "overview-old@numpy", "abs", "sin", NORM]
    assert found[NORM].facts["settings"]["baseline"] == "old@numpy"
    assert "baseline" not in found["abs"].facts["settings"]
    assert set(found["overview"].answers.cells["op"]) == {"abs", "sin"}
    other = [drawing.name for drawing in run_drawings(parts, cells, "new@torch-cpu")]
    assert other == ["overview", "overview-numpy", NORM, "abs", "sin"]
    assert [drawing_of(found.values()).name, drawing_of(found.values(), [NORM]).name] == ["overview", NORM]


def test_one_figure_is_chosen_by_its_ops_and_its_dtype(tmp_path: Path, store: Path) -> None:
    parts = latest_parts(read_runs(store), MACHINE)
    drawings = run_drawings(parts, frame([part.run for part in parts]))
    assert [drawing_of(drawings, ops).name for ops in (["sin"], [NORM])] == ["sin", NORM]
    assert set(drawing_of(drawings, ["abs", "sin"]).answers.cells["op"]) == {"abs", "sin"}
    with pytest.raises(UnknownNameError, match="no op is called 'tan'; there are: "):
        drawing_of(drawings, ["tan"])
    with pytest.raises(UsageError, match="have no baseline in common; draw one at a time"):
        drawing_of(drawings, ["sin", NORM])

    run = write_functions(tmp_path / "other", dtypes=("float32", "int16"))
    drawings = run_drawings([whole(run)], frame([run]))
    assert drawing_of(drawings, [NORM], "int16").name == f"{NORM}-int16"
    with pytest.raises(UsageError, match="this would have float32, int16; choose one with --dtype"):
        drawing_of(drawings)
    with pytest.raises(UnknownNameError, match="no dtype is called 'int8'; there are: float32, int16"):
        drawing_of(drawings, dtype="int8")


def test_no_two_figures_have_one_name_even_where_capitals_are_small_letters(tmp_path: Path) -> None:
    run = write_functions(tmp_path, ops=("Overview", "x", "x-int16"), dtypes=("float32", "int16"))
    names = [drawing.name for drawing in run_drawings([whole(run)], frame([run]))]
    assert names == [
        *("overview", "overview-int16", "Overview-2", "x-int16", "x"),
        *("Overview-int16-2", "x-int16-int16", "x-int16-2"),
    ]


def test_an_overview_of_several_runs_says_so(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_run(
        store, [scripted_cell("numpy", 16, [1.0]), scripted_cell("torch-cpu", 16, [1.0])],
        run="20260404T000000Z-000000",
    )  # fmt: skip
    parts = latest_parts(read_runs(store), MACHINE)
    monkeypatch.setattr("harness.figures.run_figures.to_svg", lambda figure: " ".join(texts(figure)).encode())
    drawings = run_drawings(parts, frame([part.run for part in parts]))
    said = {name: content.decode() for drawing in drawings for name, content in draw(drawing)[:1]}
    note = "and earlier: each op is of the latest of 2 runs that has it"
    assert [name for name, text in said.items() if note in text] == ["overview.svg"]
    assert "new on numpy, new on torch-cpu against old on numpy" in said[f"{NORM}.svg"]


@pytest.mark.parametrize("sizes", [(12345,), (1, 2), (7, 1000, 12345), tuple(range(1000, 1020))])
def test_names_sizes_and_dtypes_that_may_be_anything_find_room(
    tmp_path: Path, sizes: tuple[int, ...]
) -> None:
    label = "&b;[i]$x$ and a name that goes on and on and on@torch-cpu"
    costs = {label: (1e-6, 1e-9), "old@numpy": (4e-7, 5e-9), "y@torch-cuda:1": (2e-6, 1e-10)}
    run = write_functions(
        tmp_path, ops=(MARKUP, "f"), dtypes=("complex64",), sizes=sizes, costs=costs, baseline=label
    )
    answers = run_drawings([whole(run)], frame([run]))[0].answers
    frames = answers.cells, answers.speedups, answers.crossovers
    assert clashes(op_figure(*frames, op=MARKUP, caption="a caption")) == []
    assert clashes(overview_figure(*frames, caption="a caption")) == []


def test_rivals_alone_look_unlike_one_another_and_a_label_always_looks_the_same() -> None:
    labels = [f"{name}@numpy" for name in ("old", "new", "newer", "other", "last")]
    few, many = looks_of(labels[:2]), looks_of(labels)
    assert len({look.colour for look in many.values()}) == len(labels)
    beside = looks_of([*labels[:2], "numpy", "torch-cpu"])
    assert beside["numpy"].colour == "#000000"
    assert len({look.colour for look in beside.values()}) == 4
    assert looks_of(reversed(labels)) == many
    assert len({look.colour for look in few.values()}) == 2
