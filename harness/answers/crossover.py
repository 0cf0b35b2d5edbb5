"""Crossovers: the size at which a backend and the baseline change places, with an interval."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np
import pandas as pd

from harness.answers.kinds import SEVERAL_THREADS
from harness.answers.pairs import compared
from harness.answers.speedup import log_ratios
from harness.answers.verdict import MARGIN
from harness.model import State, Verdict
from harness.parallel import in_threads
from harness.statistics.arrays import Floats, Ints, Marks
from harness.statistics.confidence import t_quantiles

CURVE = ["machine", "run", "op", "backend", "baseline", "dtype", "span"]
"""What the sizes of one curve have in common."""
COLUMNS = [*CURVE, "state", "n", "low", "high", "faster"]
DRAWS = 2000
"""Curves drawn for an interval: its ends are then known to about a tenth of its width."""
_ENDS = (0.025, 0.975)
_ENOUGH = 60
"""Degrees of freedom from which on a t-distribution is drawn as if it had no more: it is 2 % too wide."""
_AT_ONCE = 64
"""Crossovers whose draws are held at once, a megabyte for each size: they stay in a cache."""
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
    return crossovers_of(log_ratios(compared(cells), baseline, aa_error=aa_error, margin=margin))


def crossovers_of(ratios: pd.DataFrame) -> pd.DataFrame:
    """Find the crossovers in what `harness.answers.speedup.log_ratios` returned; see `crossover`."""
    code = ratios.groupby(CURVE, sort=False).ngroup().to_numpy()
    _, first_rows = np.unique(code, return_index=True)
    points, quiet = _points(ratios, code)
    crossing, others = _crossing(quiet), _not_crossing(points, quiet, len(first_rows))
    others = others[~others["curve"].isin(crossing["curve"])]
    rows = pd.concat([crossing, others]).sort_values("curve", kind="stable", ignore_index=True)
    names = ratios[CURVE].iloc[first_rows[rows["curve"]]].reset_index(drop=True)
    return names.join(rows)[COLUMNS]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Points:
    """Points by curve and size: logarithms of sizes and speedups, and what is known of the latter."""

    curve: Ints
    sizes: Floats
    logs: Floats
    errors: Floats
    freedom: Ints
    verdict: Ints  # 1 for faster, -1 for slower, 0 for the same
    unsure: Marks

    def only(self, wanted: Marks) -> "_Points":
        """Return some of the points."""
        return _Points(**{field.name: getattr(self, field.name)[wanted] for field in fields(self)})

    def flips(self) -> Ints:
        """Return the points after which their curve crosses 1."""
        signs = np.sign(self.logs)
        return np.flatnonzero((signs[1:] != signs[:-1]) & (self.curve[1:] == self.curve[:-1]))

    def roots(self, flips: Ints) -> Floats:
        """Return the sizes, in elements, at which curves cross 1 after these points."""
        begin, end, before, after = (x[flips + at] for x in (self.sizes, self.logs) for at in (0, 1))
        roots: Floats = np.exp(begin + (end - begin) * before / (before - after))
        return roots


def _points(ratios: pd.DataFrame, code: Ints) -> tuple[_Points, _Points]:
    """Return the points that have a time, and those of them that other work did not spoil, by curve."""
    timed = np.flatnonzero(ratios["log"].notna())
    order = timed[np.lexsort((ratios["n"].to_numpy()[timed], code[timed]))]
    ordered = ratios.iloc[order]
    points = _Points(
        curve=code[order],
        sizes=np.log(ordered["n"].to_numpy(float)),
        logs=ordered["log"].to_numpy(),
        errors=_errors(ordered),
        # Whole ones, and few different: crossovers with the same have their draws in common.
        freedom=np.clip(ordered["freedom"].to_numpy(), 1, _ENOUGH).astype(np.int64),
        verdict=ordered["verdict"].map(_SIGNS).fillna(0).to_numpy(np.int64),
        unsure=(ordered["verdict"] == Verdict.UNSURE).to_numpy(),
    )
    return points, points.only(~ordered["spoiled"].to_numpy())


def _errors(ratios: pd.DataFrame) -> Floats:
    """Return standard errors that reach as far as the intervals do, to what other work makes of a speedup."""
    covered = np.where(ratios["kind"] == SEVERAL_THREADS, np.nan, np.log(ratios["busy"]))
    reach = np.abs(covered - ratios["log"]) / t_quantiles(ratios["freedom"].to_numpy())
    errors: Floats = np.fmax(ratios["error"].to_numpy(), reach.to_numpy())
    return errors


def _crossing(quiet: _Points) -> pd.DataFrame:
    """Return the curves whose verdicts change sides, with what there is to say of each change."""
    decided, flips = np.flatnonzero(quiet.verdict), quiet.flips()  # a spoiled point is unsure
    curve, sign = quiet.curve[decided], quiet.verdict[decided]
    changes = np.flatnonzero((curve[1:] == curve[:-1]) & (sign[1:] != sign[:-1]))
    first, last = decided[changes], decided[changes + 1]
    low, high = _intervals(quiet, first, last)
    return pd.DataFrame(
        {
            "curve": curve[changes],
            "state": str(State.CROSSES),
            "n": quiet.roots(flips[np.searchsorted(flips, first)]),
            "low": low,
            "high": high,
            "faster": np.where(quiet.verdict[last] > 0, "above", "below"),
        }
    )


def _not_crossing(points: _Points, quiet: _Points, curves: int) -> pd.DataFrame:
    """Return what there is to say of each of so many curves if its verdicts do not change sides."""
    first, behind = (np.searchsorted(points.curve, np.arange(curves), side) for side in ("left", "right"))
    # The place behind all stands for a curve without any point.
    ends = np.where(first < behind, (first, behind - 1), -1)
    unsure = np.logical_or(*np.append(points.unsure, np.True_)[ends])
    rises, is_same = (
        np.bincount(points.curve[marks], minlength=curves) > 0
        for marks in (points.verdict > 0, (points.verdict == 0) & ~points.unsure)
    )
    n, faster = np.full(curves, np.nan), np.full(curves, "", dtype="<U5")
    flips = quiet.flips()
    of_flip = quiet.curve[flips]
    lone = flips[unsure[of_flip] & (np.bincount(of_flip)[of_flip] == 1)]
    n[quiet.curve[lone]] = quiet.roots(lone)
    faster[quiet.curve[lone]] = np.where(quiet.logs[lone + 1] > 0, "above", "below")
    states = [str(state) for state in (State.UNDECIDED, State.NEVER, State.PARTLY)]
    state = np.select([unsure, ~rises, is_same], states, str(State.ALWAYS))
    return pd.DataFrame(
        {"curve": np.arange(curves), "state": state, "n": n, "low": np.nan, "high": np.nan, "faster": faster}
    )


def _intervals(points: _Points, first: Ints, last: Ints) -> tuple[Floats, Floats]:
    """Return the intervals in n of crossovers between two points each, from curves drawn around these."""
    ends = np.full((len(first), 2), np.nan)

    def fill(alike: tuple[Ints, Floats]) -> None:
        which, drawn = alike
        rows = first[which, None] + np.arange(len(drawn))
        ends[which] = np.exp(_quantiles(*_drawn_roots(points, rows, drawn)))

    in_threads(fill, list(_alike(points, first, last)))
    return ends[:, 0], ends[:, 1]


def _alike(points: _Points, first: Ints, last: Ints) -> Iterator[tuple[Ints, Floats]]:
    """Yield crossovers with the same numbers of rounds, which have the same draws, each at its own scale."""
    lengths = last - first + 1
    for length in np.unique(lengths).tolist():
        of_length = np.flatnonzero(lengths == length)
        freedom = points.freedom[first[of_length, None] + np.arange(length)]
        different, kind = np.unique(freedom, axis=0, return_inverse=True)
        for number, of_kind in enumerate(different):
            drawn = np.random.default_rng(0).standard_t(of_kind, (DRAWS, length))
            drawn = np.ascontiguousarray(drawn.T)[:, None, :]
            which = of_length[kind.ravel() == number]
            for begin in range(0, len(which), _AT_ONCE):
                yield which[begin : begin + _AT_ONCE], drawn


def _drawn_roots(points: _Points, rows: Ints, drawn: Floats) -> tuple[Floats, Ints]:
    """Return where curves drawn around some rows of points cross, in order, and how many of each do."""
    # By size first, then by row: what follows goes along the draws.
    sizes, logs, errors = (x[rows].T[:, :, None] for x in (points.sizes, points.logs, points.errors))
    sign = points.verdict[rows[:, -1], None]
    curves = logs + errors * drawn
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
