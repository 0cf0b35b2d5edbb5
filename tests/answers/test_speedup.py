"""Speedups: laws that hold for any times, and verdicts at their limits."""

import math
from collections.abc import Callable
from pathlib import Path
from random import Random

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import harness
from harness.errors import UnknownNameError
from harness.model import ON_DEVICE, WAITED_FOR, Span, Status
from tests.support.runs import Times, on_disk, scripted_cell, write_run
from tests.support.stores import write_machine

CellsOf = Callable[[Times], pd.DataFrame]
SPANS = (*WAITED_FOR, *ON_DEVICE)
rounds = st.lists(st.floats(1e-9, 1e2), min_size=2, max_size=6)


def only(cells: pd.DataFrame, baseline: str = "numpy") -> "pd.Series[float]":
    """Return the one row of a comparison of two backends at one size."""
    table = harness.speedup(cells, baseline)
    assert len(table) == 1
    return table.iloc[0]


@on_disk
@given(rounds)
def test_a_backend_is_as_fast_as_its_double(cells_of: CellsOf, times: list[float]) -> None:
    row = only(cells_of({("numpy", 16): times, ("torch-cpu", 16): times}))
    assert (row.speedup, row.low, row.high) == (1.0, 1.0, 1.0)
    assert row.verdict == "same"


@on_disk
@given(rounds, st.floats(1e-3, 1e3), st.randoms())
def test_scaling_all_times_and_reordering_rounds_changes_no_speedup(
    cells_of: CellsOf, times: list[float], factor: float, random: Random
) -> None:
    pairs = list(zip(times, reversed(times), strict=True))
    plain = only(cells_of({("numpy", 16): [a for a, _ in pairs], ("torch-cpu", 16): [b for _, b in pairs]}))
    random.shuffle(pairs)
    scaled = only(
        cells_of(
            {("numpy", 16): [a * factor for a, _ in pairs], ("torch-cpu", 16): [b * factor for _, b in pairs]}
        )
    )
    assert scaled.speedup == pytest.approx(plain.speedup)
    # Passes are held in single precision, which an interval of two rounds magnifies.
    assert scaled.low == pytest.approx(plain.low, rel=1e-5)


@on_disk
@given(rounds)
def test_swapping_backend_and_baseline_inverts_the_speedup(cells_of: CellsOf, times: list[float]) -> None:
    cells = cells_of({("numpy", 16): times, ("torch-cpu", 16): times[::-1]})
    there, back = only(cells), only(cells, "torch-cpu")
    assert there.speedup == pytest.approx(1 / back.speedup)
    assert there.low == pytest.approx(1 / back.high)


@on_disk
@given(st.lists(rounds, min_size=1, max_size=3))
def test_every_speedup_lies_in_its_interval_and_is_the_same_beside_a_few_others_as_alone(
    cells_of: CellsOf, sizes: list[list[float]]
) -> None:
    times = {
        (backend, 4**power): list(order)
        for power, seconds in enumerate(sizes, 2)
        for backend, order in (("numpy", seconds), ("torch-cpu", seconds[::-1]))
    }
    cells = cells_of(times)
    together = harness.speedup(cells)
    assert ((together["low"] <= together["speedup"]) & (together["speedup"] <= together["high"])).all()
    for row in together.itertuples():
        alone = only(cells[cells["n"] == row.n])
        assert (alone.speedup, alone.low, alone.high) == pytest.approx((row.speedup, row.low, row.high))
        assert alone.verdict == row.verdict


@on_disk
@given(rounds)
def test_a_speedup_of_few_rounds_is_the_ratio_of_the_times_that_are_shown(
    cells_of: CellsOf, times: list[float]
) -> None:
    times = times[:4]  # the mean of more is a trimmed one
    cells = cells_of({("numpy", 16): times, ("torch-cpu", 16): [t * t for t in times]})
    seconds = cells.set_index("backend")["seconds"]
    assert only(cells).speedup == pytest.approx(seconds["numpy"] / seconds["torch-cpu"])


