"""Text on a figure: it is shown as it is, fits its room, and moves out of the way of other text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression

from harness.figures import text_labels
from harness.figures.page_layout import op_figure
from harness.figures.run_figures import to_png, to_svg
from tests.support.figures import frames, lost, texts


def test_text_from_frames_is_shown_as_it_is() -> None:
    given = lost(frames(), lambda f: f["backend"] == "torch-cpu", "crashed", "$x_^$ & <b> \x1b[0m 時間")

    figure = op_figure(*given, op="sin", caption="costs $5 to $6, \\alpha 時")

    assert "not shown: torch-cpu (crashed: $x_^$ & <b> \N{REPLACEMENT CHARACTER}[0m " in " ".join(
        texts(figure)
    )
    assert "costs $5 to $6, \\alpha \N{REPLACEMENT CHARACTER}" in texts(figure)
    assert to_svg(figure).startswith(b"<?xml")
    assert to_png(figure).startswith(b"\x89PNG")


@given(st.lists(st.floats(0, 250), max_size=12), st.floats(1, 30))
def test_labels_stand_a_gap_apart_in_their_room_and_in_their_order(wanted: list[float], gap: float) -> None:
    room = 250.0
    apart = min(gap, room / max(len(wanted) - 1, 1))

    places = text_labels.spread(wanted, gap, room)

    assert all(-1e-9 <= place <= room + 1e-9 for place in places)
    assert (np.diff(np.sort(places)) >= apart - 1e-9).all()
    assert (np.diff(places[np.argsort(wanted, kind="stable")]) >= 0).all()


@given(st.lists(st.tuples(st.floats(0, 250), st.floats(0.1, 20)), min_size=1, max_size=12))
def test_labels_stand_as_near_to_where_they_want_as_least_squares_can_put_them(
    labels: list[tuple[float, float]],
) -> None:
    room = 1e4
    wanted, weights = (np.array(column) for column in zip(*sorted(labels), strict=True))
    gaps = np.arange(len(labels)) * 10.0

    places = text_labels.spread((wanted + room / 2).tolist(), 10, room, weights.tolist())

    best = isotonic_regression(wanted + room / 2 - gaps, weights=weights).x + gaps
    assert places == pytest.approx(best)


def test_labels_that_are_far_apart_stay_where_they_are() -> None:
    assert text_labels.spread([100.0, 20.0, 60.0], 10, 250).tolist() == [100.0, 20.0, 60.0]


@given(st.text(st.characters(codec="ascii"), max_size=80), st.floats(20, 300))
def test_text_that_is_shortened_or_broken_fits_its_room(text: str, room: float) -> None:
    line = text_labels.plain(text)

    assert text_labels.width(text_labels.shortened(line, 8, room), 8) <= room
    assert all(text_labels.width(part, 8) <= room for part in text_labels.wrapped(text, 8, room))
