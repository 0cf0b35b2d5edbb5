"""Crossovers: the size at which a backend and the baseline change places, with an interval."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from harness.answers.speedup import log_ratios
from harness.model import State, Status, Verdict
from harness.statistics.arrays import Floats, Ints

CURVE = ["machine", "run", "op", "backend", "baseline", "dtype", "span"]
"""What the sizes of one curve have in common."""
COLUMNS = [*CURVE, "state", "n", "low", "high", "faster"]
DRAWS = 2000
"""Curves drawn for an interval: its ends are then known to about a tenth of its width."""
_ENDS = (0.025, 0.975)
_AT_ONCE = 16
"""Crossings whose draws are held at once: half a megabyte stays in a cache."""
_SIGNS = {str(Verdict.FASTER): 1, str(Verdict.SLOWER): -1}


def crossover(
    cells: pd.DataFrame, baseline: str = "numpy", *, aa_error: float | Mapping[str, float] = 0.0
) -> pd.DataFrame:
    """
    Find the sizes at which each backend overtakes the baseline or falls behind it.

    Parameters
    ----------
    cells : DataFrame
        From `harness.load`.
    baseline : str
        The backend that the others are compared with.
    aa_error : float or mapping of str to float
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
    other work made of a time says nothing about where the curves cross, and unless one round is all they
    have, which tells no interval.
    """
    return crossings(log_ratios(cells, baseline, aa_error=aa_error))


def crossings(ratios: pd.DataFrame) -> pd.DataFrame:
    """
    Find the crossings in speedups that are known already.

    Parameters
    ----------
    ratios : DataFrame
        From `harness.answers.speedup.log_ratios`.

    Returns
    -------
    DataFrame
        See `crossover`.
    """
    first, curves = _curves(ratios)
    found = [(at, crossing) for at, curve in enumerate(curves) for crossing in _crossings(curve)]
    crossed = [crossing for _, crossing in found]
    low, high = _intervals([crossing.part for crossing in crossed])
    names = ratios[CURVE].iloc[first[[at for at, _ in found]]].reset_index(drop=True)
    return names.assign(
        state=[str(crossing.state) for crossing in crossed],
        n=np.array([crossing.n for crossing in crossed], dtype=np.float64),
        low=low,
        high=high,
        faster=[crossing.faster for crossing in crossed],
    )[COLUMNS]


@dataclass(frozen=True, slots=True)
class _Curve:
    """The points of a curve by size: logarithms of sizes and speedups, and what is known of the latter."""

    sizes: list[float]
    logs: list[float]
    errors: list[float]
    freedom: list[int]
    verdicts: list[str]
    noisy: list[bool]

    def only(self, wanted: Iterable[bool]) -> "_Curve":
        """Return some of the points."""
        kept = [at for at, want in enumerate(wanted) if want]
        every: list[list[Any]] = [
            *(self.sizes, self.logs, self.errors),
            *(self.freedom, self.verdicts, self.noisy),
        ]
        return _Curve(*([values[at] for at in kept] for values in every))


@dataclass(frozen=True, slots=True)
class _Part:
    """The points between which a curve crosses, and whether it rises there (1) or falls (-1)."""

    curve: _Curve
    sign: int


@dataclass(frozen=True, slots=True)
class _Crossing:
    """A row of the answer; its interval comes from `part`, where there is one."""

    state: State
    n: float
    faster: str
    part: _Part | None


def _curves(ratios: pd.DataFrame) -> tuple[Ints, Iterator[_Curve]]:
    """Return the first row of each curve, in the order of the rows, and the points that it has."""
    code = ratios.groupby(CURVE, sort=False).ngroup().to_numpy()
    _, first = np.unique(code, return_index=True)
    known = np.flatnonzero(ratios["log"].notna())
    order = known[np.lexsort((ratios["n"].to_numpy()[known], code[known]))]
    ends = np.searchsorted(code[order], np.arange(len(first)), side="right").tolist()
    ordered = ratios[["n", "log", "error", "freedom", "verdict", "status"]].iloc[order]
    columns: list[list[Any]] = [
        np.log(ordered["n"].to_numpy(float)).tolist(),
        *(ordered[name].tolist() for name in ("log", "error", "freedom", "verdict")),
        (ordered["status"] == Status.NOISY).tolist(),
    ]
    bounds = pairwise([0, *ends])
    return first, (_Curve(*(column[begin:end] for column in columns)) for begin, end in bounds)


def _crossings(curve: _Curve) -> Iterator[_Crossing]:
    """Yield what there is to say of one curve."""
    signs = [(at, _SIGNS[verdict]) for at, verdict in enumerate(curve.verdicts) if verdict in _SIGNS]
    changes = [(a, b, sign) for (a, before), (b, sign) in pairwise(signs) if before != sign]
    for first, last, sign in changes:
        inside = (first <= at <= last for at in range(len(curve.sizes)))
        part = curve.only(
            here and not noisy and freedom > 0
            for here, noisy, freedom in zip(inside, curve.noisy, curve.freedom, strict=True)
        )
        faster = "above" if sign > 0 else "below"
        yield _Crossing(State.CROSSES, math.exp(_first_root(part)), faster, _Part(part, sign))
    if changes:
        return
    signed = {sign for _, sign in signs}
    ends = {curve.verdicts[0], curve.verdicts[-1]} if curve.verdicts else {Verdict.UNSURE}
    state, root = State.UNDECIDED, math.nan
    quiet = curve.only(not noisy for noisy in curve.noisy)
    if ends == {Verdict.FASTER} and -1 not in signed:
        state = State.ALWAYS
    elif ends <= {Verdict.SLOWER, Verdict.SAME} and 1 not in signed:
        state = State.NEVER
    elif sum(_sign(a) != _sign(b) for a, b in pairwise(quiet.logs)) == 1:
        root = math.exp(_first_root(quiet))
    faster = "" if math.isnan(root) else ("above" if quiet.logs[-1] > 0 else "below")
    yield _Crossing(state, root, faster, None)


def _sign(value: float) -> int:
    """Return -1, 0 or 1."""
    return (value > 0) - (value < 0)


def _first_root(curve: _Curve) -> float:
    """Return where a piecewise linear curve first changes its sign."""
    points = pairwise(zip(curve.sizes, curve.logs, strict=True))
    (begin, before), (end, after) = next(pair for pair in points if _sign(pair[0][1]) != _sign(pair[1][1]))
    return begin + (end - begin) * before / (before - after)


def _intervals(parts: Sequence[_Part | None]) -> tuple[Floats, Floats]:
    """Return the intervals of crossings in n, from curves drawn around the measured ones; NaN for None."""
    alike: dict[tuple[int, ...], list[int]] = {}
    for at, part in enumerate(parts):
        if part is not None:
            alike.setdefault(tuple(part.curve.freedom), []).append(at)
    ends = np.full((len(parts), 2), np.nan)
    for freedom, places in alike.items():
        # Crossings with the same numbers of rounds have the same draws, of which each has its own scale.
        drawn = np.random.default_rng(0).standard_t(freedom, (DRAWS, len(freedom)))
        for begin in range(0, len(places), _AT_ONCE):
            some = places[begin : begin + _AT_ONCE]
            ends[some] = _middle([part for at in some if (part := parts[at]) is not None], drawn)
    return ends[:, 0], ends[:, 1]


def _middle(parts: Sequence[_Part], drawn: Floats) -> Floats:
    """Return what holds the middle 95 % of the crossings of curves drawn around each of some curves."""
    # By size first, then by part: what follows goes along the draws.
    sizes, logs, errors = (
        np.array([getattr(part.curve, name) for part in parts]).T[:, :, None]
        for name in ("sizes", "logs", "errors")
    )
    sign = np.array([part.sign for part in parts])[:, None]
    draws = logs + errors * drawn.T[:, None, :]
    # A draw in which the decided ends do not have their signs says nothing about where they change.
    valid = (sign * draws[0] < 0) & (sign * draws[-1] > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        roots = np.where(valid, _first_roots(sizes, draws), np.nan)
    roots.sort(axis=1)  # NaN last
    at = (valid.sum(axis=1) - 1)[:, None] * np.array(_ENDS)
    below = np.floor(at).astype(np.int64)
    rows, share = np.arange(len(parts))[:, None], at - below
    low, high = roots[rows, below], roots[rows, np.minimum(below + 1, DRAWS - 1)]
    # As NumPy's quantile does it; a draw that lies on one has no neighbour that counts.
    between = np.where(share < 0.5, low + (high - low) * share, high - (high - low) * (1 - share))  # noqa: PLR2004
    ends: Floats = np.exp(np.where(share > 0, between, low))
    return ends


def _first_roots(sizes: Floats, curves: Floats) -> Floats:
    """Return where each of many curves that change their sign does so first; by size, then in any shape."""
    segments = list(pairwise(zip(sizes, curves, strict=True)))
    roots: Floats = np.empty(0)
    for (begin, before), (end, after) in reversed(segments):
        here = begin + (end - begin) * before / (before - after)
        roots = np.where(np.sign(before) != np.sign(after), here, roots) if roots.size else here
    return roots
