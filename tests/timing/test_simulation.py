"""Part 1, on a scripted clock: whether intervals cover, values are close and ramps are flagged.

The sampling and the statistics are the real ones; only clock and calls are scripted.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from harness.validation.simple import SIMPLE_RULES, simple_speedup
from harness.validation.streams import (
    RAMP,
    SECONDS,
    SPEEDUP,
    STREAMS,
    ScriptedHost,
    Stream,
)

from harness.answers.speedup import speedup
from harness.statistics.confidence import CONFIDENCE
from harness.statistics.geometric_mean import Estimate, estimate
from harness.timing.noise import round_median
from harness.timing.rules import Rules
from harness.timing.sampling import measure
from harness.validation.check import Check, sampling_error

PART = "simulation"
ROUNDS, FEW_ROUNDS = 5, 3
ERROR_LIMIT = 0.01
"""Largest RMS error of a speedup."""
_MANY = 200_000  # draws from which the true median of a stream is taken
_RAMPS = 1000  # sets the seeds of the ramps apart from those of the streams
BACKENDS = tuple(SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """Scripted rounds of one process: the medians, warm-ups and clock of the two backends."""

    medians: tuple[float, ...]
    steady: tuple[bool, ...]
    seconds: float


def simulated_round(stream: Stream, seed: Sequence[int], began: float = 0.0) -> Simulated:
    """
    Measure the two scripted backends in one scripted process.

    Parameters
    ----------
    stream : Stream
        How their times vary.
    seed : sequence of int
        The same seed gives the same round.
    began : float
        Seconds of the host's clock at which the process starts.

    Returns
    -------
    Simulated
    """
    random = np.random.default_rng(seed)
    host = ScriptedHost(stream=stream, random=random, clock=began)
    contenders = [host.contender(backend) for backend in BACKENDS]
    found = measure(contenders, Rules(), host, seed=int(random.integers(2**32))).rounds
    return Simulated(
        medians=tuple(map(round_median, found)),
        steady=tuple(round_.steady for round_ in found),
        seconds=host.clock - began,
    )


def simulated_rounds(stream: Stream, seed: Sequence[int]) -> list[Simulated]:
    """Return the `ROUNDS` processes of one measurement, one after the other on the host's clock."""
    rounds: list[Simulated] = []
    clock = 0.0
    for order in range(ROUNDS):
        rounds.append(simulated_round(stream, [*seed, order], clock))
        clock += rounds[-1].seconds
    return rounds