def test_what_a_round_does_to_both_cancels(cells_of: CellsOf) -> None:
    """Rounds differ by a factor of five, but in each of them Torch takes half of NumPy's time."""
    row = only(cells_of({("numpy", 16): [1.0, 5.0, 2.0], ("torch-cpu", 16): [0.5, 2.5, 1.0]}))
    assert row.speedup == pytest.approx(2.0)
    assert row.high == pytest.approx(2.0)
    assert row.verdict == "faster"


def test_the_interval_is_the_t_interval_of_the_log_ratios(cells_of: CellsOf) -> None:
    # Standard error 0.1 / sqrt(3), 97.5 % quantile of t with 2 degrees of freedom 4.3027.
    row = only(
        cells_of({("numpy", 16): [1.0, math.exp(0.1), math.exp(0.2)], ("torch-cpu", 16): [1.0, 1.0, 1.0]})
    )
    assert math.log(row.speedup) == pytest.approx(0.1)
    assert math.log(row.high) == pytest.approx(0.1 + 0.248414, abs=1e-5)


@pytest.mark.parametrize(
    ("torch", "verdict"),
    [
        ([0.98, 0.98, 0.98], "faster"),
        ([0.98, 0.99, 1.0], "same"),
        ([0.96, 0.99, 1.02], "unsure"),
        ([1.02, 1.02, 1.02], "slower"),
        ([0.9, 1.1, 0.5], "unsure"),
        ([0.51], "unsure"),
        ([0.25], "faster"),
    ],
)
def test_a_verdict_needs_an_interval_clear_of_one_percent_or_within_five(
    cells_of: CellsOf, torch: list[float], verdict: str
) -> None:
    row = only(cells_of({("numpy", 16): [1.0] * len(torch), ("torch-cpu", 16): torch}))
    assert row.verdict == verdict
    assert (row.reason == "") == (verdict != "unsure")


def test_the_machines_own_error_and_the_runs_control_widen_the_band(cells_of: CellsOf) -> None:
    cells = cells_of({("numpy", 16): [1.0] * 3, ("torch-cpu", 16): [0.97] * 3})
    assert harness.speedup(cells).verdict.item() == "faster"
    assert harness.speedup(cells, aa_error=0.05).verdict.item() == "same"
    for control in ([0.05, math.nan], [math.nan, 0.05]):
        assert harness.speedup(cells.assign(control=control)).verdict.item() == "same"


def test_a_margin_of_nothing_leaves_the_band(cells_of: CellsOf) -> None:
    cells = cells_of({("numpy", 16): [1.0] * 3, ("torch-cpu", 16): [0.98, 0.99, 1.0]})
    assert harness.speedup(cells, margin=0.0).verdict.item() == "unsure"
    assert harness.speedup(cells, margin=0.05).verdict.item() == "same"


def test_one_round_has_the_typical_spread_of_processes_and_is_provisional(cells_of: CellsOf) -> None:
    row = only(cells_of({("numpy", 16): [4.0], ("torch-cpu", 16): [2.0]}))
    assert (row.speedup, row.provisional, row.reason) == (2.0, True, "only one round")
    # 8 %, 97.5 % quantile of t with 4 degrees of freedom 2.7764.
    assert math.log(row.high / 2) == pytest.approx(0.08 * 2.7764, abs=1e-4)


@pytest.mark.parametrize("status", [s for s in Status if s not in (Status.OK, Status.NOISY)])
@pytest.mark.parametrize("failed", ["numpy", "torch-cpu"])
def test_a_cell_that_failed_enters_no_speedup(tmp_path: Path, status: Status, failed: str) -> None:
    cells = [
        scripted_cell(name, 16, [1.0, 1.0], status=status if name == failed else Status.OK)
        for name in ("numpy", "torch-cpu")
    ]
    write_run(tmp_path, cells)
    row = only(harness.load(tmp_path))
    assert math.isnan(row.speedup)
    assert row.status == status
    assert row.verdict == "unsure"


