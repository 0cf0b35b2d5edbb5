"""The warm-up of a call and its later lead-in, on a scripted clock."""

from dataclasses import replace

import pytest

from harness.timing.noise import round_median
from harness.timing.rules import Rules
from harness.timing.sampling import measure
from harness.timing.warm_up import warm_up
from tests.support.host import Scripted, constant

RULES = Rules(block=2.5e-4, turn=1e-3, long_pass=10.0)


@pytest.mark.parametrize("stall", [5e-3, 0.015])
def test_one_stall_does_not_fix_the_block_at_one_call(stall: float) -> None:
    stalls = iter([stall])
    warm = warm_up(lambda count: next(stalls, 0.0) + count * 1e-6, RULES)
    assert warm.number == pytest.approx(RULES.block / 1e-6, rel=0.01)
    assert warm.level == pytest.approx(1e-6)


@pytest.mark.parametrize(("seconds", "calls"), [(0.03, 1), (1.0, 1), (5e-3, 2)])
def test_a_long_call_is_made_once_and_twice_where_it_could_be_a_stall(seconds: float, calls: int) -> None:
    made = list[int]()

    def run(count: int) -> float:
        made.append(count)
        return count * seconds

    warm = warm_up(run, RULES)
    assert made == [1] * calls
    assert (warm.steady, warm.level, warm.number) == (True, seconds, 1)


@pytest.mark.parametrize(("level", "number"), [(1e-6, 250), (2.25e-6, 167), (4e-6, 125)])
def test_a_block_has_as_many_calls_as_lie_between_the_best_and_the_usual(level: float, number: int) -> None:
    """One block in five is as fast as on a quiet host; by it alone a block would be as long as five turns."""
    blocks = iter(range(10**9))
    warm = warm_up(lambda count: count * (level if next(blocks) % 5 else 1e-6), RULES)
    assert warm.best == 1e-6
    assert warm.level == pytest.approx(level)
    assert warm.number == pytest.approx(number, abs=1)


def test_the_warm_up_outlasts_a_ramp_and_says_so_when_it_cannot() -> None:
    host = Scripted()
    ramp = host.contender("a", lambda clock: 1e-5 * (2.0 - min(clock, 2e-3) / 2e-3))
    warm = warm_up(ramp.run, RULES)
    assert warm.steady
    assert 2e-3 < warm.seconds < RULES.warm_most + RULES.window
    assert warm.level == pytest.approx(1e-5)
    endless = Scripted()
    falling = endless.contender("a", lambda clock: 1e-5 / (1 + 100 * clock))
    warm = warm_up(falling.run, RULES)
    assert not warm.steady
    assert RULES.warm_most <= warm.seconds < RULES.warm_most + 2 * RULES.window


def test_the_first_calls_after_anothers_turn_are_untimed_until_they_take_as_long_as_they_should() -> None:
    """A pool's thread woken on the caller's processor: three calls of four times the length."""
    host, slow, turns = Scripted(threads=2), list[float](), iter([list[float]()])
    pool = replace(
        host.contender("a", lambda _clock: slow.pop() if slow else 2.5e-4),
        enter=lambda: slow.extend(next(turns, [1e-3] * 3)),  # none of them before its warm-up
    )
    other = host.contender("b", constant(1e-4))
    sampled = measure([pool, other], RULES, host, seed=0).rounds[0]
    assert set(sampled.samples) == {2.5e-4}


def test_a_contender_that_never_is_as_it_was_is_timed_after_some_milliseconds_all_the_same() -> None:
    host = Scripted(threads=2)
    slower = host.contender("a", lambda clock: 1e-4 if clock < 2.5e-3 else 2e-4)
    sampled = measure([slower, host.contender("b", constant(1e-4))], RULES, host, seed=0).rounds[0]
    assert round_median(sampled) == pytest.approx(2e-4)
    first_turn = host.log[[i for i, line in enumerate(host.log) if line == "a"][1] + 1 :]
    led_in = first_turn[: first_turn.index("a 2")]
    assert set(led_in) == {"a 1"}
    assert 6e-3 < 2e-4 * len(led_in) < 7e-3


def test_a_long_call_of_one_thread_needs_no_lead_in_and_one_of_several_does() -> None:
    for threads, calls in ((1, 4), (2, 8)):
        host = Scripted(threads=threads)
        measure([host.contender(n, constant(0.03)) for n in "ab"], RULES, host, seed=0)
        warm_ups, passes = 1, 2
        assert host.log.count("a 1") == warm_ups + passes * 2 + (calls - 4) * (3 / 4)
