"""The size of a figure: what may be asked for, and what finds room on it."""

import re
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from matplotlib.figure import Figure

from harness.errors import UsageError
from harness.figures.page_layout import op_figure, overview_figure
from harness.figures.page_size import Inches, size_of
from tests.support.figures import CAPTION, ODD, clashes, frames, rated, texts

DRAWN: dict[str, Callable[..., Figure]] = {"op": partial(op_figure, op="sin"), "overview": overview_figure}
CASES = ("usual", "a size that is no power of four", "bunched lines and crossovers", "rates of ten backends")


def test_a_size_is_width_and_height_in_inches() -> None:
    assert size_of("7x4.5") == (7.0, 4.5)
    for text in ("7", "7x", "7 x 4", "-7x4", "7x4cm", "nanx4", "1e3x4"):
        with pytest.raises(UsageError, match="give width x height in inches, such as 7x4"):
            size_of(text)


@pytest.mark.parametrize("kind", DRAWN)
@pytest.mark.parametrize("size", [(7.0, 6.0), (16.0, 5.0), (4.5, 12.0)])
def test_a_figure_is_as_large_as_it_is_asked_to_be(kind: str, size: Inches) -> None:
    figure = DRAWN[kind](*frames(), caption=CAPTION, size=size)
    assert np.allclose(figure.get_size_inches(), size)
    assert clashes(figure) == []


@pytest.mark.parametrize("kind", DRAWN)
@pytest.mark.parametrize("case", CASES)
def test_the_least_size_is_told_and_leaves_room_for_every_text(kind: str, case: str) -> None:
    draw = partial(DRAWN[kind], *ODD[case](), caption=CAPTION)
    with pytest.raises(UsageError, match="this figure has no room in 1x1 inches; give ") as refused:
        draw(size=(1.0, 1.0))
    width, height = map(float, re.findall(r"[\d.]+", str(refused.value))[-2:])
    assert clashes(draw(size=(width, height))) == []
    with pytest.raises(UsageError, match="this figure has no room in"):
        draw(size=(width, height - 0.2))


@pytest.mark.parametrize("size", [(0.0, 5.0), (5.0, 1000.0), (float("nan"), 5.0)])
def test_a_size_that_cannot_be_meant_is_refused(size: Inches) -> None:
    with pytest.raises(UsageError, match="a width and a height above 0 and up to 60"):
        op_figure(*frames(), op="sin", size=size)


def test_a_page_that_is_too_low_for_rates_goes_without_them() -> None:
    given = rated(frames())
    assert len(op_figure(*given, op="sin", size=(11.0, 9.0)).axes) == 4
    low = op_figure(*given, op="sin", size=(11.0, 4.0))
    assert [axes.get_ylabel().partition(" ")[0] for axes in low.axes] == ["time", "speedup"]


def test_a_narrow_page_breaks_its_key_and_its_caption() -> None:
    wide, narrow = (
        texts(op_figure(*frames(), op="sin", caption=CAPTION, size=s)) for s in ((11, 8), (5, 10))
    )
    words = "arrow to the faster side"
    assert not any(text.endswith(words) and text.startswith("solid") for text in narrow)
    for shown in (wide, narrow):
        assert " ".join(CAPTION.split()) in " ".join(shown)
        assert words in " ".join(shown)
