"""Passes: what a speedup makes of each, of marks, of several threads and of what is missing."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import harness
from harness.answers.speedup import decided_at, log_ratios
from tests.support.pass_cells import Passes, pass_cells
from tests.support.stores import write_many

ROUNDS = 4
Marks = Sequence[Sequence[bool]]


def only(base: pd.DataFrame, other: pd.DataFrame) -> "pd.Series[float]":
    """Return the one row of a comparison of two cells."""
    return harness.speedup(pd.concat([base, other], ignore_index=True)).iloc[0]


def rounds_of(passes: Sequence[float], slower: Sequence[float] = (1.0, 1.002, 0.998, 1.0)) -> Passes:
    """Return rounds of the same passes, each slower than the first by a factor."""
    return [[seconds * factor for seconds in passes] for factor in slower]


def test_the_order_of_very_many_cells_changes_no_speedup(tmp_path: Path) -> None:
    write_many(tmp_path, 24, of=2, rounds=2, samples=4)
    cells = harness.load(tmp_path)
    order = np.random.default_rng(0).permutation(len(cells))
    names = ["machine", "op", "backend", "n", "span"]
    tables = (harness.speedup(table).sort_values(names) for table in (cells, cells.iloc[order]))
    pd.testing.assert_frame_equal(*(table.reset_index(drop=True) for table in tables), rtol=1e-12)


def test_a_pass_is_a_pair_whatever_the_host_does_from_pass_to_pass() -> None:
    """The medians of the rounds are 2 and 3, and in each pass the one takes half of the other's time."""
    passes = [1.0, 2.0, 2.0, 40.0]
    row = only(
        pass_cells("numpy", rounds_of(passes)), pass_cells("torch-cpu", rounds_of([t / 2 for t in passes]))
    )
    assert row.speedup == pytest.approx(2.0, rel=1e-3)
    assert row.verdict == "faster"


def test_a_round_is_the_median_of_the_passes_that_both_have() -> None:
    base = rounds_of([4.0, math.nan, 4.0, 4.0, 4.0, 4.0])
    other = rounds_of([2.0, 1e-9, math.nan, 1.0, 0.0, 2.0], slower=(1.0,) * ROUNDS)
    assert only(pass_cells("numpy", base), pass_cells("torch-cpu", other)).speedup == pytest.approx(
        2, rel=1e-3
    )


@pytest.mark.parametrize("where", ["numpy", "torch-cpu"])
def test_a_pass_that_is_marked_in_either_is_left_out_and_the_interval_covers_both(where: str) -> None:
    """Clean 2 times, and 3 while others use the cores."""
    marks = {name: [[name == where, name == where, False, False]] * ROUNDS for name in ("numpy", "torch-cpu")}
    base = pass_cells("numpy", rounds_of([6.0, 6.0, 2.0, 2.0]), marks["numpy"])
    other = pass_cells("torch-cpu", rounds_of([1.0] * 4, slower=(1.0,) * ROUNDS), marks["torch-cpu"])
    row = only(base, other)
    assert row.speedup == pytest.approx(2.0, rel=1e-3)
    assert row.busy == pytest.approx(math.sqrt(12), rel=1e-3)
    assert row.low < 2 < row.high == pytest.approx(row.busy)
    assert row.verdict == "faster"


def test_where_both_sides_of_a_verdict_are_covered_it_is_unsure_and_says_what_it_is_when_busy() -> None:
    marks = [[True] * 3 + [False] * 2] * ROUNDS
    base = pass_cells("numpy", rounds_of([1.3, 1.3, 1.3, 0.8, 0.8]), marks)
    row = only(base, pass_cells("torch-cpu", rounds_of([1.0] * 5, slower=(1.0,) * ROUNDS)))
    assert (row.verdict, row.reason) == ("unsure", "1.30× while others use the cores")


@pytest.mark.parametrize(("clean", "cores", "speedup"), [(2, 1.0, 2.0), (2, 2.0, 3.0), (3, 2.0, 2.0)])
def test_a_third_of_the_passes_stands_for_a_round_and_half_of_them_with_several_threads(
    clean: int, cores: float, speedup: float
) -> None:
    """Clean 2 times, else 3."""
    marks = [[at >= clean for at in range(5)]] * ROUNDS
    base = pass_cells("numpy", [[2.0] * clean + [3.0] * (5 - clean)] * ROUNDS, marks)
    row = only(base, pass_cells("torch-cpu", [[1.0] * 5] * ROUNDS, cores=cores))
    assert row.speedup == pytest.approx(speedup)


