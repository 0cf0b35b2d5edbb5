"""Simple rules of taking a time, as other tools have them, on the same scripted streams."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median, quantiles

import numpy as np

from harness.statistics.geometric_mean import Estimate
from harness.statistics.medians import median_interval
from harness.timing.rules import Rules
from tests.support.streams import SECONDS, ScriptedHost, Stream

FIXED_BLOCKS = 100
IQR_LEAST, IQR_MOST = 0.01, 10.0
"""Shortest and longest timed seconds of the adaptive rule."""
IQR_SHARE = 0.1
"""Interquartile range over median at which the adaptive rule stops."""
_FEWEST_QUARTERED = 4
Blocks = Iterator[float]
"""Seconds per call of one block after another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A simple rule: its name, and the blocks that it takes of an endless row of them."""

    name: str
    take: Callable[[Blocks, float], list[float]]


def fixed_repeats(blocks: Blocks, _block: float) -> list[float]:
    """Take a fixed number of blocks, as ``timeit.repeat`` and asv's repeats do."""
    return [next(blocks) for _ in range(FIXED_BLOCKS)]


def iqr_stop(blocks: Blocks, block: float) -> list[float]:
    """
    Take blocks until their interquartile range is narrow.

    So does ``torch.utils.benchmark.Timer.adaptive_autorange``: at a ratio of 0.1, from 0.01 s on.
    """
    taken: list[float] = []
    while len(taken) * block < IQR_MOST:
        taken.append(next(blocks))
        if len(taken) * block >= IQR_LEAST and len(taken) >= _FEWEST_QUARTERED:
            first, middle, third = quantiles(taken, n=4)
            if third - first < IQR_SHARE * middle:
                break
    return taken


SIMPLE_RULES = (
    Rule(name=f"median of {FIXED_BLOCKS} blocks, one process", take=fixed_repeats),
    Rule(name="stop at a narrow IQR, one process", take=iqr_stop),
)


def simple_speedup(rule: Rule, stream: Stream, seed: list[int]) -> tuple[Estimate, float]:
    """
    Return the speedup by a simple rule, one backend after the other, and the scripted seconds that it took.

    The interval is that of a user who takes the blocks for independent: the ends of the two medians' 95 %
    intervals, divided.
    """
    host = ScriptedHost(stream=stream, random=np.random.default_rng(seed))
    aim = Rules().block
    ends: list[tuple[float, float, float]] = []
    for backend, call in SECONDS.items():
        run, number = host.contender(backend).run, round(aim / call)
        run(number)
        taken = rule.take(iter(lambda run=run, number=number: run(number) / number, None), aim)  # type: ignore[misc] # endless
        ends.append((median(taken), *median_interval(taken)))
    (base, base_low, base_high), (own, own_low, own_high) = ends
    return Estimate(value=base / own, low=base_low / own_high, high=base_high / own_low), host.clock
