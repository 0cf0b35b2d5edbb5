"""Whether a speedup's interval covers it and its verdict is right, on passes that hosts do things to.

Only the times of passes and their marks are scripted, with many runs at once; the sampling has a part in
`tests/timing/test_simulation.py`.
"""

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from harness.answers.speedup import decided_at, log_ratios
from harness.statistics.confidence import CONFIDENCE
from tests.support.chance import sampling_error
from tests.support.pass_streams import PassStream, bursts, rounds_hit, scripted_runs
from tests.support.runs import count
from tests.support.streams import correlated, modes, tails

SPEEDUP = 1.25
RUNS, CELLS = count(25, 500), 20
ROUNDS, FEW_ROUNDS = 10, 4
LOOKS = (4, 6, 10)
"""Rounds after which a run looks at what is decided."""
EVEN = PassStream(name="even")
STREAMS = (
    EVEN,
    PassStream(name="drift", host=lambda moments: 1 + 0.04 * moments),
    PassStream(name="tails", draw=tails),
    PassStream(name="two modes", draw=modes),
    PassStream(name="step half-way", host=lambda moments: np.where(moments < 5, 1.0, 1.1)),
    PassStream(name="step in every round", host=lambda moments: np.where(moments % 1 < 0.5, 1.0, 1.25)),
    PassStream(name="autocorrelation", draw=correlated),
    PassStream(name="the first of a pair 3 % slower", first=1.03),
    PassStream(name="layout of 1 % per process", own_offset=0.01, unlike=0.0),
    PassStream(name="cells that are very unlike", unlike=1.0),
)
BURSTS = PassStream(
    name="bursts",
    busy=bursts(0.5, passes=4),
    slowed=(1.64, 1.34),  # NumPy and Torch beside a neighbour on the core's other thread, sin at 64 Ki
    seen=0.8,
    mistaken=0.05,
)


def id_of(stream: PassStream) -> str:
    return stream.name


def threaded(share: float) -> PassStream:
    """Return a contender of two threads that is hit by 100 times in a share of the rounds."""
    return PassStream(
        name=f"{share}", busy=rounds_hit(share), slowed=(1.0, 100.0), own_offset=0.02, cores=2.0
    )


@cache
def ratios(stream: PassStream, rounds: int) -> pd.DataFrame:
    """Return what the answers make of runs of a stream."""
    cells = scripted_runs(stream, runs=RUNS, cells=CELLS, rounds=rounds, seed=rounds)
    return log_ratios(cells, "numpy")


def covered(table: pd.DataFrame, speedup: float = SPEEDUP) -> float:
    """Return the share of intervals that hold the speedup."""
    return float(((table["low"] <= speedup) & (speedup <= table["high"])).mean())


def slack(table: pd.DataFrame) -> float:
    """Return twice the standard error of the share of so many intervals."""
    return sampling_error(CONFIDENCE, len(table))


def with_side(table: pd.DataFrame) -> float:
    """Return the share of cells that are faster or slower."""
    return float(table["verdict"].isin(["faster", "slower"]).mean())


@pytest.mark.parametrize("rounds", [ROUNDS, FEW_ROUNDS])
@pytest.mark.parametrize("stream", STREAMS, ids=id_of)
def test_the_interval_covers_the_speedup_on_every_stream(stream: PassStream, rounds: int) -> None:
    table = ratios(stream, rounds)
    assert 0.93 - slack(table) <= covered(table) <= 0.97 + slack(table)


@pytest.mark.parametrize("stream", STREAMS, ids=id_of)
def test_the_speedup_is_off_by_less_than_1_percent(stream: PassStream) -> None:
    errors = np.log(ratios(stream, ROUNDS)["speedup"] / SPEEDUP)
    assert math.sqrt(np.mean(errors**2)) <= 0.01
    assert abs(errors.mean()) <= 0.001


@pytest.mark.parametrize(("rounds", "least"), [(ROUNDS, 0.92), (FEW_ROUNDS, 0.88)])
@pytest.mark.parametrize("unlike", [0.0, 0.5])
def test_a_cell_with_five_times_the_spread_of_the_others_is_not_made_sure_by_them(
    unlike: float, rounds: int, least: float
) -> None:
    """With a plain weighted mean of variances: 0.88 and 0.65 of such cells."""
    stream = PassStream(name="", own_offset=0.01, unlike=unlike)
    cells = scripted_runs(stream, runs=4 * RUNS, cells=CELLS, rounds=rounds, seed=7, odd=5.0)
    table = log_ratios(cells, "numpy")
    odd, others = table[table["n"] == 1], table[table["n"] > 1]
    assert covered(odd) >= least - slack(odd)
    assert 0.93 - slack(others) <= covered(others) <= 0.975 + slack(others)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.2, 0.5])