def test_fewer_clean_passes_than_a_third_do_not_stand_for_a_round() -> None:
    marks = [[True] * 3 + [False]] * ROUNDS
    base = pass_cells("numpy", rounds_of([3.0, 3.0, 3.0, 2.0]), marks)
    row = only(base, pass_cells("torch-cpu", rounds_of([1.0] * 4, slower=(1.0,) * ROUNDS)))
    assert row.speedup == pytest.approx(3.0, rel=1e-3)
    assert (math.isnan(row.busy), row.verdict) == (True, "faster")


@pytest.mark.parametrize(
    ("clean", "rounds", "speedup"), [(2, 4, 2.0), (1, 2, math.sqrt(6)), (2, 5, 18 ** (1 / 3))]
)
def test_clean_rounds_stand_for_all_where_they_are_half_of_them_and_two(
    clean: int, rounds: int, speedup: float
) -> None:
    """Clean 2 times, else 3; of five the lowest and the highest are left out of the mean."""
    base = [[2.0 if at < clean else 3.0] for at in range(rounds)]
    marks = [[at >= clean] for at in range(rounds)]
    row = only(pass_cells("numpy", base, marks), pass_cells("torch-cpu", [[1.0]] * rounds))
    assert row.speedup == pytest.approx(speedup)


@pytest.mark.parametrize("threaded", ["numpy", "torch-cpu"])
def test_several_threads_rest_on_two_clean_rounds_of_many_and_are_not_widened(threaded: str) -> None:
    cores = {name: 2.0 if name == threaded else 1.0 for name in ("numpy", "torch-cpu")}
    passes = [[1.0], [1.002], *[[400.0]] * 8]
    marks = [[False], [False], *[[True]] * 8]
    base = pass_cells("numpy", [[3.0]] * 10, cores=cores["numpy"])
    row = only(base, pass_cells("torch-cpu", passes, marks, cores=cores["torch-cpu"]))
    assert row.speedup == pytest.approx(3.0, rel=2e-3)
    assert (row.verdict, row.provisional) == ("faster", True)
    assert row.low > 2.9
    assert row.busy < 0.01


def test_several_threads_without_a_clean_round_have_no_verdict_and_take_no_part_in_a_crossing() -> None:
    spoiled = pass_cells("torch-cpu", [[400.0], [2.0], [500.0], [300.0]], [[True]] * 4, cores=2.0, n=64)
    cells = pd.concat(
        [
            *(pass_cells("numpy", rounds_of([1.0]), n=n) for n in (16, 64, 256)),
            pass_cells("torch-cpu", rounds_of([2.0], slower=(1.0,) * 4), cores=2.0, n=16),
            spoiled,
            pass_cells("torch-cpu", rounds_of([0.5], slower=(1.0,) * 4), cores=2.0, n=256),
        ],
        ignore_index=True,
    )
    table = harness.speedup(cells).set_index("n")
    assert table["verdict"].tolist() == ["slower", "unsure", "faster"]
    reason = "another process or a quota took a core; no pass was free of it, and the rounds differ by 251×"
    assert table.loc[64, "reason"] == reason
    assert harness.crossover(cells)["n"].item() == pytest.approx(64, rel=0.01)


def test_a_crossing_reaches_to_where_it_is_while_others_use_the_cores() -> None:
    """At 64 elements the backend is as fast, and 1.3 times while others use the cores: it crosses at 44."""
    marks = [[True] * 3 + [False] * 2] * ROUNDS
    cells = pd.concat(
        [
            pass_cells("numpy", rounds_of([0.5]), n=16),
            pass_cells("numpy", rounds_of([1.3, 1.3, 1.3, 1.0, 1.0]), marks, n=64),
            pass_cells("numpy", rounds_of([2.0]), n=256),
            *(pass_cells("torch-cpu", [[1.0] * (5 if n == 64 else 1)] * ROUNDS, n=n) for n in (16, 64, 256)),
        ],
        ignore_index=True,
    )
    row = harness.crossover(cells).iloc[0]
    assert row.n == pytest.approx(64, rel=0.01)
    assert row.low == pytest.approx(16 * 4 ** (math.log(2) / math.log(2.6)), rel=0.1)


@pytest.mark.parametrize(
    ("times", "reason"),
    [
        ([1.0], "only one round"),
        ([1.0, 1.3], "only 2 rounds"),
        ([1.0, 1.12, 1.0, 1.05], "the rounds differ by 12 %"),
        ([1.0, 5.0, 1.0, 1.05], "the rounds differ by 5.00×"),
        ([1.03, 1.05, 1.03, 1.05], "too close to the edge of a verdict"),
        ([1.0, 1.01, 1.0, 1.01], ""),
        ([2.0, 2.1, 2.0, 2.1], ""),
    ],
)
def test_what_is_unsure_says_why(times: Sequence[float], reason: str) -> None:
    base, other = pass_cells("numpy", [[t] for t in times]), pass_cells("torch-cpu", [[1.0]] * len(times))
    assert only(base, other).reason == reason


