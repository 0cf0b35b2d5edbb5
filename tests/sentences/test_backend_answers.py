"""What is said of a backend in an op: its spans at once where they agree, the fastest backend first."""

from harness.model import Span
from harness.sentences.backend_answers import answer, by_backend, joined
from harness.sentences.curves import curves
from harness.sentences.standing import standing
from tests.support.speedup_curves import curve_of, frames_of


def test_call_and_round_trip_are_told_once_where_they_agree() -> None:
    spans = {
        str(Span.CALL): curve_of("LFF", [0.5, 2.0, 3.0]),
        str(Span.ROUND_TRIP): curve_of("LFF", [0.6, 1.9, 3.3]),
    }
    assert answer(spans) == ("faster than numpy from 32 elements on (26 to 40), 3.0 to 3.3 times at 256")


def test_what_is_told_at_once_covers_both() -> None:
    """The crossovers of both spans lie in the interval, and their speedups in the range."""
    call, trip = curve_of("LF", [0.8, 1.2]), curve_of("LF", [0.9, 1.1])
    (moved,) = (row._replace(n=40.0, low=20.0, high=38.0) for row in trip.crossovers)
    trip = type(trip)(baseline="numpy", crossovers=(moved,), points=trip.points)
    both = joined({str(Span.CALL): call, str(Span.ROUND_TRIP): trip})
    assert both is not None
    assert standing(both) == "faster than numpy from 36 elements on (20 to 40), 1.1 to 1.2 times at 64"


def test_transfers_are_told_where_they_change_the_verdict_or_much_of_the_speedup() -> None:
    near = {str(Span.CALL): curve_of("FF")}
    slower = {**near, str(Span.ROUND_TRIP): curve_of("LL")}
    assert answer(slower) == (
        "faster than numpy at every size, 2.0 times. "
        "From and to NumPy arrays: slower at every size, 0.50 times as fast"
    )
    less = {**near, str(Span.ROUND_TRIP): curve_of("FF", [1.2, 1.2])}
    assert "From and to NumPy arrays: faster at every size, 1.2 times" in answer(less)
    assert answer(near) == "faster than numpy at every size, 2.0 times"


def test_a_span_alone_is_told_as_it_is() -> None:
    assert answer({str(Span.DEVICE): curve_of("FF")}) == "faster than numpy at every size, 2.0 times"


def test_the_fastest_backend_at_the_largest_size_comes_first() -> None:
    frames = frames_of(
        {
            ("sin", "torch-cpu-1t", "call"): curve_of("FF", [4.0, 1.2]),
            ("sin", "torch-cpu", "call"): curve_of("LF", [0.5, 3.0]),
            ("sin", "torch-cpu", "round_trip"): curve_of("LL"),
            ("abs", "torch-cpu", "call"): curve_of("FF"),
        }
    )
    ops = by_backend(curves(*frames))
    assert [op for _, _, op, _ in ops] == ["sin", "abs"]
    of_sin = ops["scripted", "one", "sin", "float32"]
    assert list(of_sin) == ["torch-cpu", "torch-cpu-1t"]
    assert list(of_sin["torch-cpu"]) == ["call", "round_trip"]
    assert [point.speedup for point in of_sin["torch-cpu"]["call"].points] == [0.5, 3.0]
