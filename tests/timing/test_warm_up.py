"""The warm-up of a call and its later lead-in, on a scripted clock."""

from dataclasses import replace

import pytest

from harness.timing.noise import round_median
from harness.timing.rules import Rules
from harness.timing.sampling import measure
from harness.timing.warm_up import warm_up
from tests.support.host import Scripted, constant

RULES = Rules()


def test_one_stall_does_not_fix_the_block_at_one_call() -> None:
    stalls = iter([0.5])
    warm = warm_up(lambda count: next(stalls, 0.0) + count * 1e-6, RULES)
    assert warm.number == pytest.approx(500, rel=0.01)


def test_the_warm_up_outlasts_a_ramp_and_says_so_when_it_cannot() -> None:
    host = Scripted()
    ramp = host.contender("a", lambda clock: 1e-5 * (2.0 - min(clock, 0.05) / 0.05))
    warm = warm_up(ramp.run, replace(RULES, warm_most=0.2))
    assert warm.steady
    assert warm.seconds > 0.05
    assert warm.level == pytest.approx(1e-5)
    endless = Scripted()
    falling = endless.contender("a", lambda clock: 1e-5 / (1 + clock))
    warm = warm_up(falling.run, replace(RULES, warm_most=0.2))
    assert not warm.steady
    assert 0.2 <= warm.seconds < 0.25


def test_the_first_calls_after_anothers_turn_are_untimed_until_they_take_as_long_as_they_should() -> None:
    """A pool's thread woken on the caller's processor: three calls of four times the length."""
    host, slow = Scripted(threads=2.0), list[float]()
    pool = replace(
        host.contender("a", lambda _clock: slow.pop() if slow else 1e-3),
        enter=lambda: slow.extend([4e-3] * 3),
    )
    other = host.contender("b", constant(1e-4))
    sampled = measure([pool, other], RULES, host, seed=0).rounds[0]
    assert set(sampled.samples) == {1e-3}


def test_a_contender_that_never_is_as_it_was_is_timed_all_the_same() -> None:
    host = Scripted(threads=2.0)
    slower = host.contender("a", lambda clock: 1e-4 if clock < 0.05 else 2e-4)
    sampled = measure([slower, host.contender("b", constant(1e-4))], RULES, host, seed=0).rounds[0]
    assert round_median(sampled) == pytest.approx(2e-4)
