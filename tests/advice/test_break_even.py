"""Break-even: with scripted times it is known from how many calls per transfer on a device is faster."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harness.advice.break_even import MOST_CALLS, BreakEven, break_even
from harness.advice.chain import Chain
from harness.advice.ratio_curve import Estimates, ratio_curves
from tests.support.call_and_trip import host, speedups_of_laws

LOGS = st.floats(-5, 5)
ALONE = Chain(ops=("sin",), seconds={"sin": 1.0}, moving="sin")


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


def test_the_interval_holds_the_true_number_of_calls() -> None:
    """A device with a latency and a transfer that are known, measured 200 times with noise."""
    laws = {
        "numpy": host(lambda n: 1e-6 + n * 1e-9),
        "torch-cuda": (lambda n: 8e-6 + n * 2e-11, lambda n: 40e-6 + n * 1e-9),
    }
    n, held, tries = 65_536, 0, 200
    numpy, call, trip = 66.536e-6, 9.31072e-6, 105.536e-6
    truth = (trip - call) / (numpy - call)
    for seed in range(tries):
        speedups = speedups_of_laws(laws, sizes=(16_384, n, 262_144), spread=0.05, seed=seed)
        curves = ratio_curves(speedups)
        at = (curves["torch-cuda", span].at(np.array([float(n)])) for span in ("call", "round_trip"))
        found = even(*at)
        held += found.low <= truth <= found.high
    assert held / tries >= 0.93


def test_where_the_call_may_be_slower_it_may_never_pay() -> None:
    found = even(known(0.1, 0.15), known(-1.0, 0.1))
    assert not found.is_known
    assert 1 < found.low < found.calls < found.high == math.inf