@pytest.mark.parametrize("noisy", ["numpy", "torch-cpu"])
def test_a_noisy_cell_is_named_and_has_a_verdict(tmp_path: Path, noisy: str) -> None:
    cells = [
        scripted_cell(name, 16, [t, t, t], status=Status.NOISY if name == noisy else Status.OK)
        for name, t in (("numpy", 2.0), ("torch-cpu", 1.0))
    ]
    write_run(tmp_path, cells)
    row = only(harness.load(tmp_path))
    assert (row.speedup, row.verdict, row.status) == (2.0, "faster", "noisy")


def test_where_the_baseline_failed_its_status_is_told_and_not_the_noise_of_the_other(tmp_path: Path) -> None:
    cells = [
        scripted_cell("numpy", 16, [1.0, 1.0], status=Status.WRONG),
        scripted_cell("torch-cpu", 16, [1.0, 1.0], status=Status.NOISY),
    ]
    write_run(tmp_path, cells)
    row = only(harness.load(tmp_path))
    assert (math.isnan(row.speedup), row.status) == (True, "wrong")


def test_an_unknown_baseline_is_named_with_those_there_are(cells_of: CellsOf) -> None:
    with pytest.raises(UnknownNameError, match=r"'jax'.*numpy, torch-cpu"):
        harness.speedup(cells_of({("numpy", 16): [1.0], ("torch-cpu", 16): [1.0]}), "jax")


def test_a_span_that_the_baseline_has_not_is_held_against_its_call(tmp_path: Path) -> None:
    cells = [
        scripted_cell("numpy", 16, [8.0, 8.0], span=Span.CALL),
        scripted_cell("numpy", 16, [9.0, 9.0], span=Span.ROUND_TRIP),
        *(
            scripted_cell("torch-cuda", 16, [seconds] * 2, span=span)
            for span, seconds in zip(SPANS, (4.0, 18.0, 1.0, 2.0), strict=True)
        ),
    ]
    write_run(tmp_path, cells)
    speedups = harness.speedup(harness.load(tmp_path)).set_index("span")["speedup"].to_dict()
    assert speedups == pytest.approx({"call": 2.0, "round_trip": 0.5, "device": 8.0, "pipelined": 4.0})


def test_a_span_that_both_devices_have_is_held_against_its_like(tmp_path: Path) -> None:
    cells = [
        scripted_cell(backend, 16, [seconds] * 2, span=span)
        for backend, times in (("torch-cuda", (4.0, 3.0)), ("torch-cuda:1", (2.0, 1.0)))
        for span, seconds in zip((Span.CALL, Span.DEVICE), times, strict=True)
    ]
    write_run(tmp_path, cells)
    speedups = harness.speedup(harness.load(tmp_path), "torch-cuda").set_index("span")["speedup"].to_dict()
    assert speedups == pytest.approx({"call": 2.0, "device": 3.0})


def test_machines_together_have_the_speedups_that_each_has_alone(tmp_path: Path) -> None:
    """One machine has no round trips of NumPy, the other has; and each has an A/A error of its own."""
    write_machine(tmp_path, "one", ops=("abs", "mm"), samples=1)
    write_machine(tmp_path, "two", ops=("abs",), samples=1, pace=2.0)
    cells = harness.load(tmp_path)
    gone = (cells["machine"] == "two") & (cells["backend"] == "numpy") & (cells["span"] == "round_trip")
    cells = cells[~gone]
    errors = {"one": 0.5, "two": 0.02}
    for compare in (harness.speedup, harness.crossover):
        together = compare(cells, aa_error=errors)
        assert set(together["machine"]) == {"one", "two"}
        for name, of_machine in together.groupby("machine", sort=False):
            alone = compare(cells[cells["machine"] == name], aa_error=errors[str(name)])
            pd.testing.assert_frame_equal(of_machine.reset_index(drop=True), alone)


def test_an_interval_that_no_number_can_end_is_open_and_decides_nothing(cells_of: CellsOf) -> None:
    row = only(cells_of({("numpy", 16): [1e-300, 1e300], ("torch-cpu", 16): [1.0, 1.0]}))
    assert (row.low, row.high, row.verdict) == (0.0, math.inf, "unsure")
