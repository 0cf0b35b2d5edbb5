"""Ceilings: what a time means beside them, and what cannot be true."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.asv.catalogue import declared_ops
from harness.machine.ceilings import MARGIN, ceiling_name, judge, least_seconds, raise_ceilings, rates, work
from harness.model import Ceiling, Status
from tests.support.ceilings import ALL, CEILINGS, ONE, moving
from tests.support.projects import PROJECT
from tests.support.runs import scripted_cell

OPS = declared_ops(PROJECT)


@pytest.mark.parametrize(
    ("op", "moved", "flop"),
    [
        ("abs", 2 * 4096 * 4, math.nan),
        ("sin", 2 * 4096 * 4, math.nan),
        ("mean", 4096 * 4, 4096),
        ("mm", 3 * 4096 * 4, 2 * 64**3),
        ("mean_square", 4096 * 4, 2 * 4096),
        ("mean_square_graph", 4096 * 4, 2 * 4096),
        ("backward", 2 * 4096 * 4, 3 * 4096),
        ("from_numpy", 2 * 4096 * 4, math.nan),
        ("to_numpy", 2 * 4096 * 4, math.nan),
    ],
)
def test_every_op_says_what_it_moves_and_computes_at_least(op: str, moved: float, flop: float) -> None:
    assert work(OPS[op], "numpy", 4096, "float32") == pytest.approx((moved, flop), nan_ok=True)
    assert work(OPS[op], "numpy", 4096, "float64")[0] == 2 * moved


def test_square_matrices_are_counted_as_they_are_where_a_size_is_no_square() -> None:
    assert work(OPS["mm"], "numpy", 1000, "float32") == pytest.approx((3 * 31**2 * 4, 2 * 31**3))


@pytest.mark.parametrize("op", ["from_numpy", "to_numpy"])
@pytest.mark.parametrize("backend", ["torch-cpu", "torch-cpu-1t"])
def test_a_conversion_that_shares_memory_has_no_rate_and_is_never_implausible(op: str, backend: str) -> None:
    moved, flop = work(OPS[op], backend, 4**12, "float32")
    cell = moving(moved, 3e-7, backend=backend, flop=flop)
    shares = rates(cell, 3e-7, CEILINGS)
    assert math.isnan(shares.bytes_per_second)
    assert math.isnan(shares.ceiling_share)
    assert judge(cell, CEILINGS) == cell


def test_a_share_is_the_least_time_over_the_time_taken() -> None:
    shares = rates(moving(1e6, 2e-5), 2e-5, CEILINGS)
    assert shares.bytes_per_second == pytest.approx(50e9)
    assert shares.ceiling_share == pytest.approx(0.5)
    assert math.isnan(shares.flop_per_second)


def test_the_bound_that_takes_longer_counts() -> None:
    assert least_seconds(1e6, 1e6, "float32", ALL) == pytest.approx(1e-5)
    assert least_seconds(1e6, 1e8, "float32", ALL) == pytest.approx(5e-4)


def test_only_what_no_cache_holds_is_held_against_memory() -> None:
    assert least_seconds(1e8 - 1, math.nan, "float32", ALL) == pytest.approx(1e-3)
    assert least_seconds(1e8, math.nan, "float32", ALL) == pytest.approx(5e-3)


@pytest.mark.parametrize("backend", ["numpy-1t", "old@numpy-1t"])
def test_a_backend_on_one_thread_has_the_ceiling_of_one_thread(backend: str) -> None:
    assert rates(moving(1e6, 2e-5, backend=backend), 2e-5, CEILINGS).ceiling_share == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("backend", "name"),
    [
        ("old@numpy", "ceiling"),
        ("old@torch-cpu-1t", "ceiling, 1 thread"),
        ("old@torch-cuda:1", "ceiling cuda:1"),
        ("a backend of a later version", "ceiling"),
    ],
)
def test_a_ceiling_is_called_after_its_device_and_threads(backend: str, name: str) -> None:
    assert ceiling_name(backend) == name


def test_a_cell_above_its_ceiling_is_implausible_and_says_by_how_much() -> None:
    judged = judge(moving(1e6, 1e-8), CEILINGS)
    assert judged.status is Status.IMPLAUSIBLE
    assert "100 TB/s, though this machine's cpu reached 100 GB/s at best" in judged.reason
    assert judged.rounds == moving(1e6, 1e-8).rounds
    assert "10.0 TFLOP/s, though" in judge(moving(1.0, 1e-7, flop=1e6), CEILINGS).reason


def test_a_call_that_takes_no_longer_than_an_empty_loop_is_implausible() -> None:
    judged = judge(scripted_cell("a-new-one", 16, [-1e-9, 0.0, 1e-9]), [])
    assert judged.status is Status.IMPLAUSIBLE
    assert "no longer than an empty loop (10.0 ns)" in judged.reason


@pytest.mark.parametrize("status", [s for s in Status if s not in (Status.OK, Status.NOISY)])
def test_a_cell_without_a_time_is_not_judged(status: Status) -> None:
    cell = replace(moving(1e6, 1e-12), status=status, reason="as it was")
    assert judge(cell, CEILINGS) == cell


@pytest.mark.parametrize("ceilings", [[], [replace(ALL, device="cuda")], [replace(ALL, matmul={})]])
def test_what_has_no_ceiling_is_not_judged_by_it(ceilings: list[Ceiling]) -> None:
    cell = moving(math.nan, 1e-12, flop=1e6)
    assert judge(cell, ceilings) == cell
    unknown = moving(1e6, 1e-12, backend="jax")
    assert judge(unknown, ceilings) == unknown


@given(
    st.floats(1.0, 1e12),
    st.floats(0.0, 1e15) | st.just(math.nan),
    st.floats(1 / (0.999 * MARGIN), 1e6),
    st.sampled_from(["numpy", "numpy-1t", "torch-cpu", "torch-cpu-1t"]),
)
def test_a_cell_is_implausible_if_and_only_if_it_is_faster_than_the_margin(
    moved: float, flop: float, slower: float, backend: str
) -> None:
    least = least_seconds(moved, flop, "float32", ONE if backend.endswith("1t") else ALL)
    assert judge(moving(moved, least * slower, backend=backend, flop=flop), CEILINGS).status is Status.OK
    fast = least / slower / MARGIN**2
    assert judge(moving(moved, fast, backend=backend, flop=flop), CEILINGS).status is Status.IMPLAUSIBLE


def test_of_two_measurements_the_better_counts() -> None:
    again = replace(ALL, in_cache=90e9, in_memory=30e9, matmul={"float64": 1e11}, timer=1e-8)
    cuda = replace(ALL, device="cuda")
    assert raise_ceilings(CEILINGS, [again, cuda]) == [
        replace(ALL, in_memory=30e9, matmul={"float32": 200e9, "float64": 1e11}, timer=1e-8),
        ONE,
        cuda,
    ]