def test_threads_that_are_hit_in_some_rounds_rest_on_the_others(share: float) -> None:
    table = ratios(threaded(share), ROUNDS)
    assert (table["verdict"] == "faster").mean() >= 0.9
    assert not (table["verdict"] == "slower").any()
    assert 0.93 - slack(table) <= covered(table) <= 0.98 + slack(table)


@pytest.mark.parametrize(("taken", "least"), [(0.3, 0.9), (0.5, 0.8)])
def test_threads_beside_bursts_of_other_work_rest_on_what_is_free_of_them(taken: float, least: float) -> None:
    """Four of five passes beside other work are marked; a burst lasts four passes on average."""
    stream = replace(
        threaded(0.0), name=f"bursts {taken}", busy=bursts(taken, passes=4), seen=0.8, mistaken=0.05
    )
    table = ratios(stream, ROUNDS)
    assert (table["verdict"] == "faster").mean() >= least
    assert (table["verdict"] == "slower").mean() <= 0.01
    assert covered(table) >= 0.93 - slack(table)


@pytest.mark.parametrize(("share", "rounds"), [(1.0, ROUNDS), (1.0, FEW_ROUNDS), (0.8, FEW_ROUNDS)])
def test_threads_that_are_hit_in_all_rounds_have_no_verdict_but_a_reason(share: float, rounds: int) -> None:
    table = ratios(threaded(share), rounds)
    assert with_side(table) <= 0.01
    assert (
        table["reason"].str.startswith("another process or a quota took a core; no pass was free").mean()
        >= 0.9
    )


@pytest.mark.parametrize("rounds", [ROUNDS, FEW_ROUNDS])
def test_bursts_of_other_work_widen_an_interval_to_what_it_made_of_the_speedup(rounds: int) -> None:
    table = ratios(BURSTS, rounds)
    assert covered(table) >= 0.93
    assert (table["verdict"] == "faster").mean() >= 0.8
    told = table[table["busy"].notna()]
    assert len(told) >= 0.5 * len(table)
    assert ((told["low"] <= told["busy"]) & (told["busy"] <= told["high"])).all()


@pytest.mark.parametrize("own_offset", [0.005, 0.02, 0.04])
def test_of_equal_contenders_at_most_1_percent_have_a_side_after_all_looks(own_offset: float) -> None:
    """With sides that 95 % intervals decide it is 2.7 % where processes differ by 4 %."""
    cells = scripted_runs(
        PassStream(name="equal", own_offset=own_offset),
        runs=4 * RUNS,
        cells=CELLS,
        rounds=LOOKS[-1],
        seed=3,
        speedup=1.0,
        looks=len(LOOKS),
    )
    kept = pd.Series(LOOKS[0], index=pd.MultiIndex.from_frame(cells[["run", "n"]].drop_duplicates()))
    still = np.ones(len(kept), dtype=bool)
    for look, rounds in enumerate(LOOKS, 1):
        kept[still] = rounds
        table = log_ratios(first_rounds(cells, kept), "numpy")
        decided = decided_at(table, look, len(LOOKS))
        still &= ~pd.Series(decided, index=pd.MultiIndex.from_frame(table[["run", "n"]]))[kept.index]
    assert with_side(table) <= 0.01
    assert 0.93 - slack(table) <= covered(table, 1.0) <= 0.97


def first_rounds(cells: pd.DataFrame, kept: "pd.Series[int]") -> pd.DataFrame:
    """Return cells with only so many rounds of each."""
    rounds = kept[pd.MultiIndex.from_frame(cells[["run", "n"]])].tolist()
    names = ("round_seconds", "pass_seconds", "pass_marked")
    return cells.assign(
        **{name: [value[:n] for value, n in zip(cells[name], rounds, strict=True)] for name in names}
    )


@pytest.mark.parametrize(
    ("speedup", "offset", "least", "most"),
    [(3.0, 0.01, 0.99, 1.0), (1.0, 0.005, 0.9, 1.0), (1.03, 0.02, 0.0, 0.1), (3.0, 0.06, 0.0, 0.1)],
    ids=["clear", "the same", "close", "clear but wide"],
)
def test_a_run_stops_what_is_decided_and_narrow_and_goes_on_with_the_rest(
    speedup: float, offset: float, least: float, most: float
) -> None:
    stream = PassStream(name="", own_offset=offset, unlike=0.0)
    cells = scripted_runs(stream, runs=RUNS, cells=CELLS, rounds=4, seed=1, speedup=speedup)
    assert least <= decided_at(log_ratios(cells, "numpy"), 1, 3).mean() <= most
