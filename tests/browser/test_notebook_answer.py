"""An answer in the pages of notebooks, light and dark: it can be read, and is no wider than they are."""
# ruff: noqa: ANN401 - Playwright's types are known only where it is installed

import re
from pathlib import Path
from typing import Any

import pytest

from harness.functions.display import html
from tests.support.browser import Visit
from tests.support.results import crossing, scripted_result, wrong

pytestmark = pytest.mark.slow

PAGES = {
    # What a browser makes of a page that goes with the system's colours.
    "light": ('<head><meta name="color-scheme" content="light dark"></head>', "<body>{}", "light"),
    "dark": ('<head><meta name="color-scheme" content="light dark"></head>', "<body>{}", "dark"),
    # JupyterLab's dark theme on a light system, and its light one on a dark system.
    "lab dark": (
        (
            "<style>:root { --jp-layout-color0: #111111 } body { background: #111111 } "
            ".jp-RenderedHTMLCommon { color: rgba(255, 255, 255, 0.87) }</style>"
        ),
        '<body data-jp-theme-light="false"><div class="jp-RenderedHTMLCommon">{}</div>',
        "light",
    ),
    "lab light": (
        (
            "<style>:root { --jp-layout-color0: white } body { background: white } "
            ".jp-RenderedHTMLCommon { color: rgba(0, 0, 0, 0.87) }</style>"
        ),
        '<body data-jp-theme-light="true"><div class="jp-RenderedHTMLCommon">{}</div>',
        "dark",
    ),
    "code dark": (
        (
            "<style>:root { --vscode-editor-background: #1f1f1f } "
            "body { background: #1f1f1f; color: #cccccc }</style>"
        ),
        '<body class="vscode-dark">{}',
        "light",
    ),
}
"""The head and body of a front end's page, and the colours that the system wants."""
INKS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const over = (paper, ink) => {
    canvas.fillStyle = paper; canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = ink; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = rgb => rgb.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const clear = "rgba(0, 0, 0, 0)";
  const body = getComputedStyle(document.body).backgroundColor;
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const paper = body === clear ? (dark ? "#121212" : "#ffffff") : body;
  const ratio = ink => {
    const [a, b] = [light(over(paper, ink)), light(over(paper, paper))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  };
  const texts = [...document.querySelectorAll(".harness-answer *")].filter(e =>
    [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && !e.closest("style, svg"));
  const drawn = [...document.querySelectorAll(".harness-answer svg use")];
  const glyphs = drawn.filter(e => e.getAttribute("xlink:href").includes("DejaVu"));
  return {
    texts: texts.map(e => [ratio(getComputedStyle(e).color), e.textContent]),
    glyphs: glyphs.map(e => ratio(getComputedStyle(e).fill)),
    lines: [...document.querySelectorAll(".harness-answer svg path")]
      .filter(e => !(e.getAttribute("style") || "").includes("--harness-paper")).map(e => getComputedStyle(e))
      .filter(s => s.stroke !== "none" && parseFloat(s.strokeWidth) > 1.5 && !s.stroke.includes("/ 0."))
      .map(s => ratio(s.stroke)),
  };
}"""
"""The contrast of each text, letter of a figure and line with the page, as WCAG 2 has it."""


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return an answer of a contender with a mark and of a wrong one."""
    cells = [*crossing(reason="its result is not checked"), *wrong("torch-cuda", "error-0.5" * 30)]
    return html(scripted_result(tmp_path_factory.mktemp("store"), cells))


@pytest.fixture
def shown(open_page: Visit, answer: str, tmp_path: Path) -> Any:
    """Return a function that opens the answer in the page of a front end."""

    def show(page: str, **settings: Any) -> Any:
        head, body, scheme = PAGES[page]
        path = tmp_path / "notebook.html"
        path.write_text(f"<!doctype html><html>{head}{body.format(answer)}</html>", encoding="utf-8")
        return open_page(
            path.as_uri(), allowed=lambda url: url == path.as_uri(), color_scheme=scheme, **settings
        )

    return show


@pytest.mark.parametrize("page", PAGES)
def test_every_text_and_line_can_be_read(shown: Any, page: str) -> None:
    opened = shown(page)
    opened.locator("summary").click()
    inks = opened.evaluate(INKS)
    assert len(inks["texts"]) > 20
    assert [told for ratio, told in inks["texts"] if ratio < 4.5] == []
    assert len(inks["glyphs"]) > 50
    assert min(inks["glyphs"]) >= 4.5
    assert inks["lines"]
    assert min(inks["lines"]) >= 3


@pytest.mark.parametrize("width", [320, 400, 1600])
def test_the_page_is_as_wide_as_the_window(shown: Any, width: int) -> None:
    opened = shown("light", viewport={"width": width, "height": 800})
    opened.locator("summary").click()
    assert opened.evaluate("document.documentElement.scrollWidth") == width
    figure = opened.locator("svg.harness-figure").bounding_box()
    assert figure["width"] <= min(width, 48 * 16)
    assert figure["width"] / figure["height"] == pytest.approx(576 / 230, rel=0.01)


def test_the_table_is_folded_and_what_is_marked_is_not(shown: Any) -> None:
    opened = shown("light")
    assert not opened.locator("table").first.is_visible()
    marks = opened.locator(".harness-marks li")
    assert re.search("its result is not checked", " ".join(marks.all_inner_texts()))
    assert all(mark.is_visible() for mark in marks.all())
    opened.locator("summary").click()
    assert opened.locator("table").first.is_visible()