def test_a_verdict_of_a_quick_run_or_of_few_rounds_is_provisional() -> None:
    def provisional(rounds: int, *, quick: bool) -> bool:
        base, other = (
            pass_cells(name, [[seconds]] * rounds, quick=quick)
            for name, seconds in (("numpy", 2.0), ("torch-cpu", 1.0))
        )
        return bool(only(base, other).provisional)

    assert [provisional(rounds, quick=False) for rounds in (3, 4)] == [True, False]
    assert provisional(10, quick=True)


def test_a_side_takes_99_percent_unless_it_is_provisional() -> None:
    """Standard error 1.6 %, 3 degrees of freedom: 95 % begin at 1.05, 99 % at 1.01."""
    base = [[1.1 * math.exp(step)] for step in (-0.028, -0.028, 0.028, 0.028)]
    verdicts = [
        only(pass_cells("numpy", base, quick=quick), pass_cells("torch-cpu", [[1.0]] * 4)).verdict
        for quick in (False, True)
    ]
    assert verdicts == ["unsure", "faster"]


def with_a_lone_round(spread: float) -> pd.DataFrame:
    """Return what is made of six cells that are 1.25 times as fast, of which the first has one round."""
    random = np.random.default_rng(0)
    cells = [pass_cells("numpy", [[1.0]] * ROUNDS, n=n) for n in range(1, 7)]
    for n in range(1, 7):
        passes = 0.8 * np.exp(spread * random.standard_normal((1 if n == 1 else ROUNDS, 1)))
        cells.append(pass_cells("torch-cpu", passes.tolist(), n=n))
    return log_ratios(pd.concat(cells, ignore_index=True), "numpy").set_index("n")


def test_a_cell_with_one_round_has_the_spread_of_its_class() -> None:
    row = with_a_lone_round(0.02).loc[1]
    assert (row["verdict"], row["provisional"], row["rounds"]) == ("faster", True, 1)
    assert 0.01 < row["error"] < 0.04


def test_a_cell_with_one_round_is_not_done_however_sure_the_others_of_its_class_are() -> None:
    assert decided_at(with_a_lone_round(0.001), 1, 1).tolist() == [False] + [True] * 5


def test_an_early_look_is_stricter_than_the_last() -> None:
    """1.05 times, standard error 0.5 %, 3 degrees of freedom."""
    base = [[1.05 * math.exp(step)] for step in (-0.0087, -0.0087, 0.0087, 0.0087)]
    cells = pd.concat(
        [pass_cells("numpy", base), pass_cells("torch-cpu", [[1.0]] * ROUNDS)], ignore_index=True
    )
    table = log_ratios(cells, "numpy")
    assert [decided_at(table, look, 3).item() for look in (1, 2, 3)] == [False, False, True]


def test_cells_of_before_have_no_passes_and_rest_on_the_medians_of_their_rounds() -> None:
    columns = ["pass_seconds", "pass_marked", "cores", "looks", "control", "quick"]
    cells = pd.concat(
        [pass_cells("numpy", rounds_of([2.0])), pass_cells("torch-cpu", rounds_of([1.0]))], ignore_index=True
    )
    table = harness.speedup(cells.drop(columns=columns))
    assert (table["speedup"].item(), table["verdict"].item()) == (pytest.approx(2.0), "faster")
    empty = [np.empty((ROUNDS, 0))] * 2
    pd.testing.assert_frame_equal(table, harness.speedup(cells.assign(pass_seconds=empty, pass_marked=empty)))


def test_many_looks_make_an_interval_a_little_wider() -> None:
    cells = pd.concat(
        [pass_cells("numpy", rounds_of([2.0])), pass_cells("torch-cpu", [[1.0]] * ROUNDS)], ignore_index=True
    )
    widths = [
        math.log(row.high / row.low)
        for looks in (1, 3, 2000)
        for row in [harness.speedup(cells.assign(looks=looks)).iloc[0]]
    ]
    # Quantiles of Student's t with 3 degrees of freedom, of 95, 95.49 and 97.5 %.
    assert widths[1] / widths[0] == pytest.approx(3.3195 / 3.1824, rel=1e-4)
    assert widths[2] / widths[0] == pytest.approx(4.1765 / 3.1824, rel=1e-4)
