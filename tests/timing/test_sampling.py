"""The sampling, on a scripted clock: nothing here waits, and every duration is known."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

import pytest

from harness.timing.loop import floor, timed_loop
from harness.timing.noise import round_median
from harness.timing.rules import Rules
from harness.timing.sampling import measure
from harness.timing.warm_up import warm_up
from tests.support.host import Scripted, constant

RULES = Rules()


BUSY, IDLE = "busy", "idle"


@pytest.mark.parametrize("seconds", [1e-6, 1e-3, 0.3])
def test_a_call_of_known_length_reads_that_length(seconds: float) -> None:
    host = Scripted()
    found = measure([host.contender("a", constant(seconds), floor=1e-8)], RULES, host, seed=0)
    assert round_median(found.rounds[0]) == pytest.approx(seconds)
    assert found.rounds[0].floor == 1e-8


def test_the_floor_of_an_asynchronous_backend_is_told_and_not_subtracted() -> None:
    host = Scripted()
    found = measure([host.contender("a", constant(1e-3), floor=1e-4, subtract=False)], RULES, host, seed=0)
    assert round_median(found.rounds[0]) == pytest.approx(1e-3)
    assert found.rounds[0].floor == 1e-4


def test_blocks_are_long_for_short_calls_and_one_call_for_long_ones() -> None:
    host = Scripted()
    short, long = measure(
        [host.contender("a", constant(1e-6)), host.contender("b", constant(2e-3))], RULES, host, seed=0
    ).rounds
    assert short.number == pytest.approx(RULES.block / 1e-6, rel=0.01)
    assert long.number == 1


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
    found = measure([host.contender("a", constant(0.5))], RULES, host, seed=0)
    assert len(found.rounds[0].samples) == 1


def test_a_block_that_lost_the_processor_is_kept_and_marked() -> None:
    host, scatter = Scripted(), iter(range(10**9))
    contender = host.contender("a", lambda _clock: 1e-4 * (1 + (next(scatter) * 7919 % 100) / 100))
    host.switching = set(range(500, 504))  # well after the warm-up
    found = measure([contender], replace(RULES, budget=0.5), host, seed=0).rounds[0]
    assert sum(found.disturbed) == 4
    assert len(found.samples) > 100


@pytest.mark.parametrize("busy", [Scripted(steal_share=0.3), Scripted(pressure_share=0.3)])
def test_a_host_that_others_take_marks_everything_and_costs_twice_the_budget_at_most(busy: Scripted) -> None:
    host = replace(busy)
    found = measure([host.contender("a", constant(1e-4))], RULES, host, seed=0)
    marked = found.rounds[0].disturbed
    assert sum(marked) > 0.9 * len(marked)
    assert found.timed == pytest.approx(2 * RULES.budget, rel=0.1)


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
    found = measure([contender], replace(RULES, budget=0.2), host, seed=0)
    (sampled,) = found.rounds
    slow = [sample > 2e-4 for sample in sampled.samples]
    assert sum(slow) > 15
    assert all(marked for marked, is_slow in zip(sampled.disturbed, slow, strict=True) if is_slow)
    # A look before and one after: at most two turns there and back of fast blocks are marked besides.
    assert sum(sampled.disturbed) - sum(slow) <= 2 * 16


def test_a_slowed_processor_is_waited_for_and_then_read_at_its_pace() -> None:
    host = Scripted(slowness=lambda clock: 2.0 if 0.1 < clock < 0.8 else 1.0, patience=2.0)
    contenders = [host.contender(n, lambda clock: 1e-4 * host.slowness(clock)) for n in "ab"]
    found = measure(contenders, RULES, host, seed=0).rounds
    assert [round_median(one) for one in found] == pytest.approx([1e-4, 1e-4])
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
    found = measure(contenders, RULES, host, 0, lambda _index: alive.append(host.clock))
    assert max(later - before for before, later in pairwise(alive)) < 0.1  # no rest passes for a hang
    assert host.log.count("rest") == pytest.approx(10, abs=1)
    assert all(found.rounds[0].disturbed)
    assert found.timed == pytest.approx(2 * RULES.budget, rel=0.1)


def test_page_faults_are_counted_per_call() -> None:
    host = Scripted()
    found = measure([host.contender("a", constant(1e-3))], RULES, host, seed=0)
    assert found.rounds[0].faults_per_call == 2.0


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


def test_the_first_calls_after_anothers_turn_are_untimed_until_they_take_as_long_as_they_should() -> None:
    """A pool's thread woken on the caller's processor: three calls of four times the length."""
    host, slow = Scripted(threads=2.0), list[float]()
    pool = replace(
        host.contender("a", lambda _clock: slow.pop() if slow else 1e-3),
        enter=lambda: slow.extend([4e-3] * 3),
    )
    other = host.contender("b", constant(1e-4))
    found = measure([pool, other], RULES, host, seed=0).rounds[0]
    assert set(found.samples) == {1e-3}


def test_a_contender_that_never_is_as_it_was_is_timed_all_the_same() -> None:
    host = Scripted(threads=2.0)
    slower = host.contender("a", lambda clock: 1e-4 if clock < 0.05 else 2e-4)
    found = measure([slower, host.contender("b", constant(1e-4))], RULES, host, seed=0).rounds[0]
    assert round_median(found) == pytest.approx(2e-4)


def test_the_lane_is_announced_before_it_runs() -> None:
    host, announced = Scripted(), list[int]()
    measure([host.contender(n, constant(1e-4)) for n in "ab"], RULES, host, 0, announced.append)
    assert announced[:2] == [0, 1]
    assert set(announced) == {0, 1}


@dataclass
class Device:
    """An asynchronous device on a scripted clock: launching costs 10 us, the work goes on by itself."""

    clock: float = 0.0
    free_at: float = 0.0

    def now(self) -> float:
        return self.clock

    def launch(self, seconds: float) -> None:
        self.clock += 1e-5
        self.free_at = max(self.clock, self.free_at) + seconds

    def synchronize(self) -> None:
        self.clock = max(self.clock + 1e-6, self.free_at)


@pytest.mark.parametrize("seconds", [1e-4, 1e-3, 1e-2])
@pytest.mark.parametrize("number", [1, 7, 100])
def test_an_asynchronous_call_reads_until_its_result_is_there(seconds: float, number: int) -> None:
    device = Device()
    names = {"launch": device.launch, "synchronize": device.synchronize, "seconds": seconds}
    loop = timed_loop("launch(seconds)", "synchronize()", names, device.now)
    assert loop(number) / number == pytest.approx(seconds + 1e-5)


def test_work_under_way_before_a_block_is_not_charged_to_it() -> None:
    device = Device()
    names = {"launch": device.launch, "synchronize": device.synchronize}
    loop = timed_loop("launch(1e-3)", "synchronize()", names, device.now)
    device.launch(5.0)
    assert loop(1) == pytest.approx(1e-3 + 1e-5)


def test_without_the_wait_an_asynchronous_call_would_read_as_its_launch() -> None:
    device = Device()
    loop = timed_loop("launch(1e-3)", "", {"launch": device.launch}, device.now)
    assert loop(10) / 10 == pytest.approx(1e-5)


def test_the_floor_of_an_asynchronous_device_is_its_empty_wait() -> None:
    device = Device()
    assert floor("synchronize()", {"synchronize": device.synchronize}, device.now) == pytest.approx(1e-6)


@pytest.mark.cuda
def test_a_product_on_the_gpu_takes_longer_than_its_launch() -> None:
    import torch

    a = torch.randn(4096, 4096, device="cuda")
    names = {"torch": torch, "a": a, "synchronize": torch.cuda.synchronize}
    waited = timed_loop("torch.mm(a, a)", "synchronize()", names)
    launched = timed_loop("torch.mm(a, a)", "", names)
    waited(3)
    assert waited(10) > 2 * launched(10)
