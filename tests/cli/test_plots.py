"""The command that draws: all figures of a machine, or one as it is asked for."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.validation.battery import keep
from tests.support.command_line import Harness, call_apart
from tests.support.figures import texts
from tests.support.runs import MACHINE, OWN_ERROR
from tests.support.stores import write_machine


def test_plots_are_the_same_bytes_each_time(ask: Harness, results: Path) -> None:
    folder = results / "plots" / MACHINE
    assert f"plots: {folder}" in ask("plot").out
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    ask("plot")
    assert set(first) == {"abs.svg", "overview.svg", "overview.png"}
    assert all((folder / name).read_bytes() == content for name, content in first.items() if ".svg" in name)


def test_plots_as_png_are_asked_for_and_do_not_outlive_the_figure_that_they_are_of(
    ask: Harness, results: Path
) -> None:
    folder = results / "plots" / MACHINE
    ask("plot", "--png")
    assert {path.name for path in folder.iterdir()} == {"abs.svg", "abs.png", "overview.svg", "overview.png"}
    ask("plot")
    assert {path.name for path in folder.iterdir()} == {"abs.svg", "overview.svg", "overview.png"}


@pytest.mark.parametrize(("ending", "begin"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_one_figure_is_written_as_its_name_ends(
    ask: Harness, results: Path, ending: str, begin: bytes
) -> None:
    target = results / "out" / f"abs.{ending}"
    answer = ask("plot", "--op", "abs", "--span", "call", "--size", "7x5", "--output", target)
    assert (answer.code, answer.out) == (0, f"plot: {target}\n")
    assert target.read_bytes().startswith(begin)
    assert not (results / "plots").exists()


def test_a_single_figure_says_where_it_is_from_and_what_it_does_not_show(
    ask: Harness, tmp_path: Path
) -> None:
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("harness.figures.run_figures.to_svg", lambda figure: "\n".join(texts(figure)).encode())
        for words in (("--backend", "torch-cpu"), ("--op", "abs")):
            ask("plot", *words, "--output", tmp_path / "text.svg")
            said += (tmp_path / "text.svg").read_text("utf-8").splitlines()
    assert "1 op: torch-cpu against numpy, float32" in said
    assert "abs: torch-cpu, torch-cuda against numpy, float32" in said
    assert "not shown: torch-cuda (skipped: Torch finds no cuda device)" in said
    assert sum(text.startswith(f"{MACHINE}: a scripted clock") for text in said) == 2


def test_the_ops_that_are_asked_for_are_drawn_and_the_plots_of_others_left_alone(
    call: Harness, tmp_path: Path
) -> None:
    write_machine(tmp_path, "node", ops=("abs", "sin"))
    where = ("plot", "--results", tmp_path, "--machine", "node")
    assert call(*where, "--op", "sin").code == 0
    names = {path.name for path in (tmp_path / "plots" / "node").iterdir()}
    assert names == {"sin.svg", "overview.svg", "overview.png"}
    assert "no op is called 'tan'; there are: abs, sin" in call(*where, "--op", "tan").err


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["--op", "abs", "--output", "a.jpg"], 2, "a.jpg is no name of a figure; end it in .png, .svg, .pdf"),
        (
            ["--output", "a.png", "--size", "7"],
            2,
            "'7' is no size of a figure; give width x height in inches",
        ),
        (["--output", "a.png", "--size", "1x1"], 2, "this figure has no room in 1x1 inches; give "),
        (["--backend", "torch-cpu"], 2, "are of a single figure; add --output FILE"),
        (["--png", "--output", "a.svg"], 2, "--png is of all figures, and a.svg is one; leave it out"),
        (["--op", "tan", "--output", "a.png"], 3, "no op is called 'tan'; there are: abs"),
        (["--backend", "jax", "--output", "a.png"], 3, "no backend is called 'jax'; there are: numpy"),
        (["--span", "device", "--output", "a.png"], 2, "shows the spans call and round_trip, not device"),
        (["--op", "abs", "--output", "/dev/null/a.png"], 2, "cannot be written"),
    ],
)
def test_a_figure_that_cannot_be_drawn_is_one_sentence(
    ask: Harness, words: list[str], code: int, sentence: str
) -> None:
    answer = ask("plot", *words)
    assert (answer.code, answer.out) == (code, "")
    assert sentence in answer.err
    assert len(answer.err.strip().splitlines()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["TkAgg", "no such backend"])
def test_no_window_is_opened_whatever_matplotlib_is_told(
    results: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    monkeypatch.setenv("MPLBACKEND", backend)
    monkeypatch.delenv("DISPLAY", raising=False)
    where = f"--results '{results}' --machine {MACHINE}"
    lines = [f"plot --op abs --output '{results}/abs.pdf' {where}", f"plot {where}"]
    answer = call_apart(own_home, *lines, after="print({'tkinter', 'matplotlib.pyplot'} & set(sys.modules))")
    assert answer.stdout.splitlines()[-1] == "set()", answer.stderr
    assert (results / "abs.pdf").exists()


def test_plots_use_the_own_error_of_the_runs_machine(ask: Harness, results: Path) -> None:
    overview, key = results / "plots" / MACHINE / "overview.svg", "crossover with interval"
    ask("plot")
    assert key in overview.read_text()
    keep(results, MACHINE, replace(OWN_ERROR, error=9.0), [], quick=False)
    ask("plot")
    assert key not in overview.read_text()
