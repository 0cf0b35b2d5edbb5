"""Which blocks are marked as disturbed, on a scripted host."""

from dataclasses import replace

import pytest

from harness.timing.contender import Contender
from harness.timing.rules import Rules
from harness.timing.sampling import measure
from tests.support.host import Scripted, constant

RULES = Rules()
LONG = replace(RULES, passes=60, budget=1.0)


def scattered(host: Scripted) -> Contender:
    """Return a contender whose calls differ by up to 100 %, and take twice as long on a slowed host."""
    calls = iter(range(10**9))
    return host.contender(
        "a", lambda clock: 1e-4 * host.slowness(clock) * (1 + (next(calls) * 7919 % 100) / 100)
    )


def test_a_block_that_lost_the_processor_is_kept_and_marked() -> None:
    host = Scripted()
    host.switching = set(range(100, 104))  # well after the warm-up
    sampled = measure([scattered(host)], LONG, host, seed=0).rounds[0]
    assert sum(sampled.disturbed) == 4
    assert len(sampled.samples) > 200


@pytest.mark.parametrize("busy", [Scripted(steal_share=0.3), Scripted(delay_share=0.3)])
def test_a_host_that_others_take_marks_everything_and_costs_no_more_than_a_quiet_one(busy: Scripted) -> None:
    host, quiet = replace(busy, log=[]), Scripted()
    measurement = measure([host.contender("a", constant(1e-4))], LONG, host, seed=0)
    marked = measurement.rounds[0].disturbed
    assert sum(marked) > 0.9 * len(marked)
    assert measurement.timed == measure([quiet.contender("a", constant(1e-4))], LONG, quiet, seed=0).timed


def test_a_quiet_host_marks_nothing() -> None:
    host = Scripted(steal_share=0.01, delay_share=0.01)
    assert not any(measure([host.contender("a", constant(1e-4))], LONG, host, seed=0).rounds[0].disturbed)


def test_the_wait_of_one_turn_for_a_processor_marks_that_turn_and_no_other() -> None:
    """Of two contenders only the second has threads that wait for one another's processor."""
    host = Scripted()
    alone, crowded = host.contender("a", constant(1e-4)), host.contender("b", constant(1e-4), threads=2)

    def run(number: int) -> float:
        took = crowded.run(number)
        host.waited += 0.5 * took
        return took

    rounds = measure([alone, replace(crowded, run=run)], RULES, host, seed=0).rounds
    assert not any(rounds[0].disturbed)
    assert all(rounds[1].disturbed)


def test_what_is_timed_next_to_a_slow_look_at_the_processor_is_disturbed() -> None:
    """A stranger on the same core for 30 ms: times double, and no counter tells."""
    host = Scripted(slowness=lambda clock: 2.0 if 0.05 < clock < 0.08 else 1.0)
    (sampled,) = measure([scattered(host)], LONG, host, seed=0).rounds
    slow = [sample > 2e-4 for sample in sampled.samples]
    assert sum(slow) > 15
    assert all(marked for marked, is_slow in zip(sampled.disturbed, slow, strict=True) if is_slow)
    # A look before and one after: at most two passes of fast blocks are marked besides.
    assert sum(sampled.disturbed) - sum(slow) <= 2 * 2 * (RULES.turn / 1e-4)


def test_a_processor_that_stays_slowed_marks_everything_and_nothing_waits_for_it() -> None:
    host = Scripted(slowness=lambda _clock: 2.0)
    contenders = [host.contender(n, constant(1e-4)) for n in "ab"]
    measurement = measure(contenders, RULES, host, seed=0)
    assert all(marked for round_ in measurement.rounds for marked in round_.disturbed)
    assert host.clock < 2 * (measurement.timed + measurement.warm_up)
    assert {max(round_.passes) + 1 for round_ in measurement.rounds} == {RULES.passes}
