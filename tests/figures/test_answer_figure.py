"""The small figure of an answer, and what becomes of it inside somebody else's page."""

import re

import pytest

from harness.figures.answer_figure import answer_figure
from harness.figures.inline_svg import inline_svg
from harness.figures.looks import looks_of
from tests.support.figures import (
    COSTS,
    MANY,
    Frames,
    all_nan,
    clashes,
    frames,
    no_speedups,
    texts,
    wild_intervals,
    xy,
)

FRAMES = frames()


def svg(title: str = "sin") -> str:
    figure, _ = answer_figure(*FRAMES, op="sin", counted="n")
    return inline_svg(figure, title, looks_of(COSTS))


def test_it_shows_the_speedups_and_where_they_cross() -> None:
    figure, key = answer_figure(*FRAMES, op="sin", counted="n")
    (axes,) = figure.axes
    speedups = FRAMES[1]
    rows = speedups[(speedups["backend"] == "torch-cpu") & (speedups["span"] == "call")]
    assert xy(axes, "torch-cpu call") == (list(rows["n"]), list(rows["speedup"]))
    assert any(text.endswith("→") for text in texts(axes))
    assert "crossover with interval" in key
    assert axes.get_xlabel() == "n"


def test_it_shows_times_where_nothing_is_compared() -> None:
    cells, speedups, crossovers = no_speedups()
    op = cells["op"].iloc[0]
    figure, key = answer_figure(cells, speedups, crossovers, op=op, counted="n")
    (axes,) = figure.axes
    assert axes.get_ylabel() == "time per call"
    assert "crossover" not in key


@pytest.mark.parametrize(
    "given",
    [FRAMES, frames(MANY), frames(dict(list(COSTS.items())[:2]), sizes=[1000]), all_nan(), wild_intervals()],
)
def test_no_text_lies_on_another_or_leaves_the_figure(given: Frames) -> None:
    figure, _ = answer_figure(*given, op="sin", counted="n")
    assert clashes(figure) == []


def test_the_ink_is_that_of_the_page() -> None:
    text = svg()
    fixed = r"(?:fill|stroke): #[0-9a-f]{6}(?!; (?:fill|stroke): (?:var|color-mix|currentColor))"
    assert re.findall(fixed, text) == []
    assert 'fill="currentColor"' in text
    assert "currentColor" in re.findall(r"stroke: #000000; stroke: (\w+)", text)


def test_it_brings_no_rule_and_no_reference_to_elsewhere() -> None:
    text = svg()
    assert "<style" not in text
    assert "<metadata" not in text
    assert set(re.findall(r'href="(.)|url\((.)', text)) <= {("#", ""), ("", "#")}
    names = re.findall(r' id="([^"]+)"', text)
    assert set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', text)) <= {
        pair for name in names for pair in ((name, ""), ("", name))
    }


def test_its_title_is_text() -> None:
    assert 'aria-label="a &#34;b&#34; &lt;c&gt;"' in svg('a "b" <c>')
