"""Scripted passes of whole runs: what hosts and ops do to pairs of neighbours in time, many runs at once."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from harness.statistics.arrays import Floats, Marks
from tests.support.streams import OWN_OFFSET, SECONDS, SHARED_OFFSET, Draw, normal

BACKENDS = tuple(SECONDS)
PASSES, SAMPLES = 10, 3
"""Of a round, and of a contender's turn, of which it has two in a pass."""
_BURN_IN = 100  # samples after which a stream has forgotten how it began


def _nobody(_random: np.random.Generator, shape: tuple[int, ...]) -> Marks:
    return np.zeros(shape, dtype=bool)


def _quiet(random: np.random.Generator, count: int) -> Floats:
    return normal(0.01)(random, count)


def _even(moments: Floats) -> Floats:
    return np.ones_like(moments)


@dataclass(frozen=True, slots=True, kw_only=True)
class PassStream:
    """How the times of two contenders vary in passes; every cell of a run has the same stream."""

    name: str
    draw: Draw = _quiet
    host: Callable[[Floats], Floats] = _even
    """Relative slowness of the host, which both share, at moments of a run of which a round takes 1."""
    own_offset: float = OWN_OFFSET
    """Relative standard deviation of each contender from process to process."""
    unlike: float = 0.5
    """By how much cells differ in that: standard deviation of its logarithm."""
    first: float = 1.0
    """Relative time of what takes the first turn of two."""
    busy: Callable[[np.random.Generator, tuple[int, ...]], Marks] = _nobody
    """In which passes, by cell, round and pass, other work has a core."""
    slowed: tuple[float, float] = (1.0, 1.0)
    """Relative times of the two contenders beside other work."""
    seen: float = 0.9
    """Share of the passes beside other work that are marked."""
    mistaken: float = 0.02
    """Share of the other passes that are marked."""
    cores: float = 1.0


def bursts(share: float, passes: float) -> Callable[[np.random.Generator, tuple[int, ...]], Marks]:
    """Return a draw of bursts that take a share of the time and last so many passes on average."""

    def draw(random: np.random.Generator, shape: tuple[int, ...]) -> Marks:
        cells, rounds, count = shape
        begin, end = share / (passes * (1 - share)), 1 / passes
        busy = np.empty(shape, dtype=bool)
        busy[..., 0] = random.random((cells, rounds)) < share
        for at in range(1, count):
            dice = random.random((cells, rounds))
            busy[..., at] = np.where(busy[..., at - 1], dice >= end, dice < begin)
        return busy

    return draw


def rounds_hit(share: float) -> Callable[[np.random.Generator, tuple[int, ...]], Marks]:
    """Return a draw in which other work has a core for the whole of a share of the rounds, exactly."""

    def draw(random: np.random.Generator, shape: tuple[int, ...]) -> Marks:
        cells, rounds, _ = shape
        order = np.argsort(random.random((cells, rounds)), axis=1)
        return np.broadcast_to((order < round(share * rounds))[..., None], shape)

    return draw


def scripted_runs(
    stream: PassStream,
    *,
    runs: int,
    cells: int,
    rounds: int,
    seed: int,
    speedup: float = 1.25,
    odd: float = 1.0,
    looks: int = 1,
) -> pd.DataFrame:
    """
    Return the cells of many runs, as `harness.load` does, of two contenders whose speedup is known.

    The first cell of each run has processes that differ `odd` times as much as the others' do.
    """
    random = np.random.default_rng(seed)
    number = runs * cells
    shape = (number, rounds, PASSES)
    spread = stream.own_offset * np.exp(stream.unlike * random.standard_normal(number))
    spread[::cells] *= odd
    shared = SHARED_OFFSET * random.standard_normal((number, rounds))
    before = random.random(shape) < 1 / 2  # whether the first contender has the first turn
    began = np.arange(rounds)[:, None] + np.arange(PASSES) / PASSES
    busy = stream.busy(random, shape)
    seconds = np.empty((2, *shape))
    for at, (own, slowed) in enumerate(zip((1.0, 1 / speedup), stream.slowed, strict=True)):
        count = PASSES * 2 * SAMPLES
        drawn = stream.draw(random, number * rounds * (count + _BURN_IN)).reshape(number, rounds, -1)
        factors = drawn[..., _BURN_IN:].reshape(*shape, 2, SAMPLES).copy()
        leads = before == (at == 0)
        places = np.stack([np.where(leads, 0, 1), np.where(leads, 3, 2)], axis=-1)
        factors *= stream.host(began[..., None] + places / (4 * PASSES))[..., None]
        # Of the turns that are neighbours, the first and the third are the first of two.
        factors *= np.where(places % 2 == 0, stream.first, 1.0)[..., None]
        offset = np.exp(shared + spread[:, None] * random.standard_normal((number, rounds)))
        level = 1e-4 * own * offset[..., None] * np.where(busy, slowed, 1.0)
        seconds[at] = np.median(factors.reshape(*shape, -1), axis=-1) * level
    marked = random.random((2, *shape)) < np.where(busy, _of_two(stream.seen), _of_two(stream.mistaken))
    of_cell = np.arange(number)
    frames = [
        pd.DataFrame(
            {
                "machine": "scripted",
                "run": (of_cell // cells).astype(str),
                "op": "scripted",
                "backend": backend,
                "n": of_cell % cells + 1,
                "dtype": "float32",
                "span": "call",
                "status": "ok",
                "seconds": np.exp(np.log(np.median(times, axis=2)).mean(axis=1)),
                "round_seconds": np.median(times, axis=2).tolist(),
                "pass_seconds": list(times),
                "pass_marked": list(marks),
                "cores": stream.cores if at else 1.0,
                "looks": looks,
                "control": math.nan,
                "quick": False,
            }
        )
        for at, (backend, times, marks) in enumerate(zip(BACKENDS, seconds, marked, strict=True))
    ]
    return pd.concat(frames, ignore_index=True)


def _of_two(share: float) -> float:
    """Return the probability of each of two independent marks of which either is there in that share."""
    return 1 - math.sqrt(1 - share)
