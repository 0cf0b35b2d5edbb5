"""Comparisons of two runs: laws that hold for any times, and how often a verdict is right."""

import math
from collections.abc import Sequence
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import harness
from harness.answers.comparison import mean_ratio
from harness.errors import UsageError
from harness.model import Status
from harness.statistics.geometric_mean import estimate

some_times = st.lists(
    st.lists(st.floats(1e-9, 1e2), min_size=2, max_size=4), min_size=1, max_size=6
)  # cells, rounds
Changes = dict[str, object]


def cells_of(times: Sequence[Sequence[float]], **changes: object) -> pd.DataFrame:
    """Return the cells of a run: one size after another, with a time per round."""
    rows = [
        {
            "op": "abs",
            "backend": "numpy",
            "n": 4**power,
            "dtype": "float32",
            "span": "call",
            "status": "ok",
            "quick": False,
            "seconds": estimate(rounds).value,
            "round_seconds": list(rounds),
        }
        for power, rounds in enumerate(times)
    ]
    return pd.DataFrame(rows).assign(**changes)


def noisy_run(
    random: np.random.Generator,
    spread: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    rounds: int,
    slowed: float = 1.0,
) -> pd.DataFrame:
    """Return a run of cells that take 1 us, with so much spread between the rounds of each."""
    logs = random.standard_normal((len(spread), rounds)) * spread[:, None]
    return cells_of((1e-6 * slowed * np.exp(logs)).tolist())


@given(some_times)
def test_a_run_takes_as_long_as_itself(times: list[list[float]]) -> None:
    table = harness.compare(cells_of(times), cells_of(times))
    assert table["ratio"].tolist() == [1.0] * len(times)
    assert set(table["verdict"]) <= {"same", "unsure"}
    assert mean_ratio(cells_of(times), cells_of(times)).value == 1.0


@given(some_times, st.randoms(use_true_random=False))
def test_swapping_the_runs_inverts_the_ratio(times: list[list[float]], random: Random) -> None:
    other = [[t * random.uniform(0.5, 2) for t in rounds] for rounds in times]
    there, back = (harness.compare(cells_of(x), cells_of(y)) for x, y in ((times, other), (other, times)))
    np.testing.assert_allclose(there["ratio"], 1 / back["ratio"])
    np.testing.assert_allclose(there["low"], 1 / back["high"])
    np.testing.assert_allclose(there["p"], back["p"], rtol=1e-5, atol=1e-12)
    swapped = {"faster": "slower", "slower": "faster"}
    assert [swapped.get(v, v) for v in there["verdict"]] == back["verdict"].tolist()


@given(some_times, st.floats(1e-3, 1e3))
def test_scaling_both_runs_changes_nothing(times: list[list[float]], factor: float) -> None:
    other = [[t * (1 + 0.1 * at) for at, t in enumerate(rounds)] for rounds in times]
    plain = harness.compare(cells_of(times), cells_of(other))
    scaled = harness.compare(
        *(cells_of([[t * factor for t in rounds] for rounds in run]) for run in (times, other))
    )
    for column in ("ratio", "low", "high"):
        np.testing.assert_allclose(plain[column], scaled[column], rtol=1e-6)


@given(some_times, some_times)
def test_every_ratio_lies_in_its_interval_and_is_that_of_the_times_that_are_shown(
    times: list[list[float]], other: list[list[float]]
) -> None:
    table = harness.compare(cells_of(times), cells_of(other)).query("ratio.notna()")
    assert len(table) == min(len(times), len(other))
    assert ((table["low"] <= table["ratio"]) & (table["ratio"] <= table["high"])).all()
    np.testing.assert_allclose(table["ratio"], table["seconds_b"] / table["seconds_a"])


@given(some_times)
def test_the_mean_ratio_lies_in_its_interval_and_of_one_cell_is_that_cells(times: list[list[float]]) -> None:
    other = [[t * (1 + 0.1 * at) for at, t in enumerate(rounds)] for rounds in times]
    mean = mean_ratio(cells_of(times), cells_of(other))
    assert not mean.low > mean.value  # rounds that not every cell has leave no interval
    assert not mean.value > mean.high
    alone = mean_ratio(cells_of(times[:1]), cells_of(other[:1]))
    row = harness.compare(cells_of(times[:1]), cells_of(other[:1]))
    assert alone.value == pytest.approx(row["ratio"].item())
    assert (alone.low, alone.high) == pytest.approx((row["low"].item(), row["high"].item()))


