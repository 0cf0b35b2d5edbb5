"""Cells of scripted passes: what each pass of each round read, and which were marked."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

Passes = Sequence[Sequence[float]]
"""Seconds by round and pass; NaN where there is none."""


def pass_cells(
    backend: str,
    passes: Passes,
    marked: Sequence[Sequence[bool]] | None = None,
    *,
    n: int = 16,
    cores: float = 1.0,
    quick: bool = False,
) -> pd.DataFrame:
    """Return the row of a frame that has these passes."""
    seconds = np.array(passes, dtype=np.float64)
    marks = np.zeros(seconds.shape, dtype=bool) if marked is None else np.array(marked)
    medians = [float(np.median(row[~np.isnan(row)])) for row in seconds]
    row = {
        "machine": "scripted",
        "run": "scripted",
        "op": "abs",
        "backend": backend,
        "n": n,
        "dtype": "float32",
        "span": "call",
        "status": "ok",
        "round_seconds": medians,
        "pass_seconds": seconds,
        "pass_marked": marks,
        "cores": cores,
        "looks": 1,
        "control": math.nan,
        "quick": quick,
    }
    return pd.DataFrame([row])
