"""Runs whose true times of calls and round trips are known."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from harness.answers.speedup import speedup

Seconds = Callable[[float], float]
"""Of a size in elements."""
SIZES = tuple(4**power for power in range(2, 11))


def cells_of_laws(
    laws: Mapping[str, tuple[Seconds, Seconds]],
    *,
    sizes: Sequence[int] = SIZES,
    spread: float = 0.0,
    rounds: int = 6,
    seed: int = 0,
    op: str = "abs",
) -> pd.DataFrame:
    """Return cells by the true seconds of calls and round trips, with noise of a log spread."""
    random, rows = np.random.default_rng(seed), []
    for n in sizes:
        for backend, both in laws.items():
            for span, law in zip(("call", "round_trip"), both, strict=True):
                times = law(n) * np.exp(random.normal(0, spread, rounds))
                rows.append(
                    {
                        "machine": "m",
                        "run": "r",
                        "op": op,
                        "n": n,
                        "dtype": "float32",
                        "span": span,
                        "status": "ok",
                        "backend": backend,
                        "round_seconds": times.tolist(),
                        "seconds": float(np.exp(np.log(times).mean())),
                        "bytes_per_second": math.nan,
                        "flop_per_second": math.nan,
                    }
                )
    return pd.DataFrame(rows)


def speedups_of_laws(
    laws: Mapping[str, tuple[Seconds, Seconds]],
    *,
    sizes: Sequence[int] = SIZES,
    spread: float = 0.0,
    rounds: int = 6,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the speedups of `cells_of_laws`."""
    return speedup(cells_of_laws(laws, sizes=sizes, spread=spread, rounds=rounds, seed=seed), None)


def host(seconds: Seconds) -> tuple[Seconds, Seconds]:
    """Return the laws of a backend that has nothing to move."""
    return seconds, seconds
