"""The baseline against itself: what a run's controls read, and which cells it is told of."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import NormalDist, fmean, median, variance

import numpy as np
import pandas as pd
import pytest

import harness
from harness.model import Cell, Round, Span
from harness.store.control import controls, controls_of_cells
from harness.store.frame import frame_of_cells
from tests.support.functions import SIZES, write_functions
from tests.support.runs import scripted_cell, write_run

Rows = Sequence[Sequence[float]]
"""Seconds, by round and pass."""


def cell(
    backend: str,
    n: int,
    rows: Rows,
    *,
    span: Span = Span.CALL,
    cores: float = 1.0,
    marked: tuple[int, ...] = (),
) -> Cell:
    """Return a cell of these passes, each of two samples; some of them are disturbed in every round."""
    rounds = tuple(
        Round(
            number=1,
            samples=tuple(seconds for seconds in row for _ in range(2)),
            disturbed=tuple(place in marked for place in range(len(row)) for _ in range(2)),
            passes=tuple(place for place in range(len(row)) for _ in range(2)),
            cores=cores,
            floor=0.0,
            faults_per_call=0.0,
            steady=True,
        )
        for row in rows
    )
    return replace(scripted_cell(backend, n, [], span=span), rounds=rounds)


def pair(n: int, ratios: Rows, *, cores: float = 1.0, marked: tuple[int, ...] = ()) -> list[Cell]:
    """Return a baseline and its control, which is faster by these ratios."""
    drift = [[1 + place + 10 * row for place in range(len(ratio))] for row, ratio in enumerate(ratios)]
    control = [[d / r for d, r in zip(*rows, strict=True)] for rows in zip(drift, ratios, strict=True)]
    return [
        cell("numpy", n, drift, cores=cores),
        cell("numpy", n, control, span=Span.CONTROL, cores=cores, marked=marked),
    ]


def control_of(cells: Sequence[Cell], backend: str = "numpy") -> float:
    """Return what a run of these cells says of its control beside a backend's first cell."""
    frame = frame_of_cells(cells, machine="here", run="now", quick=False)
    return float(frame[frame["backend"] == backend].iloc[0]["control"])


def shown(ratio: float) -> float:
    """Return the error of controls half of which are further from 1 than this, taken as normal."""
    return math.expm1(math.log(ratio) / NormalDist().inv_cdf(0.75))


def test_controls_that_differ_no_more_than_they_scatter_show_nothing() -> None:
    assert control_of(pair(16, [[1.1, 1.1, 0.9], [0.9, 0.9, 1.1]])) == 0.0


def test_controls_that_all_differ_show_by_how_much() -> None:
    """Whichever side they err to."""
    cells = [*pair(16, [[1.02] * 3] * 3), *pair(64, [[1 / 1.02] * 3] * 3)]
    assert control_of(cells) == pytest.approx(shown(1.02))


def test_what_controls_show_is_their_median_square_less_that_of_their_scatter() -> None:
    ratios = [[[1.10, 1.05, 1.3], [1.10, 1.0, 1.11]], [[1.05, 1.07, 1.06], [1.06, 1.01, 1.09]]]
    logs = [[math.log(median(row)) for row in rows] for rows in ratios]
    distance = median(abs(fmean(of_cell)) for of_cell in logs) / NormalDist().inv_cdf(0.75)
    scatter = median(variance(of_cell) / 2 for of_cell in logs)
    cells = [*pair(16, ratios[0]), *pair(64, ratios[1])]
    assert control_of(cells) == pytest.approx(math.expm1(math.sqrt(distance**2 - scatter)))


def test_one_control_that_something_else_has_hit_does_not_speak_for_the_others() -> None:
    calm = [cell for n in (16, 64, 256) for cell in pair(n, [[1.02] * 3] * 3)]
    assert control_of([*calm, *pair(1024, [[6.0] * 3] * 3)]) == pytest.approx(shown(1.02))


def test_several_threads_and_one_have_controls_of_their_own() -> None:
    cells = [
        *pair(16, [[1.02] * 3] * 3),
        *pair(64, [[1.3] * 3] * 3, cores=1.9),
        cell("torch-cpu", 16, [[1.0] * 3] * 3, cores=1.9),
        cell("torch-cpu-1t", 16, [[1.0] * 3] * 3),
        cell("torch-cuda:1", 16, [[1.0] * 3] * 3, cores=1.9),
        cell("old@torch-cuda", 16, [[1.0] * 3] * 3, cores=1.9),
        scripted_cell("jax-cpu", 16, [1.0, 1.0, 1.0]),
    ]
    for backend, expected in {
        "numpy": shown(1.02),
        "torch-cpu": shown(1.3),
        "torch-cpu-1t": shown(1.02),
        "torch-cuda:1": shown(1.02),  # its device is none of the processor's threads
        "old@torch-cuda": shown(1.02),  # as above
        "jax-cpu": shown(1.02),  # nobody observed how many it used
    }.items():
        assert control_of(cells, backend) == pytest.approx(expected), backend


