"""Cells beside the baseline's of the same size: what a speedup is taken of."""

import math

import numpy as np
import pandas as pd

from harness.backends.table import BASELINE
from harness.errors import UnknownNameError
from harness.model import Span, Status
from harness.statistics.arrays import Floats, Marks
from harness.store.lists import LISTS

_KEY = ["machine", "run", "op", "n", "dtype", "base_span"]
"""What a cell and its baseline have in common."""
_SPAN = ["machine", "run", "span"]
_OF_BASE = ["status", "at", "cores", "control", "quick"]
_UNKNOWN = {
    "cores": math.nan,
    "looks": 1,
    "baseline": BASELINE,
    "control": math.nan,
    "quick": False,
}
_COMPARED = ("machine", "run", "op", "backend", "n", "dtype", "span", "status", *_UNKNOWN, *LISTS)
"""What a comparison rests on; of some a file of before does not tell."""


def compared(cells: pd.DataFrame, *others: str) -> pd.DataFrame:
    """Return the columns of cells that a comparison rests on, and others: to carry all of them costs most."""
    return cells[[name for name in (*_COMPARED, *others) if name in cells]]


def pairs(cells: pd.DataFrame, baseline: str | None, only: Marks | slice = slice(None)) -> pd.DataFrame:
    """
    Return the cells of the other backends, each beside the baseline's of the same size.

    Without a baseline each is held against that of its run, which is named in the column ``baseline``. Of
    their rounds there is only ``at`` and ``at_base``, the places of both in `cells`, of none -1. `only` says
    which cells are meant.
    """
    cells = cells.drop(columns=list(LISTS), errors="ignore").assign(
        **{name: value for name, value in _UNKNOWN.items() if name not in cells}, at=np.arange(len(cells))
    )[only]
    if baseline is not None:
        backends = cells["backend"].unique()
        if baseline not in backends:
            raise UnknownNameError.of("baseline", baseline, backends)
        cells = cells.assign(baseline=baseline)
    is_base = cells["backend"] == cells["baseline"]
    others, base = cells[~is_base], cells[is_base]
    # A span that the baseline lacks is held against its call: there, nothing runs beside the host.
    spans = pd.MultiIndex.from_frame(base[_SPAN].drop_duplicates())
    has = pd.MultiIndex.from_frame(others[_SPAN]).isin(spans)
    others = others.assign(base_span=others["span"].where(has, str(Span.CALL)))
    base = base.assign(base_span=base["span"])[[*_KEY, *_OF_BASE]]
    both = others.merge(base, on=_KEY, how="left", suffixes=("", "_base"), validate="many_to_one")
    # Where the baseline was not measured the merge leaves NaN, which is no status.
    return both.assign(
        status_base=both["status_base"].where(both["status_base"].notna(), str(Status.SKIPPED)),
        at_base=both["at_base"].fillna(-1).astype(np.int64),
    )


def held_against(cells: pd.DataFrame, baseline: str | None) -> pd.DataFrame:
    """Return cells to be held against a baseline, those of an op that lacks it against their run's own."""
    if baseline is None:
        return cells
    found = cells["backend"] == baseline
    if not found.any():
        raise UnknownNameError.of("baseline", baseline, cells["backend"].unique())
    key = [cells[name] for name in ("machine", "run", "op", "dtype")]
    has = found.groupby(key).transform("any")
    return cells.assign(baseline=cells["baseline"].mask(has, baseline))


def control_of(both: pd.DataFrame) -> Floats:
    """Return the relative error that the controls of a run show; 0 where it has none."""
    control: Floats = np.nan_to_num(
        np.fmax(*(both[name].to_numpy(float) for name in ("control", "control_base")))
    )
    return control
