"""Crossovers: the size at which a backend and the baseline change places, with an interval."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from harness.answers.kinds import SEVERAL_THREADS
from harness.answers.speedup import log_ratios
from harness.answers.verdict import MARGIN
from harness.model import State, Verdict
from harness.statistics.arrays import Floats, Ints
from harness.statistics.confidence import t_quantiles

CURVE = ["machine", "run", "op", "backend", "baseline", "dtype", "span"]
"""What the sizes of one curve have in common."""
COLUMNS = [*CURVE, "state", "n", "low", "high", "faster"]
DRAWS = 2000
"""Curves drawn for an interval: its ends are then known to about a tenth of its width."""
_ENDS = (0.025, 0.975)
_ENOUGH = 60
"""Degrees of freedom from which on a t-distribution is drawn as if it had no more: it is 2 % too wide."""
_AT_ONCE = 16
"""Crossovers whose draws are held at once: half a megabyte stays in a cache."""
_SIGNS = {str(Verdict.FASTER): 1, str(Verdict.SLOWER): -1}


def crossover(
    cells: pd.DataFrame,
    baseline: str | None = None,
    *,
    aa_error: float | Mapping[str, float] = 0.0,
    margin: float = MARGIN,
) -> pd.DataFrame:
    """
    Find the sizes at which each backend overtakes the baseline or falls behind it.

    Parameters
    ----------
    cells : DataFrame
        From `harness.load`.
    baseline : str, optional
        The backend that the others are compared with; default that of each cell's run.
    aa_error : float or mapping of str to float
    margin : float
        See `harness.speedup`.

    Returns
    -------
    DataFrame
        With the columns `COLUMNS`, one row per crossing, or one per curve without any. ``state`` is

        - ``crosses``: the verdicts change between faster and slower, at ``n`` elements with the 95 %
          interval ``low`` to ``high``; ``faster`` says on which side of it the backend is faster,
          ``above`` or ``below``;
        - ``always``: faster at the smallest and the largest size, nowhere slower and nowhere the same;
        - ``never``: slower or the same at both ends and nowhere faster;
        - ``partly``: faster at some sizes, the same at others, slower nowhere, and neither end is unsure;
        - ``undecided``: an end is unsure and the verdicts change no sides. Where the curve itself crosses 1
          just once, that ``n`` is given, without an interval.

    Raises
    ------
    UnknownNameError
        If no cell is of the baseline that was asked for.

    Notes
    -----
    The log speedup is taken as linear in log n between neighbouring sizes. The interval holds the middle
    95 % of the crossings of `DRAWS` curves, whose sizes are drawn independently from the t-distributions
    of their means, as wide as their intervals where these cover what other work made of a speedup. Sizes
    without a verdict inside a crossing take part in it, unless other work spoiled every pass of several
    threads: what that made of a time says nothing about where the curves cross.
    """
    return crossovers_of(log_ratios(cells, baseline, aa_error=aa_error, margin=margin))


def crossovers_of(ratios: pd.DataFrame) -> pd.DataFrame:
    """Find the crossovers in what `harness.answers.speedup.log_ratios` returned; see `crossover`."""
    first_rows, curves = _curves(ratios)
    numbered = [(curve, row) for curve, points in enumerate(curves) for row in _crossovers(points)]
    rows = [row for _, row in numbered]
    low, high = _intervals([row.segment for row in rows])
    names = ratios[CURVE].iloc[first_rows[[curve for curve, _ in numbered]]].reset_index(drop=True)
    return names.assign(
        state=[str(row.state) for row in rows],
        n=np.array([row.n for row in rows], dtype=np.float64),
        low=low,
        high=high,
        faster=[row.faster for row in rows],
    )[COLUMNS]


@dataclass(frozen=True, slots=True)
class _Points:
    """The points of a curve by size: logarithms of sizes and speedups, and what is known of the latter."""

    sizes: list[float]
    logs: list[float]
    errors: list[float]
    freedom: list[int]
    verdicts: list[str]
    spoiled: list[bool]

    def only(self, wanted: Iterable[bool]) -> "_Points":
        """Return some of the points."""
        kept = [index for index, want in enumerate(wanted) if want]
        every: list[list[Any]] = [
            *(self.sizes, self.logs, self.errors),
            *(self.freedom, self.verdicts, self.spoiled),
        ]
        return _Points(*([values[index] for index in kept] for values in every))


@dataclass(frozen=True, slots=True)
class _Segment:
    """The points between which a curve crosses, and whether it rises there (1) or falls (-1)."""

    points: _Points
    sign: int


@dataclass(frozen=True, slots=True)
class _Crossover:
    """A row of the answer; its interval comes from `segment`, where there is one."""

    state: State
    n: float
    faster: str
    segment: _Segment | None


def _curves(ratios: pd.DataFrame) -> tuple[Ints, Iterator[_Points]]:
    """Return the first row of each curve, in the order of the rows, and the points that it has."""
    code = ratios.groupby(CURVE, sort=False).ngroup().to_numpy()
    _, first_rows = np.unique(code, return_index=True)
    timed = np.flatnonzero(ratios["log"].notna())
    order = timed[np.lexsort((ratios["n"].to_numpy()[timed], code[timed]))]
    ends = np.searchsorted(code[order], np.arange(len(first_rows)), side="right").tolist()
    ordered = ratios.iloc[order]
    columns: list[list[Any]] = [
        np.log(ordered["n"].to_numpy(float)).tolist(),
        ordered["log"].tolist(),
        _errors(ordered).tolist(),
        # Whole ones, and few different: crossovers with the same have their draws in common.
        np.clip(ordered["freedom"], 1, _ENOUGH).astype(np.int64).tolist(),
        *(ordered[name].tolist() for name in ("verdict", "spoiled")),
    ]
    bounds = pairwise([0, *ends])
    return first_rows, (_Points(*(column[begin:end] for column in columns)) for begin, end in bounds)


def _errors(ratios: pd.DataFrame) -> Floats:
    """Return standard errors that reach as far as the intervals do, to what other work makes of a speedup."""
    covered = np.where(ratios["kind"] == SEVERAL_THREADS, np.nan, np.log(ratios["busy"]))
    reach = np.abs(covered - ratios["log"]) / t_quantiles(ratios["freedom"].to_numpy())
    errors: Floats = np.fmax(ratios["error"].to_numpy(), reach.to_numpy())
    return errors


def _crossovers(points: _Points) -> Iterator[_Crossover]:
    """Yield what there is to say of one curve."""
    signs = [(index, _SIGNS[verdict]) for index, verdict in enumerate(points.verdicts) if verdict in _SIGNS]
    changes = [(a, b, sign) for (a, before), (b, sign) in pairwise(signs) if before != sign]
    for first, last, sign in changes:
        inside = (first <= index <= last for index in range(len(points.sizes)))
        between = points.only(
            here and not spoiled for here, spoiled in zip(inside, points.spoiled, strict=True)
        )
        faster = "above" if sign > 0 else "below"
        yield _Crossover(State.CROSSES, math.exp(_first_root(between)), faster, _Segment(between, sign))
    if not changes:
        yield _without_change(points, {sign for _, sign in signs})


def _without_change(points: _Points, signs: set[int]) -> _Crossover:
    """Return what there is to say of a curve whose verdicts do not change sides."""
    ends = {points.verdicts[0], points.verdicts[-1]} if points.verdicts else {Verdict.UNSURE}
    if Verdict.UNSURE not in ends:
        if 1 not in signs:
            return _Crossover(State.NEVER, math.nan, "", None)
        partly = Verdict.SAME in points.verdicts
        return _Crossover(State.PARTLY if partly else State.ALWAYS, math.nan, "", None)
    quiet = points.only(not spoiled for spoiled in points.spoiled)
    if sum(_sign(a) != _sign(b) for a, b in pairwise(quiet.logs)) == 1:
        faster = "above" if quiet.logs[-1] > 0 else "below"
        return _Crossover(State.UNDECIDED, math.exp(_first_root(quiet)), faster, None)
    return _Crossover(State.UNDECIDED, math.nan, "", None)


def _sign(value: float) -> int:
    """Return -1, 0 or 1."""
    return (value > 0) - (value < 0)


def _first_root(points: _Points) -> float:
    """Return where a piecewise linear curve first changes its sign."""
    pairs = pairwise(zip(points.sizes, points.logs, strict=True))
    (begin, before), (end, after) = next(pair for pair in pairs if _sign(pair[0][1]) != _sign(pair[1][1]))
    return begin + (end - begin) * before / (before - after)


def _intervals(segments: Sequence[_Segment | None]) -> tuple[Floats, Floats]:
    """Return the intervals of crossovers in n, from curves drawn around the measured ones; NaN for None."""
    alike: dict[tuple[int, ...], list[int]] = {}
    for index, segment in enumerate(segments):
        if segment is not None:
            alike.setdefault(tuple(segment.points.freedom), []).append(index)
    ends = np.full((len(segments), 2), np.nan)
    for freedom, indices in alike.items():
        # Crossovers with the same numbers of rounds have the same draws, of which each has its own scale.
        drawn = np.random.default_rng(0).standard_t(freedom, (DRAWS, len(freedom)))
        for begin in range(0, len(indices), _AT_ONCE):
            some = indices[begin : begin + _AT_ONCE]
            chosen = [segment for index in some if (segment := segments[index]) is not None]
            ends[some] = np.exp(_quantiles(*_drawn_roots(chosen, drawn)))
    return ends[:, 0], ends[:, 1]


def _drawn_roots(segments: Sequence[_Segment], drawn: Floats) -> tuple[Floats, Ints]:
    """Return where curves drawn around each of some segments cross, in order, and how many of them do."""
    # By size first, then by segment: what follows goes along the draws.
    sizes, logs, errors = (
        np.array([getattr(segment.points, name) for segment in segments]).T[:, :, None]
        for name in ("sizes", "logs", "errors")
    )
    sign = np.array([segment.sign for segment in segments])[:, None]
    curves = logs + errors * drawn.T[:, None, :]
    # A draw in which the decided ends do not have their signs says nothing about where they change.
    valid = (sign * curves[0] < 0) & (sign * curves[-1] > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        roots = np.where(valid, _first_roots(sizes, curves), np.nan)
    return np.sort(roots, axis=1), valid.sum(axis=1)  # NaN last


def _quantiles(ordered: Floats, counts: Ints) -> Floats:
    """Return the ends of the middle 95 % of the first values of each row, as NumPy's quantile does."""
    place = (counts - 1)[:, None] * np.array(_ENDS)
    below = np.floor(place).astype(np.int64)
    rows, share = np.arange(len(ordered))[:, None], place - below
    low, high = ordered[rows, below], ordered[rows, np.minimum(below + 1, DRAWS - 1)]
    between = np.where(share < 0.5, low + (high - low) * share, high - (high - low) * (1 - share))  # noqa: PLR2004 - half
    # A quantile that lies on a value has no neighbour that counts.
    quantiles: Floats = np.where(share > 0, between, low)
    return quantiles


def _first_roots(sizes: Floats, curves: Floats) -> Floats:
    """Return where each of many curves that change their sign does so first; by size, then in any shape."""
    pairs = list(pairwise(zip(sizes, curves, strict=True)))
    roots: Floats = np.empty(0)
    for (begin, before), (end, after) in reversed(pairs):
        here = begin + (end - begin) * before / (before - after)
        roots = np.where(np.sign(before) != np.sign(after), here, roots) if roots.size else here
    return roots
