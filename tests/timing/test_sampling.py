"""The sampling, on a scripted clock: nothing here waits, and every duration is known."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from statistics import median

import pytest

from harness.timing.noise import round_median
from harness.timing.rules import Rules
from harness.timing.sampling import measure
from tests.support.host import Scripted, constant

RULES = Rules()


@pytest.mark.parametrize("seconds", [1e-6, 1e-3, 0.3])
def test_a_call_of_known_length_reads_that_length(seconds: float) -> None:
    host = Scripted()
    measurement = measure([host.contender("a", constant(seconds), floor=1e-8)], RULES, host, seed=0)
    assert round_median(measurement.rounds[0]) == pytest.approx(seconds)
    assert measurement.rounds[0].floor == 1e-8


def test_the_floor_of_an_asynchronous_backend_is_told_and_not_subtracted() -> None:
    host = Scripted()
    measurement = measure(
        [host.contender("a", constant(1e-3), floor=1e-4, subtract=False)], RULES, host, seed=0
    )
    assert round_median(measurement.rounds[0]) == pytest.approx(1e-3)
    assert measurement.rounds[0].floor == 1e-4


def test_blocks_are_long_for_short_calls_and_one_call_for_long_ones() -> None:
    host = Scripted()
    short, long = measure(
        [host.contender("a", constant(1e-6)), host.contender("b", constant(2e-3))], RULES, host, seed=0
    ).rounds
    assert short.number == pytest.approx(RULES.block / 1e-6, rel=0.01)
    assert long.number == 1


def test_a_drift_of_the_host_does_not_show_in_the_ratio() -> None:
    """The host slows down by a third while it is measured; one after the other this would read as 10 %."""
    host = Scripted()
    noisy = iter(range(10**9))

    def drifting(scale: float) -> Callable[[float], float]:
        # The jitter keeps the sampling from stopping early.
        return lambda clock: scale * 1e-5 * (1 + clock) * (1 + 0.03 * (next(noisy) % 7))

    rules = replace(RULES, budget=0.15)
    contenders = [host.contender(name, drifting(scale)) for name, scale in (("a", 1.0), ("b", 2.0))]
    a, b = measure(contenders, rules, host, seed=3).rounds
    assert median(b.samples) / median(a.samples) == pytest.approx(2.0, rel=0.02)


def test_page_faults_are_counted_per_call() -> None:
    host = Scripted()
    measurement = measure([host.contender("a", constant(1e-3))], RULES, host, seed=0)
    assert measurement.rounds[0].faults_per_call == 2.0


def test_pools_that_ran_are_waited_for_before_another_backend_and_those_that_did_not_are_not_waited_for() -> (
    None
):
    for threads, expected in ((2.0, True), (1.0, False)):
        host = Scripted(threads=threads)
        measure([host.contender(n, constant(1e-4)) for n in "ab"], RULES, host, seed=0)
        sampled = host.log[[i for i, line in enumerate(host.log) if line == "wait for idle"][1] + 1 :]
        assert ("wait for idle" in sampled) is expected
        assert ("idle look" in sampled) is expected


def test_a_backend_takes_its_blocks_in_turns_and_is_led_in_after_anothers() -> None:
    host = Scripted()
    measure([host.contender(n, constant(1e-4)) for n in "ab"], RULES, host, seed=0)
    turns = [at for at, line in enumerate(host.log) if line in ("a", "b")][2:]
    for at, end in pairwise([*turns, len(host.log)]):
        name, lines = host.log[at], host.log[at + 1 : end]
        blocks = [line for line in lines if line not in ("wait for idle", "look", "idle look")]
        assert blocks[0] == f"{name} 1"  # the lead-in, a fifth of a block of 5
        # A turn is 8 blocks of 0.5 ms; where the pass turns round, the same backend has two in a row.
        assert blocks[1:] in ([f"{name} 5"] * 8, [f"{name} 5"] * 16)


def test_the_lane_is_announced_before_it_runs() -> None:
    host, announced = Scripted(), list[int]()
    measure([host.contender(n, constant(1e-4)) for n in "ab"], RULES, host, 0, announced.append)
    assert announced[:2] == [0, 1]
    assert set(announced) == {0, 1}
