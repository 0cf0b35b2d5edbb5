"""Crossovers: the size at which a backend and the baseline change places, with an interval."""

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from harness.model import State, Status, Verdict
from harness.ratios import Floats, log_ratios

CURVE = ["machine", "run", "op", "backend", "baseline", "dtype", "span"]
"""What the sizes of one curve have in common."""
COLUMNS = [*CURVE, "state", "n", "low", "high", "faster"]
DRAWS = 2000
"""Curves drawn for an interval: its ends are then known to about a tenth of its width."""
_SIGNS = {Verdict.FASTER: 1, Verdict.SLOWER: -1}


def crossover(cells: pd.DataFrame, baseline: str = "numpy", *, aa_error: float = 0.0) -> pd.DataFrame:
    """
    Find the sizes at which each backend overtakes the baseline or falls behind it.

    Parameters
    ----------
    cells : DataFrame
        From `harness.load`.
    baseline : str
        The backend that the others are compared with.
    aa_error : float
        See `harness.speedup`.

    Returns
    -------
    DataFrame
        With the columns `COLUMNS`, one row per crossing, or one per curve without any. ``state`` is

        - ``crosses``: the verdicts change between faster and slower, at ``n`` elements with the 95 %
          interval ``low`` to ``high``; ``faster`` says on which side of it the backend is faster,
          ``above`` or ``below``;
        - ``always``: faster at the smallest and the largest size and nowhere slower;
        - ``never``: slower or the same at both ends and nowhere faster;
        - ``undecided``: the intervals allow none of these. Where the curve itself crosses 1 just once, that
          ``n`` is given, without an interval.

    Raises
    ------
    UnknownNameError
        If no cell is of the baseline.

    Notes
    -----
    The log speedup is taken as linear in log n between neighbouring sizes. The interval holds the middle
    95 % of the crossings of `DRAWS` curves, whose sizes are drawn independently from the t-distributions
    of their means; sizes without a verdict inside a crossing take part in it, unless they are noisy: what
    other work made of a time says nothing about where the curves cross.
    """
    rows: list[dict[str, Any]] = []
    for key, curve in log_ratios(cells, baseline, aa_error=aa_error).groupby(CURVE, sort=False):
        known = curve[curve["log"].notna()].sort_values("n")
        names = dict(zip(CURVE, key, strict=True))
        rows += [names | row for row in _crossings(known)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _crossings(curve: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield what there is to say of one curve, sorted by size."""
    verdicts = curve["verdict"].tolist()
    signs = [(at, _SIGNS[verdict]) for at, verdict in enumerate(verdicts) if verdict in _SIGNS]
    changes = [(a, b, sign) for (a, before), (b, sign) in pairwise(signs) if before != sign]
    for first, last, sign in changes:
        part = _quiet(curve.iloc[first : last + 1])
        low, high = _interval(part, sign)
        yield {
            "state": str(State.CROSSES),
            "n": math.exp(_first_root(*_points(part))),
            "low": low,
            "high": high,
            "faster": "above" if sign > 0 else "below",
        }
    if changes:
        return
    signed = {sign for _, sign in signs}
    ends = {verdicts[0], verdicts[-1]} if verdicts else {Verdict.UNSURE}
    state, root = State.UNDECIDED, math.nan
    sizes, logs = _points(_quiet(curve))
    if ends == {Verdict.FASTER} and -1 not in signed:
        state = State.ALWAYS
    elif ends <= {Verdict.SLOWER, Verdict.SAME} and 1 not in signed:
        state = State.NEVER
    elif (np.diff(np.sign(logs)) != 0).sum() == 1:
        root = math.exp(_first_root(sizes, logs))
    faster = "" if math.isnan(root) else ("above" if logs[-1] > 0 else "below")
    yield {"state": str(state), "n": root, "low": math.nan, "high": math.nan, "faster": faster}


def _quiet(curve: pd.DataFrame) -> pd.DataFrame:
    """Return the points that are not noisy."""
    return curve[curve["status"] != Status.NOISY]


def _points(curve: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return the logarithms of sizes and speedups."""
    return np.log(curve["n"].to_numpy(float)), curve["log"].to_numpy(float)


def _interval(part: pd.DataFrame, sign: int) -> tuple[float, float]:
    """Return the interval of a crossing in n, from curves drawn around the measured one."""
    random = np.random.default_rng(0)
    error, freedom = part["error"].to_numpy(float), part["freedom"].to_numpy(float)
    sizes, logs = _points(part)
    draws = logs + error * random.standard_t(freedom, (DRAWS, len(part)))
    # A draw in which the decided ends do not have their signs says nothing about where they change.
    draws = draws[(sign * draws[:, 0] < 0) & (sign * draws[:, -1] > 0)]
    low, high = np.exp(np.quantile(_first_roots(sizes, draws), [0.025, 0.975])).tolist()
    return low, high


def _first_root(sizes: Floats, logs: Floats) -> float:
    """Return where a piecewise linear curve first changes its sign."""
    return float(_first_roots(sizes, logs[None, :])[0])


def _first_roots(sizes: Floats, curves: Floats) -> Floats:
    """Return where each of many curves, one per row, first changes its sign."""
    at = np.argmax(np.diff(np.sign(curves), axis=1) != 0, axis=1)
    row = np.arange(len(curves))
    before, after = curves[row, at], curves[row, at + 1]
    roots: Floats = sizes[at] + (sizes[at + 1] - sizes[at]) * before / (before - after)
    return roots
