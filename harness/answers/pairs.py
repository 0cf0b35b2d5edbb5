"""Cells beside the baseline's of the same size: what a speedup is taken of."""

import math

import numpy as np
import pandas as pd

from harness.errors import UnknownNameError
from harness.model import Span, Status
from harness.statistics.arrays import Floats

_KEY = ["machine", "run", "op", "n", "dtype", "base_span"]
"""What a cell and its baseline have in common."""
_SPAN = ["machine", "run", "span"]
_OF_BASE = ["status", "round_seconds", "pass_seconds", "pass_marked", "cores", "control", "quick"]
_UNKNOWN = {
    "pass_seconds": None,
    "pass_marked": None,
    "cores": math.nan,
    "looks": 1,
    "control": math.nan,
    "quick": False,
}
TOLD = tuple(_UNKNOWN)
"""What cells have that a file of before does not tell of."""


def pairs(cells: pd.DataFrame, baseline: str) -> pd.DataFrame:
    """Return the cells of the other backends, each beside the baseline's of the same size."""
    backends = cells["backend"].unique()
    if baseline not in backends:
        raise UnknownNameError.of("baseline", baseline, backends)
    cells = cells.assign(**{name: value for name, value in _UNKNOWN.items() if name not in cells})
    others = cells[cells["backend"] != baseline]
    base = cells[cells["backend"] == baseline]
    # A span that the baseline lacks is held against its call: there, nothing runs beside the host.
    spans = pd.MultiIndex.from_frame(base[_SPAN].drop_duplicates())
    has = pd.MultiIndex.from_frame(others[_SPAN]).isin(spans)
    others = others.assign(base_span=others["span"].where(has, str(Span.CALL)))
    base = base.assign(base_span=base["span"])[[*_KEY, *_OF_BASE]]
    both = others.merge(base, on=_KEY, how="left", suffixes=("", "_base"), validate="many_to_one")
    # Where the baseline was not measured the merge leaves NaN, which is no status.
    return both.assign(
        status_base=both["status_base"].where(both["status_base"].notna(), str(Status.SKIPPED))
    )


def control_of(both: pd.DataFrame) -> Floats:
    """Return the relative error that the controls of a run show; 0 where it has none."""
    control: Floats = np.nan_to_num(
        np.fmax(*(both[name].to_numpy(float) for name in ("control", "control_base")))
    )
    return control