def test_a_run_without_controls_of_a_class_does_not_say_what_they_would_show() -> None:
    assert math.isnan(control_of([scripted_cell("numpy", 16, [1.0, 1.0])]))
    assert math.isnan(
        control_of([*pair(16, [[1.0]] * 2), cell("torch-cpu", 16, [[1.0]], cores=2.0)], "torch-cpu")
    )
    assert math.isnan(control_of(pair(16, [[1.5] * 3])))  # one round does not tell its own scatter
    assert math.isnan(
        control_of([*pair(16, [[1.5] * 3] * 2)[1:], cell("numpy", 64, [[1.0]] * 2)])
    )  # no baseline


def test_a_control_rests_on_clean_passes_and_of_several_threads_on_nothing_else() -> None:
    """Beside a busy core threads wait for each other; what they read then says nothing of the measuring."""
    ratios = [[3.0, 3.0, 1.02]] * 3
    for cores in (1.0, 2.0):
        assert control_of(pair(16, ratios, cores=cores, marked=(0, 1))) == pytest.approx(shown(1.02))
    assert control_of(pair(16, ratios, marked=(0, 1, 2))) == pytest.approx(shown(3.0))
    assert math.isnan(control_of(pair(16, ratios, cores=2.0, marked=(0, 1, 2))))


def test_each_run_has_its_own_control_and_shows_it_among_no_cells(tmp_path: Path) -> None:
    for second, ratio in enumerate((1.0, 1.01, 1.05)):
        cells = [*pair(16, [[ratio] * 3] * 3), *pair(64, [[ratio] * 3] * 3)]
        write_run(tmp_path, cells, run=f"20260101T00000{second}Z-000000")
    frame = harness.load(tmp_path)
    assert set(frame["span"]) == {"call"}
    assert list(frame.index) == list(range(6))
    expected = [shown(ratio) for ratio in (1.0, 1.0, 1.01, 1.01, 1.05, 1.05)]
    np.testing.assert_allclose(frame["control"], expected, atol=1e-12)


def test_cells_in_memory_are_rows_without_gaps_where_controls_lie_between_them() -> None:
    cells = [*pair(16, [[1.0]] * 2), *pair(64, [[1.0]] * 2)]
    frame = frame_of_cells(cells, machine="here", run="now", quick=False)
    assert list(frame.index) == [0, 1]


def test_controls_that_no_number_can_tell_have_an_interval_without_an_end() -> None:
    ratios = [[1e200], [1e-200], [1e290]]
    table = controls_of_cells(pair(16, ratios))
    assert table["high"].item() == math.inf
    assert control_of(pair(16, [[1e300], [1e300]])) == math.inf


def test_a_runs_controls_are_told_one_by_one_with_intervals(tmp_path: Path) -> None:
    cells = [*pair(16, [[1.02] * 3] * 3), *pair(64, [[1.1] * 3, [1.2] * 3], cores=1.9)]
    table = controls(write_run(tmp_path, cells))
    pd.testing.assert_frame_equal(table, controls_of_cells(cells))
    assert list(table["op"]) == ["abs", "abs"]
    assert list(table["n"]) == [16, 64]
    assert list(table["threaded"]) == [False, True]
    assert list(table["ratio"]) == pytest.approx([1.02, math.sqrt(1.1 * 1.2)])
    assert table["low"][1] < 1.1 < table["ratio"][1] < 1.2 < table["high"][1]
    assert list(table.loc[0, ["low", "high"]]) == pytest.approx([1.02, 1.02])


def test_a_run_without_controls_has_an_empty_table_of_them(tmp_path: Path) -> None:
    for cells in ([], [scripted_cell("numpy", 16, [1.0])]):
        run = write_run(tmp_path, cells, run=f"20260101T00000{len(cells)}Z-000000", complete=bool(cells))
        table = controls(run)
        assert table.empty
        assert "ratio" in table


def test_a_control_is_of_whatever_is_the_baseline(tmp_path: Path) -> None:
    run = write_functions(tmp_path)
    table = controls(run)
    assert set(table["backend"]) == {"old@numpy"}
    assert sorted(table["n"]) == list(SIZES)
    assert harness.load(tmp_path)["control"].tolist() == [0.0] * 24
