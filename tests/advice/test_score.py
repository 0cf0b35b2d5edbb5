"""The score: predictions beside what was measured, of scripted times."""

import numpy as np
import pytest

from harness.advice.score import COLUMNS, left_out, overtaken, score
from tests.support.call_and_trip import SIZES, host, speedups_of_laws

STRAIGHT = {"numpy": host(lambda n: 1e-8 * n), "torch-cpu": host(lambda n: 64e-8 * n**0.5)}
KNEE = {"numpy": host(lambda n: 1e-8 * n), "torch-cpu": host(lambda n: 1e-5 + 1e-9 * n)}


def test_a_straight_curve_predicts_what_is_left_out_of_it() -> None:
    told = left_out(speedups_of_laws(STRAIGHT))
    assert list(told.columns) == COLUMNS
    assert set(told["n"]) == set(SIZES[1:-1])
    found = score(told)
    assert found.predictions == 2 * (len(SIZES) - 2)  # of calls and of round trips
    assert found.most < 1e-6


def test_a_bent_curve_is_off_by_what_the_line_misses() -> None:
    told = left_out(speedups_of_laws(KNEE)).query("span == 'call' and n == 1024").iloc[0]
    numpy, torch = (1e-8 * np.array([256, 4096]), 1e-5 + 1e-9 * np.array([256, 4096]))
    assert told["predicted"] == pytest.approx(float(np.exp(np.log(numpy / torch).mean())))
    assert told["measured"] == pytest.approx(1e-8 * 1024 / (1e-5 + 1e-9 * 1024))


def test_the_intervals_of_noisy_bent_curves_hold_what_was_measured() -> None:
    shares = [score(left_out(speedups_of_laws(KNEE, spread=0.05, seed=seed))).held for seed in range(30)]
    assert np.mean(shares) >= 0.9


def test_a_later_run_scores_the_sizes_that_the_one_before_lacked() -> None:
    coarse, fine = (speedups_of_laws(KNEE, sizes=SIZES[::step]) for step in (2, 1))
    told = overtaken([coarse, fine])
    assert set(told["n"]) == set(SIZES[1::2])
    assert score(told).predictions == len(told)
    assert overtaken([fine, coarse]).empty


def test_without_predictions_there_is_no_score() -> None:
    found = score(overtaken([]))
    assert found.predictions == 0
    assert np.isnan(found.median)
