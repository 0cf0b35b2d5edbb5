"""Advice in words."""

import math

import pytest

from harness.advice.advice import Advice, Choice, pays
from harness.advice.break_even import BreakEven
from harness.advice.ratio_curve import Basis
from harness.model import Verdict

AT_ONCE = BreakEven(calls=1, low=1, high=1)
NEVER = BreakEven(calls=math.inf, low=math.inf, high=math.inf)


def choice(
    backend: str,
    speedup: float,
    verdict: Verdict,
    *,
    spread: float = 1.05,
    even: BreakEven = AT_ONCE,
    basis: Basis = Basis.MEASURED,
) -> Choice:
    """Return a choice whose interval is a factor wide to either side."""
    return Choice(
        backend=backend,
        speedup=speedup,
        low=speedup / spread,
        high=speedup * spread,
        verdict=verdict,
        pays=even,
        basis=basis,
    )


def advice(*choices: Choice) -> Advice:
    """Return advice on sin at a size."""
    return Advice(ops=("sin",), dtype="float32", baseline="numpy", n=1000, calls=3, choices=choices)


def test_the_fastest_is_named_with_its_speedup_and_when_it_pays() -> None:
    even = BreakEven(calls=2.4, low=1.7, high=3.2)
    told = str(advice(choice("torch-cuda", 14, Verdict.FASTER, even=even)))
    assert (
        told
        == "torch-cuda, 14 times (13 to 15) faster than numpy; pays from 3 calls per transfer on (2 to 4)"
    )


def test_one_that_may_be_as_fast_is_named_and_a_slower_one_is_not() -> None:
    others = choice("torch-cpu", 13.5, Verdict.FASTER), choice("torch-cpu-1t", 2, Verdict.FASTER)
    told = str(advice(choice("torch-cuda", 14, Verdict.FASTER), *others))
    assert told.endswith("pays from the first call on; torch-cpu may be as fast")


def test_what_is_probably_faster_is_advised_though_it_is_not_known_to_be() -> None:
    torch = choice("torch-cpu", 1.7, Verdict.UNSURE, spread=1.8)
    told = advice(torch, choice("torch-cpu-1t", 0.9, Verdict.SLOWER))
    assert (told.best, told.advised) == (None, torch)
    assert (
        str(told)
        == "probably torch-cpu, 1.7 times (0.94 to 3.1) faster than numpy; pays from the first call on"
    )


def test_what_is_probably_faster_by_less_than_the_margin_is_not_advised() -> None:
    told = advice(choice("torch-cpu", 1.04, Verdict.UNSURE, spread=1.8))
    assert told.advised is None
    assert str(told).startswith("stay with numpy: whether torch-cpu is faster is not known")


def test_of_one_that_is_probably_faster_and_one_that_is_for_sure_both_are_named() -> None:
    sure = choice("torch-cpu-1t", 1.2, Verdict.FASTER)
    told = advice(choice("torch-cpu", 1.7, Verdict.UNSURE, spread=1.8), sure)
    assert told.best is sure
    assert told.advised is told.choices[0]
    assert str(told).startswith("probably torch-cpu, 1.7 times")
    assert str(told).endswith("; torch-cpu-1t is for sure, 1.2 times (1.1 to 1.3)")
    near = advice(choice("torch-cpu", 1.24, Verdict.UNSURE, spread=1.8), sure)
    assert near.advised is sure
    assert str(near).endswith("; torch-cpu may be as fast")


@pytest.mark.parametrize(
    ("verdict", "told"),
    [
        (Verdict.SLOWER, "the next is torch-cpu, 0.50 times (0.48 to 0.53) as fast"),
        (Verdict.SAME, "torch-cpu is about as fast, 0.50 times (0.48 to 0.53)"),
        (Verdict.UNSURE, "whether torch-cpu is faster is not known, 0.50 times (0.48 to 0.53)"),
    ],
)
def test_where_nothing_is_faster_the_baseline_is_kept_with_a_reason(verdict: Verdict, told: str) -> None:
    sentence = str(advice(choice("torch-cpu", 0.5, verdict, even=NEVER)))
    assert sentence == f"stay with numpy: {told}; it pays at no number of calls per transfer"


def test_what_lies_beyond_the_measured_sizes_is_said_to() -> None:
    for verdict in (Verdict.FASTER, Verdict.SLOWER):
        told = str(advice(choice("torch-cpu", 2, verdict, basis=Basis.EXTRAPOLATED)))
        assert told.endswith("; beyond the sizes that were measured, where this may mislead")


@pytest.mark.parametrize(
    ("even", "told"),
    [
        (AT_ONCE, "pays from the first call on"),
        (BreakEven(calls=1, low=1, high=2.5), "pays from the first call on (1 to 3)"),
        (BreakEven(calls=2.5, low=2.2, high=2.9), "pays from 3 calls per transfer on"),
        (
            BreakEven(calls=14_230, low=12_500, high=16_010),
            "pays from 14 000 calls per transfer on (12 000 to 16 000)",
        ),
        (
            BreakEven(calls=40, low=8.1, high=math.inf),
            "not known to pay at any number of calls per transfer (at least 9)",
        ),
        (BreakEven(calls=1, low=1, high=math.inf), "not known to pay at any number of calls per transfer"),
        (NEVER, "pays at no number of calls per transfer"),
    ],
)
def test_break_even_in_words(even: BreakEven, told: str) -> None:
    assert pays(even) == told
