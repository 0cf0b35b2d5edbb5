"""What a curve says between and beside the sizes that were measured."""

import math

import numpy as np
import pytest

from harness.advice.ratio_curve import Basis, RatioCurve, ratio_curves
from tests.support.call_and_trip import SIZES, host, speedups_of_laws


def curve() -> RatioCurve:
    """Return the curve of a backend whose speedup is n ** 0.5 / 64."""
    numpy = host(lambda n: 1e-8 * n)
    return ratio_curves(speedups_of_laws({"numpy": numpy, "torch-cpu": host(lambda n: 64e-8 * n**0.5)}))[
        "torch-cpu", "call"
    ]


def at(found: RatioCurve, n: float) -> tuple[float, float, float]:
    """Return the log speedup at a size and the ends of its interval."""
    estimates = found.at(np.array([n]))
    log, below, above = (float(values[0]) for values in (estimates.logs, estimates.below, estimates.above))
    return log, log - below, log + above


def test_between_two_sizes_the_log_speedup_is_on_the_line() -> None:
    log, low, high = at(curve(), 2048.0)
    assert log == pytest.approx(0.5 * math.log(2048) - math.log(64))
    assert low == pytest.approx(log, abs=0.02)  # a straight curve does not bend between its points
    assert high == pytest.approx(log, abs=0.02)


def test_a_curve_that_bends_may_bend_between_its_points_and_is_sure_at_them() -> None:
    knee = {"numpy": host(lambda n: 1e-8 * n), "torch-cpu": host(lambda n: 1e-5 + 1e-9 * n)}
    found = ratio_curves(speedups_of_laws(knee))["torch-cpu", "call"]
    _, low, high = at(found, 2048.0)
    truth = math.log(1e-8 * 2048 / (1e-5 + 1e-9 * 2048))
    assert low < truth < high
    assert high - low > 0.02
    exact, least, most = at(found, 4096.0)
    assert least == pytest.approx(exact, abs=1e-6)
    assert most == pytest.approx(exact, abs=1e-6)


@pytest.mark.parametrize(
    ("n", "basis"),
    [
        (256, Basis.MEASURED),
        (300, Basis.INTERPOLATED),
        (4, Basis.EXTRAPOLATED),
        (4 * SIZES[-1], Basis.EXTRAPOLATED),
        (3, None),
        (4 * SIZES[-1] + 1000, None),
    ],
)
def test_a_size_is_measured_interpolated_extrapolated_or_out_of_reach(n: int, basis: Basis | None) -> None:
    assert curve().basis(n) is basis


def test_beyond_its_end_a_curve_goes_on_or_stays() -> None:
    """It doubles from one size to the next: four times beyond the last it may be twice that, or that."""
    log, low, high = at(curve(), 4.0 * SIZES[-1])
    last = 0.5 * math.log(SIZES[-1]) - math.log(64)
    assert log == pytest.approx(last)
    assert low < last
    assert high == pytest.approx(last + math.log(2), abs=0.01)


def test_an_interval_without_an_end_reaches_far_and_gives_numbers() -> None:
    speedups = speedups_of_laws({"numpy": host(lambda n: 1e-8 * n), "torch-cpu": host(lambda n: 2e-8 * n)})
    found = ratio_curves(speedups.assign(low=0.0, high=math.inf))["torch-cpu", "call"]
    log, low, high = at(found, 300.0)
    assert low < log - 50
    assert log + 50 < high < math.inf
