"""Whether intervals cover, values are close and ramps are flagged, on streams whose truth is known.

The sampling and the statistics are the real ones; only clock and calls are scripted.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
import pytest

from harness.answers.speedup import speedup
from harness.model import Case, Cell, Round, Span, Status
from harness.statistics.confidence import CONFIDENCE
from harness.statistics.geometric_mean import Estimate, estimate
from harness.store.frame import frame_of_cells
from harness.timing.noise import round_median
from harness.timing.rules import Rules
from harness.timing.sampling import measure
from tests.support.chance import sampling_error
from tests.support.runs import count
from tests.support.simple_rules import SIMPLE_RULES, Rule, simple_speedup
from tests.support.streams import RAMP, SECONDS, SPEEDUP, STREAMS, ScriptedHost, Stream

CELLS = 20
"""Measurements that are the cells of one run, whose variances steady one another."""
REPLICATIONS = count(3, 100) * CELLS
"""Measurements per stream."""
ROUNDS, FEW_ROUNDS = 10, 4
ERROR_LIMIT = 0.01
"""Largest RMS error of a speedup."""
BACKENDS = tuple(SECONDS)
_MANY = 200_000  # draws from which the true median of a stream is taken
_RAMPS = 1000  # sets the seeds of the ramps apart from those of the streams


def id_of(stream: Stream | Rule) -> str:
    return stream.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """What one process found out about the two backends, and how long it took by its clock."""

    rounds: tuple[Round, ...]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of measurements of a known value: the share whose interval covers it, and the RMS error."""

    covered: float
    error: float
    count: int


def simulated_round(stream: Stream, seed: Sequence[int], began: float = 0.0) -> Simulated:
    """Measure the two scripted backends in one process, which starts at so many seconds of the clock."""
    random = np.random.default_rng(seed)
    host = ScriptedHost(stream=stream, random=random, clock=began)
    contenders = [host.contender(backend) for backend in BACKENDS]
    rounds = measure(contenders, Rules(), host, seed=int(random.integers(2**32))).rounds
    return Simulated(rounds=rounds, seconds=host.clock - began)


def simulated_rounds(stream: Stream, seed: Sequence[int]) -> list[Simulated]:
    """Return the `ROUNDS` processes of one measurement, one after the other on the host's clock."""
    rounds: list[Simulated] = []
    clock = 0.0
    for order in range(ROUNDS):
        rounds.append(simulated_round(stream, [*seed, order], clock))
        clock += rounds[-1].seconds
    return rounds


@cache
def measurements(stream: Stream, replications: int = REPLICATIONS, seed: int = 1) -> list[list[Simulated]]:
    """Return that many measurements of a stream."""
    at = STREAMS.index(stream)
    return [simulated_rounds(stream, [seed, at, index]) for index in range(replications)]


def figures(estimates: Sequence[Estimate], truth: float) -> Figures:
    """Return how well estimates and their intervals meet the truth."""
    return Figures(
        covered=float(np.mean([e.low <= truth <= e.high for e in estimates])),
        error=math.sqrt(np.mean([math.log(e.value / truth) ** 2 for e in estimates])),
        count=len(estimates),
    )


def speedups(measured: Sequence[Sequence[Simulated]]) -> Figures:
    """Return the figures of speedups, as `harness.speedup` compares the two backends of runs."""
    table = pd.concat(
        speedup(frame_of_cells(cells, machine="scripted", run=f"run {begin}", quick=False), BACKENDS[0])
        for begin in range(0, len(measured), CELLS)
        for cells in [cells_of(measured[begin : begin + CELLS])]
    )
    estimates = [Estimate(value=r.speedup, low=r.low, high=r.high) for r in table.itertuples(index=False)]
    return figures(estimates, SPEEDUP)


def cells_of(measured: Sequence[Sequence[Simulated]]) -> list[Cell]:
    """Return measurements as the cells of a run, a size each."""
    return [
        Cell(
            case=Case(op="scripted", backend=backend, n=n, dtype="float32", span=Span.CALL),
            status=Status.OK,
            rounds=tuple(process.rounds[at] for process in processes),
        )
        for n, processes in enumerate(measured, 1)
        for at, backend in enumerate(BACKENDS)
    ]


def in_limits(covered: float, number: int) -> bool:
    """Whether a share is 95 %, give or take 2 and twice its own standard error."""
    slack = sampling_error(CONFIDENCE, number)
    return 0.93 - slack <= covered <= min(1.0, 0.97 + slack)


@pytest.mark.parametrize("rounds", [ROUNDS, FEW_ROUNDS])
@pytest.mark.parametrize("stream", STREAMS, ids=id_of)
def test_the_interval_of_a_speedup_covers_it_on_every_stream(stream: Stream, rounds: int) -> None:
    found = speedups([measurement[:rounds] for measurement in measurements(stream)])
    assert in_limits(found.covered, found.count), found


@pytest.mark.parametrize("stream", STREAMS, ids=id_of)
def test_a_speedup_is_off_by_less_than_1_percent(stream: Stream) -> None:
    assert speedups(measurements(stream)).error <= ERROR_LIMIT


@pytest.mark.parametrize("rounds", [ROUNDS, FEW_ROUNDS])
def test_the_intervals_of_all_streams_together_cover_the_speedup(rounds: int) -> None:
    found = [speedups([each[:rounds] for each in measurements(stream)]) for stream in STREAMS]
    covered = float(np.mean([each.covered for each in found]))
    assert in_limits(covered, sum(each.count for each in found)), covered


@pytest.mark.parametrize("stream", [s for s in STREAMS if s.stationary], ids=id_of)
def test_the_interval_of_a_time_covers_the_median_of_all_blocks_in_all_processes(stream: Stream) -> None:
    middle = float(np.median(stream.draw(np.random.default_rng(0), _MANY)))
    times = [estimate(round_median(each.rounds[0]) for each in rounds) for rounds in measurements(stream)]
    found = figures(times, SECONDS[BACKENDS[0]] * middle)
    assert in_limits(found.covered, found.count), found


@pytest.mark.parametrize("rule", SIMPLE_RULES, ids=id_of)
def test_an_interval_from_one_process_is_cheap_and_misses_more_often_than_it_should(rule: Rule) -> None:
    estimates, seconds = zip(
        *(
            simple_speedup(rule, stream, [0, STREAMS.index(stream), index])
            for stream in STREAMS
            for index in range(REPLICATIONS)
        ),
        strict=True,
    )
    assert figures(estimates, SPEEDUP).covered < 0.75
    ours = [sum(round_.seconds for round_ in rounds) for s in STREAMS for rounds in measurements(s)]
    assert np.mean(seconds) < np.mean(ours) / 5


def flagged(stream: Stream) -> float:
    """Return the share of the rounds of a stream that are flagged as not warmed up."""
    rounds = [simulated_round(stream, [0, _RAMPS, index]) for index in range(REPLICATIONS)]
    return float(np.mean([not round_.steady for each in rounds for round_ in each.rounds]))


def test_a_ramp_that_outlasts_the_warm_up_is_flagged() -> None:
    assert flagged(RAMP) >= 0.95
    assert flagged(STREAMS[0]) < 0.05


def test_the_same_seed_gives_the_same_figures() -> None:
    again = measurements.__wrapped__
    assert again(STREAMS[0], 5, 3) == again(STREAMS[0], 5, 3)
    assert again(STREAMS[0], 5, 3) != again(STREAMS[0], 5, 4)
