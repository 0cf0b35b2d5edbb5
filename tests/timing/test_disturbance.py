"""Which blocks are marked as disturbed, on a scripted host."""

from dataclasses import replace
from itertools import pairwise

import pytest

from harness.timing.noise import round_median
from harness.timing.rules import Rules
from harness.timing.sampling import measure
from tests.support.host import Scripted, constant

RULES = Rules()


def test_a_block_that_lost_the_processor_is_kept_and_marked() -> None:
    host, scatter = Scripted(), iter(range(10**9))
    contender = host.contender("a", lambda _clock: 1e-4 * (1 + (next(scatter) * 7919 % 100) / 100))
    host.switching = set(range(500, 504))  # well after the warm-up
    sampled = measure([contender], replace(RULES, budget=0.5), host, seed=0).rounds[0]
    assert sum(sampled.disturbed) == 4
    assert len(sampled.samples) > 100


@pytest.mark.parametrize("busy", [Scripted(steal_share=0.3), Scripted(pressure_share=0.3)])
def test_a_host_that_others_take_marks_everything_and_costs_twice_the_budget_at_most(busy: Scripted) -> None:
    host = replace(busy)
    measurement = measure([host.contender("a", constant(1e-4))], RULES, host, seed=0)
    marked = measurement.rounds[0].disturbed
    assert sum(marked) > 0.9 * len(marked)
    assert measurement.timed == pytest.approx(2 * RULES.budget, rel=0.1)


def test_a_quiet_host_marks_nothing() -> None:
    host = Scripted(steal_share=0.01, pressure_share=0.01)
    assert not any(measure([host.contender("a", constant(1e-4))], RULES, host, seed=0).rounds[0].disturbed)


def test_what_is_timed_next_to_a_slow_look_at_the_processor_is_disturbed() -> None:
    """A stranger on the same core for 30 ms: times double, and no counter tells."""
    host = Scripted(slowness=lambda clock: 2.0 if 0.1 < clock < 0.13 else 1.0)
    scatter = iter(range(10**9))
    contender = host.contender(
        "a", lambda clock: 1e-4 * host.slowness(clock) * (1 + (next(scatter) * 7919 % 100) / 100)
    )
    measurement = measure([contender], replace(RULES, budget=0.2), host, seed=0)
    (sampled,) = measurement.rounds
    slow = [sample > 2e-4 for sample in sampled.samples]
    assert sum(slow) > 15
    assert all(marked for marked, is_slow in zip(sampled.disturbed, slow, strict=True) if is_slow)
    # A look before and one after: at most two turns there and back of fast blocks are marked besides.
    assert sum(sampled.disturbed) - sum(slow) <= 2 * 16


def test_a_slowed_processor_is_waited_for_and_then_read_at_its_pace() -> None:
    host = Scripted(slowness=lambda clock: 2.0 if 0.1 < clock < 0.8 else 1.0, patience=2.0)
    contenders = [host.contender(n, lambda clock: 1e-4 * host.slowness(clock)) for n in "ab"]
    rounds = measure(contenders, RULES, host, seed=0).rounds
    assert [round_median(round_) for round_ in rounds] == pytest.approx([1e-4, 1e-4])
    assert host.log.count("rest") < 0.75 / 0.05


def test_one_fast_moment_does_not_end_a_rest() -> None:
    class Flickering(Scripted):
        def rest(self) -> float | None:
            return super().rest() and (2.0 if self.clock < 0.8 else 1.0)

    host = Flickering(slowness=lambda clock: 2.0 if clock < 0.15 else 1.0, patience=9.0)
    measure([host.contender("a", constant(1e-4))], RULES, host, seed=0)
    assert host.log.count("rest") == pytest.approx(0.75 / 0.05, abs=1.5)


def test_patience_ends_and_what_is_timed_then_is_marked() -> None:
    host, alive = Scripted(slowness=lambda clock: 2.0 if clock > 0.03 else 1.0, patience=0.5), list[float]()
    contenders = [host.contender("a", constant(1e-4))]
    measurement = measure(contenders, RULES, host, 0, lambda _index: alive.append(host.clock))
    assert max(later - before for before, later in pairwise(alive)) < 0.1  # no rest passes for a hang
    assert host.log.count("rest") == pytest.approx(10, abs=1)
    assert all(measurement.rounds[0].disturbed)
    assert measurement.timed == pytest.approx(2 * RULES.budget, rel=0.1)
