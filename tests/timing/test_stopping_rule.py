"""When a contender has been sampled enough, on a scripted clock."""

from statistics import median

from harness.statistics.medians import median_interval
from harness.timing.disturbance import Blocks
from harness.timing.rules import Rules
from harness.timing.sampling import measure
from harness.timing.stopping_rule import FEWEST_SAMPLES, StoppingRule
from tests.support.host import Scripted, constant

RULES = Rules()


def test_steady_times_stop_early_and_scattered_ones_spend_the_budget() -> None:
    host = Scripted()
    scatter = iter(range(10**9))
    steady, scattered = measure(
        [
            host.contender("a", constant(1e-4)),
            host.contender("b", lambda _clock: 1e-4 * (1 + (next(scatter) * 7919 % 100) / 100)),
        ],
        RULES,
        host,
        seed=0,
    ).rounds
    assert len(steady.samples) == 16  # one pass: a turn there and one back
    assert sum(s * scattered.number for s in scattered.samples) >= RULES.budget


def test_a_call_longer_than_the_budget_is_made_once() -> None:
    host = Scripted()
    measurement = measure([host.contender("a", constant(0.5))], RULES, host, seed=0)
    assert len(measurement.rounds[0].samples) == 1


def blocks_of(seconds: list[float], disturbed: int = 0) -> Blocks:
    """Return blocks of one call, the first of them disturbed."""
    blocks = Blocks(number=1)
    for index, value in enumerate(seconds):
        blocks.add(value)
        if index < disturbed:
            blocks.mark(index)
    return blocks


def test_too_few_undisturbed_samples_are_not_enough_however_alike_they_are() -> None:
    stop = StoppingRule(rules=RULES)
    assert not stop.is_met(blocks_of([1e-5] * (FEWEST_SAMPLES + 3), disturbed=4))
    assert stop.is_met(blocks_of([1e-5] * (FEWEST_SAMPLES + 3), disturbed=3))


def test_samples_whose_median_is_not_known_are_looked_at_again_at_a_fifth_more() -> None:
    stop, wide = StoppingRule(rules=RULES), [1e-5, 2e-5] * 5
    low, high = median_interval(wide)
    assert high - low > 2 * RULES.width * median(wide)
    assert not stop.is_met(blocks_of(wide))
    assert not stop.is_met(blocks_of([1e-5] * 11))
    assert stop.is_met(blocks_of([1e-5] * 12))


def test_disturbed_blocks_end_the_sampling_at_twice_the_budget() -> None:
    stop, most = StoppingRule(rules=RULES), round(2 * RULES.budget / 1e-3)
    assert not stop.is_met(blocks_of([1e-3] * (most - 1), disturbed=most - 1))
    assert stop.is_met(blocks_of([1e-3] * most, disturbed=most))
    assert not stop.budget_is_spent(blocks_of([1e-3] * most, disturbed=most))
