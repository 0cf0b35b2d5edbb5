"""Regions: which backend to take from what size to what size, of scripted times."""

import math

import pytest

from harness.advice.regions import regions
from tests.support.call_and_trip import host, speedups_of_laws

LAWS = {
    "numpy": host(lambda n: 1e-6 + n * 1e-9),
    "torch-cuda": (lambda n: 8e-6 + n * 2e-11, lambda n: 16e-6 + n * 2e-10),
}


def test_the_regions_meet_at_the_crossover_and_are_sure_away_from_it() -> None:
    """Round trips are even at 15e-6 / 0.8e-9 = 18 750 elements."""
    first, second = regions(speedups_of_laws(LAWS, spread=0.02), 0.05)
    assert (first.backend, second.backend) == ("numpy", "torch-cuda")
    assert first.high == second.low == pytest.approx(18_750 * 1.05, rel=0.2)
    assert first.low == first.sure_low == pytest.approx(16)
    assert first.sure_high < first.high < second.sure_low < second.sure_high
    assert second.sure_high == pytest.approx(4**10)


def test_calls_alone_cross_earlier_than_calls_with_transfers() -> None:
    ratios = speedups_of_laws(LAWS)
    edges = [regions(ratios, 0.05, calls)[0].high for calls in (math.inf, 10, 1)]
    assert edges == sorted(edges)
    assert edges[0] < edges[2]


def test_of_two_that_are_about_as_fast_the_one_that_asks_for_less_is_taken() -> None:
    alike = {
        "numpy": host(lambda n: 1e-8 * n),
        "torch-cpu": host(lambda n: 0.5e-8 * n),
        "torch-cpu-1t": host(lambda n: 0.51e-8 * n),
    }
    assert [one.backend for one in regions(speedups_of_laws(alike), 0.05)] == ["torch-cpu-1t"]
    nearly = {"numpy": host(lambda n: 1e-8 * n), "torch-cpu": host(lambda n: 0.97e-8 * n)}
    assert [one.backend for one in regions(speedups_of_laws(nearly), 0.05)] == ["numpy"]


def test_with_a_single_size_or_no_second_backend_there_is_nothing_to_divide() -> None:
    assert regions(speedups_of_laws(LAWS, sizes=(256,)), 0.05) == []
    assert regions(speedups_of_laws({"numpy": LAWS["numpy"]}), 0.05) == []
