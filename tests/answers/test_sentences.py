"""What is said of a curve in words, at sizes 16, 64, 256 and so on."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import pytest

import harness
from harness.answers.sentences import answer, curves, standing
from harness.model import Span
from tests.support.runs import Times, scripted_cell, write_run

CellsOf = Callable[[Times], pd.DataFrame]
UNSURE = 0.0
"""Stands for a speedup whose rounds disagree about the side."""


@pytest.fixture
def sentence_of(cells_of: CellsOf) -> Callable[[Sequence[float]], str]:
    """Return a function from speedups, by size, to the sentence on them."""

    def say(speedups: Sequence[float]) -> str:
        times: dict[tuple[str, int], list[float]] = {}
        for power, speedup in enumerate(speedups, 2):
            rounds = [0.4, 0.9, 2.0] if speedup == UNSURE else [f / speedup for f in (0.999, 1.0, 1.001)]
            times["numpy", 4**power] = [1.0] * 3
            times["torch-cpu", 4**power] = rounds
        cells = cells_of(times)
        (curve,) = curves(harness.speedup(cells), harness.crossover(cells)).values()
        return standing(curve)

    return say


@pytest.mark.parametrize(
    ("speedups", "expected"),
    [
        ([2, 3, 4], "faster than numpy at every size measured"),
        ([0.2, 0.3, 0.4], "never faster than numpy"),
        ([UNSURE, UNSURE], "not decidable from these rounds"),
        ([2, 2, UNSURE], "faster than numpy at 16 to 64, undecided elsewhere"),
        ([UNSURE, 0.5, UNSURE], "slower than numpy at 64, undecided elsewhere"),
    ],
)
def test_a_curve_that_does_not_cross(
    sentence_of: Callable[[Sequence[float]], str], speedups: Sequence[float], expected: str
) -> None:
    assert sentence_of(speedups) == expected


@pytest.mark.parametrize(
    ("speedups", "pattern"),
    [
        ([0.5, 0.5, 2, 2], r"faster than numpy above 128 \(\d+ to \d+\) elements$"),
        ([2, 0.5, 0.5], r"faster than numpy below 32\.0 \([\d.]+ to [\d.]+\) elements$"),
        ([0.5, 2, 2, 0.5], r"faster than numpy from 32\.0 \(.*\) to 512 \(.*\) elements$"),
        ([2, 0.5, 2], r"faster than numpy below 32\.0 \(.*\) and above 128 \(.*\) elements$"),
    ],
)
def test_a_curve_that_crosses(
    sentence_of: Callable[[Sequence[float]], str], speedups: Sequence[float], pattern: str
) -> None:
    assert re.match(pattern, sentence_of(speedups))


def test_sizes_beyond_the_last_verdict_are_not_claimed(sentence_of: Callable[[Sequence[float]], str]) -> None:
    """A curve that crosses and then is lost in noise is not called faster from there to the end."""
    assert sentence_of([0.5, 2, UNSURE, UNSURE]).endswith(" elements; unsure at 256 to 1 Ki")
    assert sentence_of([UNSURE, 0.5, 2]).endswith(" elements; unsure at 16")
    assert sentence_of([0.5, 2, 1.0]).endswith(" elements; the same at 256")


def test_the_answer_tells_transfers_only_where_they_change_it(tmp_path: Path) -> None:
    """With the transfers Torch loses everywhere; without them it wins everywhere."""
    cells = [
        scripted_cell(backend, n, [seconds] * 2, span=span)
        for span, torch in ((Span.CALL, 0.5), (Span.ROUND_TRIP, 2.0))
        for n in (16, 64)
        for backend, seconds in (("numpy", 1.0), ("torch-cpu", torch))
    ]
    write_run(tmp_path, cells)
    loaded = harness.load(tmp_path)
    by_key = curves(harness.speedup(loaded), harness.crossover(loaded))
    spans = {key[-1]: curve for key, curve in by_key.items()}
    near = "faster than numpy at every size measured"
    assert answer(spans, Span.CALL, Span.ROUND_TRIP) == (
        f"{near}. From and to NumPy arrays: never faster. At 64 it is 2.00× as fast (2.00 to 2.00)"
    )
    alone = {str(Span.CALL): spans[Span.CALL]}
    assert answer(alone, Span.CALL, Span.ROUND_TRIP) == f"{near}. At 64 it is 2.00× as fast (2.00 to 2.00)"
