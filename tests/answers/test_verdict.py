"""The rule of a verdict: what is clear of a band, what can be tested, and what most of many say."""

import math

import numpy as np
import pandas as pd
import pytest

from harness.answers.verdict import (
    aa_errors,
    can_be_tested,
    comparison_verdicts,
    log_band,
    log_margin,
    majority,
    rest_on_little,
    speedup_verdicts,
)
from harness.model import Verdict
from harness.statistics.means import Means

BAND = np.array(0.02)


def means(centres: list[float], half: float) -> Means:
    """Return log ratios whose intervals reach so far to either side; 4.3027 standard errors at 2 degrees."""
    count = len(centres)
    return Means(
        centre=np.array(centres),
        squared_error=np.full(count, (half / 4.3027) ** 2),
        freedom=np.full(count, 2.0),
    )


def test_a_speedup_is_judged_by_the_whole_of_its_interval() -> None:
    ends = (
        np.array([0.03, -0.05, -0.005, 0.015, -0.06, 0.03]),
        np.array([0.05, -0.03, 0.015, 0.06, 0.01, 0.04]),
    )
    band, margin = np.full(6, 0.02), np.full(6, 0.05)
    verdicts = speedup_verdicts(ends, ends, band, margin, np.zeros(6, dtype=bool))
    assert verdicts.tolist() == ["faster", "slower", "same", "unsure", "unsure", "faster"]
    assert set(speedup_verdicts(ends, ends, band, margin, np.ones(6, dtype=bool))) == {"unsure"}


def test_a_side_needs_the_surer_interval_and_same_the_one_that_is_shown() -> None:
    shown = np.array([0.03, 0.03]), np.array([0.08, 0.045])
    sided = np.array([0.01, 0.01]), np.array([0.1, 0.06])
    band, margin = np.full(2, 0.02), np.full(2, 0.05)
    assert speedup_verdicts(sided, shown, band, margin, np.zeros(2, dtype=bool)).tolist() == [
        "unsure",
        "same",
    ]


def test_what_no_verdict_has_to_clear_is_the_same_whatever_the_margin() -> None:
    assert log_margin(0.0) == pytest.approx(math.log(1.01))
    assert log_margin(0.05) == pytest.approx(math.log(1.05))


def test_what_a_machine_cannot_tell_is_not_the_same() -> None:
    shown = np.array([-0.08]), np.array([0.08])
    assert speedup_verdicts(shown, shown, log_band([0.1]), log_margin(), np.zeros(1, bool)).tolist() == [
        "unsure"
    ]


def test_a_comparison_is_tested_for_how_many_cells_it_has_and_below_is_faster() -> None:
    """A t of 6 with 2 degrees of freedom has a probability of 0.027: found alone, but not as one of two."""
    off = means([0.02 + 6 * 0.01 / 4.3027], half=0.01)
    alone, p = comparison_verdicts(off, BAND, BAND, np.array([True]))
    assert (alone.tolist(), p.tolist()) == (["slower"], pytest.approx([0.0267], abs=1e-4))
    pair = means([-off.centre.item(), 0.0], half=0.01)
    both, p = comparison_verdicts(pair, BAND, BAND, np.array([True, True]))
    assert (both.tolist(), p.tolist()) == (["unsure", "same"], pytest.approx([0.0533, 1.0], abs=1e-4))
    one, p = comparison_verdicts(pair, BAND, BAND, np.array([True, False]))
    assert (one.tolist(), p.tolist()) == (
        ["faster", "unsure"],
        pytest.approx([0.0267, math.nan], abs=1e-4, nan_ok=True),
    )


def test_the_band_is_the_wider_of_what_is_asked_and_what_a_machine_shows() -> None:
    machines = pd.Series(["one", "two", "three"])
    errors = aa_errors(machines, {"one": 0.05, "two": 0.001})
    assert errors.tolist() == [0.05, 0.001, 0.0]
    assert log_band(errors).tolist() == pytest.approx([math.log(1.05), math.log(1.01), math.log(1.01)])
    assert log_band(0.02, 0.03).item() == pytest.approx(math.log(1.03))
    assert aa_errors(machines, 0.02).tolist() == [0.02] * 3


def test_cells_of_several_rounds_are_tested_and_those_of_few_or_of_a_quick_run_rest_on_little() -> None:
    cells = pd.DataFrame(
        {
            "status": ["ok", "noisy", "ok", "ok", "ok", "wrong", None],
            "quick": [False, False, True, False, False, False, None],
            "round_seconds": [[1.0] * 4, [1.0] * 3, [1.0] * 4, [1.0], [1.0, math.nan], [1.0] * 4, math.nan],
        }
    )
    assert can_be_tested(cells).tolist() == [True, True, True, False, False, False, False]
    assert rest_on_little(cells).tolist() == [False, True, True, True, True, False, True]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({Verdict.FASTER: 2, Verdict.SLOWER: 1}, Verdict.FASTER),
        ({Verdict.FASTER: 1, Verdict.SLOWER: 1}, None),
        ({Verdict.FASTER: 1, Verdict.SLOWER: 1, Verdict.UNSURE: 3}, Verdict.UNSURE),
        ({}, None),
    ],
)
def test_the_majority_is_more_than_half(counts: dict[Verdict, int], expected: Verdict | None) -> None:
    assert majority(counts) == expected
