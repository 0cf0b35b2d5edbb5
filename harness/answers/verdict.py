"""The rule by which an interval or a test becomes a verdict: faster, slower, same or unsure."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from harness.model import Verdict
from harness.statistics.arrays import Floats

LEAST_DIFFERENCE = 0.01
"""Relative difference that a verdict has to clear, whatever the interval says."""


def band_of(machines: "pd.Series[Any]", aa_error: float | Mapping[str, float]) -> Floats:
    """Return what the log speedup of each cell has to clear."""
    if isinstance(aa_error, Mapping):
        errors = np.array([aa_error.get(name, 0.0) for name in machines.tolist()], dtype=np.float64)
    else:
        errors = np.full(len(machines), aa_error)
    band: Floats = np.log1p(np.maximum(LEAST_DIFFERENCE, errors))
    return band


def verdicts(centre: Floats, half: Floats, band: Floats) -> npt.NDArray[np.str_]:
    """Return what each interval of a log speedup allows one to say."""
    low, high = centre - half, centre + half
    conditions = [low > band, high < -band, (low >= -band) & (high <= band)]
    choices = [str(Verdict.FASTER), str(Verdict.SLOWER), str(Verdict.SAME)]
    return np.select(conditions, choices, default=str(Verdict.UNSURE))
