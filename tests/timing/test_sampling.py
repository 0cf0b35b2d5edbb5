"""The sampling, on a scripted clock: nothing here waits, and every duration is known."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model import Round
from harness.timing.contender import Contender
from harness.timing.noise import round_median
from harness.timing.rules import Rules
from harness.timing.sampling import MOST_SPENT, measure
from tests.support.host import Scripted, constant

RULES = Rules(block=2.5e-4, turn=1e-3, long_pass=10.0)
BACKENDS = st.lists(st.sampled_from("abc"), min_size=1, max_size=6)


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


def turns(backends: Sequence[str], seed: int, passes: int) -> list[list[int]]:
    """Return the contenders in the order of their turns, pass by pass."""
    host, announced = Scripted(), list[int]()
    contenders = [host.contender(backend, constant(1e-3)) for backend in backends]
    rules = replace(RULES, passes=passes, budget=10.0)
    measure(contenders, rules, host, seed, announced.append)
    assert announced[: len(backends)] == list(range(len(backends)))  # the warm-ups
    taken, size = announced[len(backends) :], 2 * len(backends)
    return [taken[at : at + size] for at in range(0, len(taken), size)]


@given(BACKENDS, st.integers(0, 2**64))
def test_in_a_pass_every_contender_has_two_turns_in_an_order_and_its_mirror_image(
    backends: list[str], seed: int
) -> None:
    passes = turns(backends, seed, passes=3)
    assert len(passes) == 3
    for taken in passes:
        assert taken == taken[::-1]
        there = taken[: len(backends)]
        assert sorted(there) == list(range(len(backends)))
        # Those of a backend follow one another, so that its device or pool is left alone once.
        assert len([*groupby(there, backends.__getitem__)]) == len(set(backends))


def test_the_order_is_another_one_in_every_pass_and_the_same_for_the_same_seed() -> None:
    passes = turns("abcd", 7, passes=100)
    assert turns("abcd", 7, passes=100) == passes
    assert turns("abcd", 8, passes=100) != passes
    assert len({tuple(taken) for taken in passes}) == 24  # all there are
    firsts = Counter(taken[0] for taken in passes)
    assert min(firsts.values()) > 10


def test_the_contenders_of_one_backend_change_places_too() -> None:
    assert len({tuple(taken) for taken in turns("aab", 0, passes=50)}) == 4


@given(BACKENDS, st.integers(0, 2**64), st.sampled_from([1e-6, 1e-4, 3e-3, 0.1]))
def test_every_sample_says_its_pass_and_they_ascend_from_0(
    backends: list[str], seed: int, seconds: float
) -> None:
    host = Scripted()
    contenders = [host.contender(name, constant(seconds * (1 + i))) for i, name in enumerate(backends)]
    rounds = measure(contenders, RULES, host, seed).rounds
    made = {round_.passes[-1] + 1 for round_ in rounds}
    assert len(made) == 1
    for round_ in rounds:
        assert len(round_.passes) == len(round_.samples) == len(round_.disturbed)
        assert list(round_.passes) == sorted(round_.passes)
        assert Counter(round_.passes).keys() == set(range(made.copy().pop()))
        assert min(Counter(round_.passes).values()) >= 2


def pass_ratios(base: Round, other: Round) -> list[float]:
    """Return the ratio of the two medians of each pass."""

    def of_pass(round_: Round, in_pass: int) -> float:
        samples = zip(round_.samples, round_.passes, strict=True)
        return median(sample for sample, its_pass in samples if its_pass == in_pass)

    return [of_pass(other, in_pass) / of_pass(base, in_pass) for in_pass in sorted(set(base.passes))]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("rate", [2.0, -2.0])
def test_a_linear_drift_of_the_host_cancels_in_the_ratio_of_every_pass(seed: int, rate: float) -> None:
    """By 0.2 % in a turn: in an order without its mirror image the first would read as much faster."""
    host = Scripted()

    def drifting(scale: float) -> Callable[[float], float]:
        return lambda clock: scale * (1 + rate * clock)

    contenders = [host.contender(name, drifting(scale)) for name, scale in (("a", 1e-5), ("b", 2e-5))]
    a, b = measure(contenders, RULES, host, seed).rounds
    ratios = pass_ratios(a, b)
    assert len(ratios) == RULES.passes
    assert ratios == pytest.approx([2.0] * len(ratios), rel=3e-4)
    assert max(a.samples) > 1.05 * min(a.samples)


def test_that_the_first_of_a_pair_is_slower_cancels_as_well() -> None:
    """Whoever comes after another backend is 3 % slower for the length of its turn."""
    host = Scripted()
    last = ["", ""]

    def after(name: str) -> Contender:
        plain = host.contender(name, lambda _clock: 1e-5 * (1.03 if last[1] != name else 1.0))

        def enter() -> None:
            last[:] = [name, last[0]]

        return replace(plain, enter=enter)

    a, b = measure([after("a"), after("b")], RULES, host, seed=1).rounds
    assert pass_ratios(a, b) == pytest.approx([1.0] * RULES.passes)


@pytest.mark.parametrize(
    ("seconds", "passes"),
    [([1e-6], 8), ([1e-2], 6), ([0.029], 2), ([0.5], 2), ([1e-4, 1e-2], 5), ([1e-5] * 8, 7)],
)
def test_as_many_passes_are_made_as_fit_into_the_budget_and_the_fewest_at_least(
    seconds: list[float], passes: int
) -> None:
    host = Scripted()
    contenders = [host.contender(str(i), constant(each)) for i, each in enumerate(seconds)]
    measurement = measure(contenders, RULES, host, seed=0)
    assert {max(round_.passes) + 1 for round_ in measurement.rounds} == {passes}
    assert passes == RULES.fewest_passes or measurement.timed <= 1.2 * RULES.budget


@pytest.mark.parametrize(("slower", "passes"), [(1, 8), (10, 8), (25, 5), (50, 3), (1000, 2)])
def test_a_group_that_takes_far_longer_than_it_should_ends_before_its_last_pass(
    slower: float, passes: int
) -> None:
    """Threads that wait for one another beside a busy core: what fits into the budget was not known."""
    host = Scripted(threads=2)
    contender = host.contender("a", lambda clock: 1e-4 * (slower if clock > 2e-3 else 1))
    measurement = measure([contender], RULES, host, seed=0)
    assert max(measurement.rounds[0].passes) + 1 == passes
    per_pass = measurement.timed / passes
    assert passes == RULES.fewest_passes or measurement.timed <= MOST_SPENT * 0.016 + per_pass


def test_page_faults_are_counted_per_call() -> None:
    host = Scripted()
    measurement = measure([host.contender("a", constant(1e-3))], RULES, host, seed=0)
    assert measurement.rounds[0].faults_per_call == 2.0


def test_the_threads_that_a_contender_used_are_observed() -> None:
    host = Scripted()
    contenders = [host.contender(str(used), constant(1e-4), threads=used) for used in (1, 16, 2, 1)]
    rounds = measure(contenders, RULES, host, seed=0).rounds
    assert [round_.cores for round_ in rounds] == pytest.approx([1, 16, 2, 1])


def test_threads_that_wait_for_one_another_on_a_busy_host_are_counted_though_they_use_one_core_in_all() -> (
    None
):
    host = Scripted()
    plain = host.contender("a", constant(1e-4))

    def run(number: int) -> float:
        took = plain.run(number)
        host.used[0] -= took
        for thread, share in enumerate((0.5, 0.3, 0.15, 0.01)):  # the last one only looks after something
            host.used[thread] = host.used.get(thread, 0.0) + share * took
        return took

    assert measure([replace(plain, run=run)], RULES, host, seed=0).rounds[0].cores == 3


def test_of_a_system_that_tells_the_sum_of_all_threads_it_is_how_many_ran_at_a_time() -> None:
    class Summing(Scripted):
        def thread_seconds(self) -> dict[int, float]:
            return {0: sum(self.used.values())}

    host = Summing()
    contenders = [host.contender(str(used), constant(1e-4), threads=used) for used in (1, 4)]
    rounds = measure(contenders, RULES, host, seed=0).rounds
    assert [round_.cores for round_ in rounds] == pytest.approx([1, 4])


def test_what_a_pools_threads_used_until_they_slept_is_their_contenders() -> None:
    """The kernel counts a running thread in ticks: what it used may be told only when it sleeps."""

    class Late(Scripted):
        told: dict[int, float] = {0: 0.0}  # noqa: RUF012 - replaced, never changed

        def thread_seconds(self) -> dict[int, float]:
            return {**self.told, 0: self.used[0]}

        def wait_for_idle(self) -> None:
            super().wait_for_idle()
            self.told = dict(self.used)

    host = Late()
    contenders = [host.contender(name, constant(1e-4), threads=used) for name, used in (("a", 2), ("b", 1))]
    rounds = measure(contenders, RULES, host, seed=0).rounds
    assert [round_.cores for round_ in rounds] == pytest.approx([2, 1])


@pytest.mark.parametrize(("threads", "waits"), [(2, True), (1, False)])
def test_pools_that_ran_are_waited_for_before_another_backend_and_those_that_did_not_are_not_waited_for(
    threads: int, *, waits: bool
) -> None:
    host = Scripted(threads=threads)
    measure([host.contender(n, constant(1e-4)) for n in "ab"], RULES, host, seed=0)
    # Once before all, and once after each warm-up.
    sampled = host.log[[i for i, line in enumerate(host.log) if line == "wait for idle"][2] + 1 :]
    assert ("wait for idle" in sampled) is waits
    assert ("idle look" in sampled) is waits


def test_a_backend_takes_its_blocks_in_turns_and_is_led_in_after_anothers() -> None:
    host = Scripted()
    measure([host.contender(n, constant(1e-4)) for n in "ab"], RULES, host, seed=0)
    entered = [at for at, line in enumerate(host.log) if line in ("a", "b")][2:]
    for at, end in pairwise([*entered, len(host.log)]):
        name, lines = host.log[at], host.log[at + 1 : end]
        blocks = [line for line in lines if line not in ("wait for idle", "look", "idle look")]
        assert blocks[0] == f"{name} 1"  # the lead-in, half of a block of 2
        # A turn is 5 blocks of 0.2 ms; where the pass turns round, the same backend has two in a row.
        assert blocks[1:] in ([f"{name} 2"] * 5, [f"{name} 2"] * 10)


@pytest.mark.parametrize(("threads", "led_in"), [(1, 1), (2, 8)])
def test_a_pool_that_fell_asleep_between_two_passes_is_led_in_again(threads: int, led_in: int) -> None:
    host = Scripted(threads=threads)
    measure([host.contender("a", constant(1e-4))], RULES, host, seed=0)
    assert host.log.count("a") - 1 == led_in  # besides the warm-up


def test_the_lane_is_announced_before_it_runs() -> None:
    host, announced = Scripted(), list[int]()

    def named(name: str, index: int) -> Contender:
        def enter() -> None:
            host.log.append(f"enter {announced[-1] == index}")

        return replace(host.contender(name, constant(1e-4)), enter=enter)

    measure([named("a", 0), named("b", 1)], RULES, host, 0, announced.append)
    assert announced[:2] == [0, 1]
    assert set(announced) == {0, 1}
    assert {line for line in host.log if "enter" in line} == {"enter True"}


def test_of_calls_so_long_that_a_pass_takes_long_there_is_one() -> None:
    """Two contenders of 30 ms have 0.12 s in a pass: more than the limit below, less than the one above."""
    host = Scripted()
    contenders = [host.contender(name, constant(0.03)) for name in "ab"]
    passes = [
        measure(contenders, replace(RULES, long_pass=limit), host, seed=0).rounds[0].passes[-1] + 1
        for limit in (0.1, 0.2)
    ]
    assert passes == [1, 2]