def test_the_interval_of_a_lone_cell_is_welchs() -> None:
    """Standard errors 0.1 / sqrt(3) and 0.2 / sqrt(3), 2.94 degrees of freedom, quantile 3.2186."""
    a, b = ([math.exp(step * x) for x in (-1, 0, 1)] for step in (0.1, 0.2))
    row = harness.compare(cells_of([a]), cells_of([b])).iloc[0]
    assert row["ratio"] == pytest.approx(1.0)
    assert math.log(row["high"]) == pytest.approx(0.41549, abs=1e-4)


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [(0.9, "faster"), (0.995, "same"), (1.0, "same"), (1.009, "same"), (1.02, "slower")],
)
def test_a_verdict_needs_more_than_one_percent(factor: float, verdict: str) -> None:
    exact = [[1.0, 1.0, 1.0]] * 3
    table = harness.compare(cells_of(exact), cells_of([[t * factor for t in rounds] for rounds in exact]))
    assert set(table["verdict"]) == {verdict}


def test_a_machines_own_error_and_a_wish_widen_what_is_same() -> None:
    a, b = cells_of([[1.0] * 3]), cells_of([[1.04] * 3])
    assert harness.compare(a, b)["verdict"].item() == "slower"
    assert harness.compare(a, b, aa_error=0.05)["verdict"].item() == "same"
    assert harness.compare(a, b, least=0.05)["verdict"].item() == "same"


@pytest.mark.parametrize(
    ("changes", "provisional"),
    [({"status": "noisy"}, False), ({"quick": True}, True), ({"round_seconds": [[2.0] * 3] * 2}, True)],
    ids=["noisy", "quick", "three rounds"],
)
@pytest.mark.parametrize("which", [0, 1])
def test_what_rests_on_little_has_a_verdict_that_says_so(
    changes: Changes, which: int, *, provisional: bool
) -> None:
    sides = [cells_of([[1.0] * 4] * 2), cells_of([[2.0] * 4] * 2)]
    sides[which] = sides[which].assign(**changes)
    table = harness.compare(*sides)
    assert table["provisional"].tolist() == [provisional] * 2
    assert set(table["verdict"]) <= {"slower", "same"}


@pytest.mark.parametrize("which", [0, 1])
def test_one_round_has_a_ratio_but_no_verdict(which: int) -> None:
    sides = [cells_of([[1.0] * 3] * 2), cells_of([[2.0] * 3] * 2)]
    sides[which] = sides[which].assign(round_seconds=[[9.0]] * 2)
    table = harness.compare(*sides)
    assert set(table["verdict"]) == {"unsure"}
    assert table["ratio"].notna().all()
    assert table[["p", "detectable"]].isna().all(axis=None)


@pytest.mark.parametrize("status", [s for s in Status if s not in (Status.OK, Status.NOISY)])
def test_a_cell_that_failed_has_no_ratio_and_says_why(status: Status) -> None:
    row = harness.compare(cells_of([[1.0, 1.0]]), cells_of([[9.0, 9.0]], status=str(status))).iloc[0]
    assert math.isnan(row["ratio"])
    assert (row["status_a"], row["status_b"], row["verdict"]) == ("ok", status, "unsure")


def test_cells_of_one_run_only_are_told_but_not_compared() -> None:
    table = harness.compare(cells_of([[1.0, 1.0]] * 3), cells_of([[1.0, 1.0]] * 2))
    assert table["ratio"].notna().tolist() == [True, True, False]
    assert table["status_b"].tolist() == ["ok", "ok", None]


def test_a_size_that_a_run_added_at_a_crossing_is_not_lost_by_another_but_a_series_is() -> None:
    looked = cells_of([[1.0, 1.0]] * 3, looks=3)
    fewer = cells_of([[1.0, 1.0]] * 2)
    assert harness.compare(looked, fewer)["lost"].tolist() == [False] * 3
    assert harness.compare(looked.assign(looks=1), fewer)["lost"].tolist() == [False, False, True]
    gone = harness.compare(looked, fewer.assign(op="sin")).query("op == 'abs'")
    assert gone["lost"].tolist() == [True] * 3
    assert gone["reason"].tolist() == ["not in this run"] * 3


def test_a_cell_without_a_time_in_the_first_run_is_not_lost() -> None:
    failed = cells_of([[1.0, 1.0]], status="wrong", reason="error 1")
    table = harness.compare(failed, failed)
    assert (table["lost"].tolist(), table["reason"].tolist()) == ([False], [""])


def test_cells_of_several_runs_are_refused() -> None:
    twice = pd.concat([cells_of([[1.0, 1.0]])] * 2)
    with pytest.raises(UsageError, match="b holds cells of several runs"):
        harness.compare(cells_of([[1.0, 1.0]]), twice)


