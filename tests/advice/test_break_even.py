"""Break-even: with scripted times it is known from how many calls per transfer on a device is faster."""

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harness.advice.advice import pays
from harness.advice.break_even import MOST_CALLS, BreakEven, break_even
from harness.advice.chain import Chain
from harness.advice.choice import advise
from harness.advice.ratio_curve import Estimates
from harness.statistics.confidence import CONFIDENCE
from tests.support.chance import sampling_error
from tests.support.offloading import OP, Noise, Work, offloaded
from tests.support.runs import count

LOGS = st.floats(-5, 5)
ALONE = Chain(ops=("sin",), seconds={"sin": 1.0}, moving="sin")
WORK = Work(host=(1e-6, 1e-9), device=(5e-6, 2e-11), transfer=(10e-6, 3e-10))
"""A call of the device takes 9 us with its launch, and a transfer 10 us, before they do anything."""
NEVER, TIE, AT_ONCE = 1024, 8200, 262_144
EVENS = {NEVER: math.inf, TIE: 692.2, 8600: 58.79, 16_384: 3.703, 65_536: 1.055, AT_ONCE: 1.0}
"""From how many calls per transfer on the device is faster, by size."""
NOISES = (
    Noise(shared=0.05, host=0.04, device=0.03, span=0.01),
    Noise(shared=0.02, host=0.06, device=0.01, span=0.01),
    Noise(shared=0.0, host=0.0, device=0.0, span=0.05),
)
"""As on shared computers; all in the baseline; and nothing in common."""
RUNS = count(30, 900)


def known(log: float, reach: float = 0.0) -> Estimates:
    """Return a log speedup whose interval reaches so far to either side."""
    return Estimates(logs=np.array([log]), below=np.array([reach]), above=np.array([reach]))


def even(call: Estimates, round_trip: Estimates) -> BreakEven:
    """Return the break-even of an op."""
    return break_even(lambda calls: ALONE.log_speedups({"sin": call}, round_trip, calls))


def test_calls_and_one_transfer_take_as_long_as_the_baselines_calls() -> None:
    """A call takes half of the baseline's, the transfers twice of that: r = 2.5, c = 0.5, K* = 4."""
    assert even(known(math.log(2)), known(-math.log(2.5))).calls == pytest.approx(4, rel=1e-4)


def test_a_round_trip_that_is_faster_pays_from_the_first_call_on() -> None:
    found = even(known(0.5), known(0.3))
    assert (found.calls, found.low, found.high) == (1, 1, 1)


@pytest.mark.parametrize("log", [0.0, -0.3])
def test_a_call_that_is_no_faster_never_pays(log: float) -> None:
    assert even(known(log), known(-1.0)).calls == math.inf


@given(LOGS, LOGS)
def test_from_the_break_even_on_and_only_from_there_the_calls_are_faster(call: float, more: float) -> None:
    assume(abs(call) > 1e-9)  # of equal times the last digits alone decide, and there is no such number
    estimates = known(call), known(call - abs(more))  # a transfer takes time

    def log(calls: float) -> float:
        return float(ALONE.log_speedups({"sin": estimates[0]}, estimates[1], calls).logs[0])

    calls = even(*estimates).calls
    if math.isinf(calls):
        assert log(MOST_CALLS) <= 0
    else:
        assert log(calls * 1.01) >= 0
        assert calls == 1 or log(calls * 0.99) <= 0


def test_the_interval_is_where_the_speedup_is_not_known_to_be_on_one_side() -> None:
    call, trip = known(math.log(2), 0.05), known(-math.log(2.5), 0.05)
    found = even(call, trip)
    for calls, side in ((found.low, "above"), (found.high, "below")):
        told = ALONE.log_speedups({"sin": call}, trip, calls)
        reach = getattr(told, side)[0] * (1 if side == "above" else -1)
        assert told.logs[0] + reach == pytest.approx(0, abs=1e-4)
    assert found.low < 4 < found.high


@cache
def of_a_device() -> dict[int, list[BreakEven]]:
    """Return the break-evens, by size, of many runs with a device, of few and of many rounds."""
    found: dict[int, list[BreakEven]] = {n: [] for n in EVENS}
    for seed in range(RUNS):
        rounds, noise = (4, 10)[seed % 2], NOISES[seed // 2 % len(NOISES)]
        cells = offloaded(WORK, tuple(EVENS), rounds=rounds, noise=noise, seed=seed)
        for n in EVENS:
            (choice,) = advise(cells, OP, n).choices
            found[n].append(choice.pays)
    return found


def test_the_true_numbers_of_calls_are_those_that_are_meant() -> None:
    assert [WORK.even(n) for n in EVENS] == pytest.approx(list(EVENS.values()), rel=1e-3)


def test_the_interval_holds_the_true_number_of_calls_from_which_on_a_device_is_faster() -> None:
    held = [even.low <= WORK.even(n) <= even.high for n, of_size in of_a_device().items() for even in of_size]
    assert np.mean(held) >= CONFIDENCE
    uncertain = [
        even.low <= WORK.even(n) <= even.high
        for n, of_size in of_a_device().items()
        if n not in (NEVER, AT_ONCE)
        for even in of_size
    ]
    assert np.mean(uncertain) >= CONFIDENCE - sampling_error(CONFIDENCE, len(uncertain))


def test_of_a_device_that_never_pays_or_pays_at_once_it_is_known_and_of_a_tie_it_is_not() -> None:
    found = of_a_device()
    assert {pays(even) for even in found[NEVER]} == {"pays at no number of calls per transfer"}
    assert {pays(even) for even in found[AT_ONCE]} == {"pays from the first call on"}
    assert np.mean([even.is_known for even in found[TIE]]) <= 1 - CONFIDENCE + sampling_error(
        CONFIDENCE, RUNS
    )


def test_errors_of_one_op_add_up_since_its_spans_share_their_rounds_and_those_of_two_ops_do_not() -> None:
    chain = Chain(ops=("sin", "abs"), seconds={"sin": 1.0, "abs": 1.0}, moving="abs")
    one = ALONE.log_speedups({"sin": known(0.2, 0.1)}, known(0.2, 0.1), 3)
    two = chain.log_speedups({"sin": known(0.2, 0.1), "abs": known(0.2, 0.1)}, known(0.2, 0.1), 3)
    assert (one.below[0], one.above[0]) == pytest.approx((0.1, 0.1))
    assert (two.below[0], two.above[0]) == pytest.approx((0.1 / math.sqrt(2),) * 2)


def test_where_the_call_may_be_slower_it_may_never_pay() -> None:
    found = even(known(0.1, 0.15), known(-1.0, 0.1))
    assert not found.is_known
    assert 1 < found.low < found.calls < found.high == math.inf
