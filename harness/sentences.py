"""What a speedup curve says, in words."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from harness.model import TIMED, State, Verdict
from harness.units import elements, size


def standing(crossings: pd.DataFrame, curve: pd.DataFrame) -> str:
    """
    Return where a backend is faster than the baseline, and where that is not known.

    Parameters
    ----------
    crossings : DataFrame
        The rows of `harness.crossover` that are of this curve, at least one.
    curve : DataFrame
        The rows of `harness.speedup` that are of this curve.

    Returns
    -------
    str
        Such as ``"faster than numpy above 14 000 (11 000 to 18 000) elements; unsure at 16 Mi"``.
    """
    rows = list(crossings.sort_values("n").itertuples())
    over, state = rows[0].baseline, rows[0].state
    if state == State.ALWAYS:
        return f"faster than {over} at every size measured"
    if state == State.NEVER:
        return f"never faster than {over}"
    known = curve[curve["speedup"].notna()].sort_values("n")
    verdicts, sizes = known["verdict"].tolist(), known["n"].tolist()
    if state == State.UNDECIDED:
        hint = "" if math.isnan(rows[0].n) else f"; the curves cross near {elements(rows[0].n)} elements"
        return _decided(verdicts, sizes, over) + hint
    return f"faster than {over} {_ranges(rows)}{_open_ends(verdicts, sizes)}"


def without_baseline(cells: pd.DataFrame, baseline: str) -> list[str]:
    """
    Return in which dtypes nothing can be compared, since the baseline has no time in them.

    Parameters
    ----------
    cells : DataFrame
        From `harness.load`.
    baseline : str
        What the others are compared with.

    Returns
    -------
    list of str
        A sentence per dtype in which others have a time.
    """
    told = []
    for dtype, own in cells.groupby("dtype", sort=False):
        timed = dict.fromkeys(own[own["status"].isin(TIMED)]["backend"])
        if not timed or baseline in timed:
            continue
        why = "; ".join(dict.fromkeys(own[own["backend"] == baseline]["reason"])) or "it was not measured"
        other = f"; a baseline that has one is {next(iter(timed))}" if len(timed) > 1 else ""
        told.append(f"{dtype}: no speedup and no crossover, since {baseline} has no time: {why}{other}")
    return told


def _ranges(rows: Sequence[Any]) -> str:
    """Return between which crossings the backend is faster; they alternate between rise and fall."""
    parts, rise = [], ""
    for row in rows:
        interval = "" if math.isnan(row.low) else f" ({elements(row.low)} to {elements(row.high)})"
        at = f"{elements(row.n)}{interval}"
        if row.faster == "above":
            rise = at
        else:
            parts.append(f"from {rise} to {at}" if rise else f"below {at}")
            rise = ""
    return " and ".join([*parts, f"above {rise}"] if rise else parts) + " elements"


def _open_ends(verdicts: Sequence[str], sizes: Sequence[int]) -> str:
    """Return at which smallest and largest sizes the curve has no side, where it is so."""
    decided = [at for at, verdict in enumerate(verdicts) if verdict in (Verdict.FASTER, Verdict.SLOWER)]
    first, last = decided[0], decided[-1]
    before, after = _span(sizes[:first]), _span(sizes[last + 1 :])
    word = "the same" if set(verdicts[last + 1 :]) == {Verdict.SAME} else "unsure"
    return (f"; unsure at {before}" if before else "") + (f"; {word} at {after}" if after else "")


def _decided(verdicts: Sequence[str], sizes: Sequence[int], over: str) -> str:
    """Return the sizes at which an undecided curve has a side, if they are all on the same."""
    for verdict in (Verdict.FASTER, Verdict.SLOWER):
        at = [index for index, own in enumerate(verdicts) if own == verdict]
        if at and set(verdicts) <= {verdict, Verdict.UNSURE, Verdict.SAME}:
            where = _span(sizes[at[0] : at[-1] + 1]) if len(at) == at[-1] - at[0] + 1 else "some sizes"
            return f"{verdict} than {over} at {where}, undecided elsewhere"
    return "not decidable from these rounds"


def _span(sizes: Sequence[int]) -> str:
    """Return sizes in a row as a range; empty for none."""
    return " to ".join(dict.fromkeys(size(n) for n in (sizes[0], sizes[-1]))) if sizes else ""