def test_the_mean_over_cells_keeps_what_a_process_does_to_all_of_them() -> None:
    """Each round of B is slower by its own factor in all cells: three figures, not three hundred."""
    a = cells_of([[1.0, 1.0, 1.0]] * 100)
    b = cells_of([[1.0, math.exp(0.1), math.exp(0.2)]] * 100)
    mean = mean_ratio(a, b)
    assert math.log(mean.value) == pytest.approx(0.1)
    # Standard error 0.1 / sqrt(3), 97.5 % quantile of t with 2 degrees of freedom 4.3027.
    assert math.log(mean.high) == pytest.approx(0.1 + 0.248414, abs=1e-5)


def test_the_mean_over_cells_is_that_of_their_ratios() -> None:
    b = cells_of([[1.0] * 3, [16.0] * 3])
    assert mean_ratio(cells_of([[1.0] * 3, [2.0] * 3]), b).value == pytest.approx(math.sqrt(8))


def test_the_mean_leaves_out_noisy_cells() -> None:
    b = cells_of([[2.0, 2.0], [9.0, 9.0]], status=["ok", "noisy"])
    assert mean_ratio(cells_of([[1.0, 1.0]] * 2), b).value == pytest.approx(2.0)
    assert math.isnan(mean_ratio(cells_of([[1.0, 1.0]]), cells_of([[2.0]], status="noisy")).value)


@pytest.mark.parametrize(
    ("rounds", "typical", "unlike"),
    [(3, 0.01, 0.0), (3, 0.005, 0.5), (5, 0.01, 0.5), (10, 0.01, 0.5)],
)
def test_equal_runs_have_no_false_verdicts_and_ten_percent_is_found(
    rounds: int, typical: float, unlike: float
) -> None:
    """
    700 cells, 10 pairs of runs; the spread of a cell's rounds is log-normal around a typical one.

    Welch's interval without moderation finds 14 to 48 % of the slow-downs in these runs at 3 rounds.
    """
    random = np.random.default_rng(20260101)
    false, missed, covered, trials = 0, 0, 0, 10
    for _ in range(trials):
        spread = typical * np.exp(unlike * random.standard_normal(700))
        a, b = noisy_run(random, spread, rounds), noisy_run(random, spread, rounds)
        same = harness.compare(a, b)
        false += same["verdict"].isin(["faster", "slower"]).sum()
        covered += ((same["low"] < 1) & (same["high"] > 1)).sum()
        missed += (harness.compare(a, noisy_run(random, spread, rounds, 1.1))["verdict"] != "slower").sum()
    assert false / (700 * trials) <= 0.001
    assert missed / (700 * trials) <= 0.01
    assert 0.92 <= covered / (700 * trials) <= 0.97


def test_a_round_in_which_threads_waited_for_one_another_changes_no_time_of_several_threads() -> None:
    quiet = cells_of([[1.0, 1.01, 0.99, 1.0, 1.02, 0.98]] * 3, cores=2.0)
    hit = cells_of([[1.0, 1.01, 0.99, 1.0, 1.02, 300.0]] * 3, cores=2.0)
    assert set(harness.compare(quiet, hit)["verdict"]) == {"same"}
    assert set(harness.compare(quiet.assign(cores=1.0), hit.assign(cores=1.0))["verdict"]) == {"unsure"}


@pytest.mark.parametrize(
    ("beyond", "verdicts"), [(1.001, ("slower", "faster")), (0.999, ("unsure", "unsure"))]
)
def test_a_cell_has_a_verdict_from_its_detectable_ratio_on(beyond: float, verdicts: tuple[str, str]) -> None:
    """Every cell is moved to just this side or that of what it tells, which changes no spread."""
    random = np.random.default_rng(1)
    spread = np.linspace(0.001, 0.1, 20)
    a, b = noisy_run(random, spread, 3), noisy_run(random, spread, 3)
    table = harness.compare(a, b)
    bounds = table["detectable"] * beyond
    for bound, verdict in zip((bounds, 1 / bounds), verdicts, strict=True):
        factors = bound / table["ratio"]
        moved = [[t * factor for t in ts] for ts, factor in zip(b["round_seconds"], factors, strict=True)]
        assert set(harness.compare(a, cells_of(moved))["verdict"]) == {verdict}


def test_one_slow_cell_among_seven_hundred_is_found() -> None:
    random = np.random.default_rng(1)
    spread = np.full(700, 0.005)
    a, b = noisy_run(random, spread, 3), noisy_run(random, spread, 3)
    b["round_seconds"] = [
        [t * (1.1 if at == 7 else 1) for t in rounds] for at, rounds in enumerate(b["round_seconds"])
    ]
    assert harness.compare(a, b).query("verdict == 'slower'").index.tolist() == [7]