def simulation(replications: int, *, seed: int = 0) -> list[Check]:
    """
    Run the scripted streams through the real sampling and the real statistics.

    Parameters
    ----------
    replications : int
        Measurements per stream, each of `ROUNDS` processes.
    seed : int
        The same seed gives the same figures.

    Returns
    -------
    list of Check
    """
    checks: list[Check] = []
    simple: dict[str, list[Figures]] = {rule.name: [] for rule in SIMPLE_RULES}
    ours: list[Figures] = []
    for at, stream in enumerate(STREAMS):
        rounds = [simulated_rounds(stream, [seed, at, index]) for index in range(replications)]
        figures = _compared(rounds)
        checks += _of_stream(stream, figures, _compared([found[:FEW_ROUNDS] for found in rounds]))
        if stream.stationary:
            checks.append(_time(stream, rounds))
        if not stream.limited:
            continue
        ours.append(figures)
        for rule in SIMPLE_RULES:
            found = [simple_speedup(rule, stream, [seed, at, index]) for index in range(replications)]
            simple[rule.name].append(_figures(found))
    checks.append(_pooled(ours))
    checks += [_against(name, figures) for name, figures in simple.items()]
    return [*checks, *_ramps(replications, seed)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of measurements of a known speedup: share covered, RMS error, mean seconds of the clock."""

    covered: float
    error: float
    seconds: float
    count: int


def _figures(found: Sequence[tuple[Estimate, float]]) -> Figures:
    """Return how well estimates and their intervals meet the true speedup."""
    return Figures(
        covered=float(np.mean([e.low <= SPEEDUP <= e.high for e, _ in found])),
        error=math.sqrt(np.mean([math.log(e.value / SPEEDUP) ** 2 for e, _ in found])),
        seconds=float(np.mean([seconds for _, seconds in found])),
        count=len(found),
    )


def _compared(measurements: Sequence[Sequence[Simulated]]) -> Figures:
    """Return the figures of measurements, as `harness.speedup` compares the two backends."""
    key = {"machine": "scripted", "run": "scripted", "op": "scripted", "dtype": "float32", "span": "call"}
    rows = [
        key | {"n": n, "backend": backend, "status": "ok", "round_seconds": [r.medians[at] for r in rounds]}
        for n, rounds in enumerate(measurements)
        for at, backend in enumerate(BACKENDS)
    ]
    found = speedup(pd.DataFrame(rows), BACKENDS[0])
    seconds = [sum(round_.seconds for round_ in rounds) for rounds in measurements]
    estimates = [
        Estimate(value=row.speedup, low=row.low, high=row.high) for row in found.itertuples(index=False)
    ]
    return _figures(list(zip(estimates, seconds, strict=True)))


def _coverage(name: str, covered: float, count: int, detail: str, *, most: float = 0.97) -> Check:
    """Return the check of a share that has to be 95 %, give or take 2 and twice its own standard error."""
    slack = sampling_error(CONFIDENCE, count)
    return Check(
        part=PART,
        name=name,
        measured=covered,
        unit="share",
        low=0.93 - slack,
        high=min(1.0, most + slack),
        detail=detail,
    )


def _of_stream(stream: Stream, figures: Figures, few: Figures) -> list[Check]:
    """Return coverage and error of the speedup in one stream."""
    return [
        _coverage(
            f"{stream.name}: speedups in their 95 % interval, {ROUNDS} rounds",
            figures.covered,
            figures.count,
            f"{few.covered:.1%} at {FEW_ROUNDS} rounds; {figures.count} measurements",
            most=0.97 if stream.limited else 1.0,
        ),
        Check(
            part=PART,
            name=f"{stream.name}: RMS error of the speedup, {ROUNDS} rounds",
            measured=figures.error,
            unit="share",
            high=ERROR_LIMIT if stream.limited else math.inf,
            detail=f"{few.error:.2%} at {FEW_ROUNDS} rounds; {figures.seconds / ROUNDS:.2f} s a round",
        ),
    ]


def _time(stream: Stream, measurements: Sequence[Sequence[Simulated]]) -> Check:
    """Return how often the interval of a time covers the median of all blocks in all processes."""
    middle = float(np.median(stream.draw(np.random.default_rng(0), _MANY)))
    truth = SECONDS[BACKENDS[0]] * middle
    found = [estimate(round_.medians[0] for round_ in rounds) for rounds in measurements]
    covered = float(np.mean([e.low <= truth <= e.high for e in found]))
    return _coverage(
        f"{stream.name}: times in their 95 % interval, {ROUNDS} rounds",
        covered,
        len(found),
        f"RMS error {math.sqrt(np.mean([math.log(e.value / truth) ** 2 for e in found])):.2%}",
    )


def _mean(figures: Sequence[Figures]) -> Figures:
    """Return what all streams come to together."""
    return Figures(
        covered=float(np.mean([f.covered for f in figures])),
        error=math.sqrt(np.mean([f.error**2 for f in figures])),
        seconds=float(np.mean([f.seconds for f in figures])),
        count=sum(f.count for f in figures),
    )


def _pooled(figures: Sequence[Figures]) -> Check:
    """Return the coverage over all streams with a limit."""
    all_ = _mean(figures)
    detail = f"RMS error {all_.error:.2%}, {all_.seconds:.2f} s of the clock; {all_.count} measurements"
    return _coverage(
        f"streams with a limit: speedups in their 95 % interval, {ROUNDS} rounds",
        all_.covered,
        all_.count,
        detail,
    )


def _against(name: str, figures: Sequence[Figures]) -> Check:
    """Return what a simple rule makes of the same streams; there to compare with."""
    all_ = _mean(figures)
    return Check(
        part=PART,
        name=f"streams with a limit, {name}: speedups in its 95 % interval",
        measured=all_.covered,
        unit="share",
        detail=f"RMS error {all_.error:.2%}, {all_.seconds:.2f} s of the clock",
    )


def _ramps(replications: int, seed: int) -> list[Check]:
    """Return how often a warm-up that does not end is flagged, and one that does is not."""
    shares = []
    for stream in (RAMP, STREAMS[0]):
        found = [simulated_round(stream, [seed, _RAMPS, index]) for index in range(replications)]
        shares.append(float(np.mean([not steady for round_ in found for steady in round_.steady])))
    return [
        Check(
            part=PART,
            name=f"{RAMP.name}: rounds flagged as not warmed up",
            measured=shares[0],
            unit="share",
            low=0.95,
            detail=f"without a ramp {shares[1]:.1%}",
        )
    ]
