"""Speedups: how many times faster a backend is than the baseline, with interval and verdict."""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from harness.answers.kinds import ON_A_DEVICE, ONE_THREAD, SEVERAL_THREADS, classes_of, kinds_of
from harness.answers.pairs import compared, control_of, pairs
from harness.answers.reasons import reasons_of
from harness.answers.round_ratios import RoundRatios, round_ratios
from harness.answers.verdict import (
    FIRM_ROUNDS,
    MARGIN,
    SIDE_CONFIDENCE,
    Ends,
    aa_errors,
    log_band,
    log_margin,
    speedup_verdicts,
)
from harness.model import TIMED, Status, Verdict
from harness.statistics.arrays import Floats, Ints, Marks
from harness.statistics.confidence import CONFIDENCE
from harness.statistics.looks import look_levels
from harness.statistics.means import Means, means_of

_CASE = ["machine", "run", "op", "backend", "baseline", "n", "dtype", "span"]
COLUMNS = [*_CASE, "speedup", "low", "high", "verdict", "provisional", "busy", "reason", "status"]
TYPICAL_SPREAD = {ONE_THREAD: 0.08, ON_A_DEVICE: 0.08, SEVERAL_THREADS: 0.25}
"""Standard deviation of a log speedup from process to process where the run itself says nothing of it.

Forks and fresh processes of six parents, sin and abs, 16 to 262 144 elements, on shared two-core machines:
4 to 8 % on one thread, taken at its upper end. Several threads wait for one another, and are given three
times as much."""
_TYPICAL_FREEDOM = 4.0
"""How well that is known: no better than from five processes."""
_CLEAR = math.log(2)
"""Log speedup beyond which one round, and a typical spread, allow a verdict."""
_NARROW = {ONE_THREAD: 0.05, ON_A_DEVICE: 0.05, SEVERAL_THREADS: 0.1}
"""Half-width of an interval, by kind, below which a decided cell needs no more rounds."""


def speedup(
    cells: pd.DataFrame,
    baseline: str | None = None,
    *,
    aa_error: float | Mapping[str, float] = 0.0,
    margin: float = MARGIN,
) -> pd.DataFrame:
    """
    Compare every backend with the baseline.

    Parameters
    ----------
    cells : DataFrame
        From `harness.load`.
    baseline : str, optional
        The backend whose time is divided by the others'; default that of each cell's run, which is NumPy
        unless only functions with names of their own were measured.
    aa_error : float or mapping of str to float
        Relative error of the speedup that this machine shows between identical backends; of several, by
        the name of the machine, 0 for one that is not there. What a run's own control shows counts anyway.
    margin : float
        Relative difference that is none in practice: with all of its interval within it a backend is as
        fast as the baseline.

    Returns
    -------
    DataFrame
        One row per cell of another backend than the baseline, with the columns `COLUMNS`. ``speedup`` is
        baseline seconds over the backend's seconds, above 1 is faster, with the ends of its 95 % interval;
        a span that the baseline has not (`device`, `pipelined`) is held against the baseline's `call`;
        NaN where either has no time, and then ``status`` says which (the backend's own, else the baseline's).
        ``provisional`` says that all this rests on a quick run or on fewer than 4 rounds. ``busy`` is the
        speedup over all passes where that is another than over those that no other work disturbed, else NaN;
        ``reason`` says why a verdict is unsure, and is empty for any other.

    Raises
    ------
    UnknownNameError
        If no cell is of the baseline that was asked for.

    Notes
    -----
    In a pass both are neighbours in time, so what the host does to both cancels in their ratio, and so does
    their order, since each pass is mirrored. A round's value is the median log ratio of its passes: of those
    that no other work disturbed, where a third of them are so, or half with several threads. The rounds'
    trimmed mean has Yuen's t-interval, assuming that their log ratios are independent and symmetric; the
    variance is drawn towards those of the run's cells of the same kind (one thread, several, a device; short
    calls, long ones). With fewer than 5 rounds it is the plain mean, the ratio of the geometric means of the
    rounds.

    Other work on the host slows two libraries by different factors. If the mean over all passes lies outside
    of the interval, the interval is extended to it, unless a contender used several threads: beside a busy
    core these wait for one another and read up to 600 times too slow, which is nothing to cover. They rest on
    clean passes alone, and on none there is no verdict.

    A side (``faster``, ``slower``) takes an interval of 99 % that is clear of 1, since of very many cells
    few should have a wrong one; ``same``, and a side that is provisional, take the 95 % that are shown. A run
    that looks at its figures while they come in has intervals for that many looks.

    References
    ----------
    T. Kalibera and R. Jones, "Quantifying performance changes with effect size confidence intervals",
    2012, section 5, for ratios on a logarithmic scale. K. K. Yuen 1974, see `harness.statistics.means`;
    G. K. Smyth 2004, see `harness.statistics.moderation`; O'Brien and Fleming 1979, see
    `harness.statistics.looks`.
    """
    return log_ratios(compared(cells), baseline, aa_error=aa_error, margin=margin)[COLUMNS]


def log_ratios(
    cells: pd.DataFrame,
    baseline: str | None,
    *,
    aa_error: float | Mapping[str, float] = 0.0,
    margin: float = MARGIN,
    only: Marks | slice = slice(None),
) -> pd.DataFrame:
    """
    Return `speedup`'s rows with the figures behind them.

    The mean ``log`` ratio of the rounds, its standard ``error`` and its ``freedom``, NaN where there is none;
    ``log_every``, the same over all passes where ``log`` is of clean ones; how many ``rounds`` it is of; the
    ``kind`` of the pair; whether it is ``spoiled``, since no pass of several threads was clean; and the
    ``band`` and the ``margin`` of its verdict, as logarithms. `only` says which cells are meant: to leave out
    others beforehand would copy what rounds read.
    """
    both = pairs(cells, baseline, only)
    kind = _kinds(both)
    threaded = kind == SEVERAL_THREADS
    of_rounds = round_ratios(cells, both["at"].to_numpy(), both["at_base"].to_numpy(), threaded)
    clean = _rest_on_clean(of_rounds, threaded)
    rounds = np.where(clean[:, None], of_rounds.clean, of_rounds.every)
    count = (~np.isnan(rounds)).sum(axis=1)
    run = both.groupby(["machine", "run"], sort=False).ngroup().to_numpy()
    seconds = np.where(count > 0, of_rounds.seconds, np.nan)
    means = means_of(rounds, classes=classes_of(run, kind, seconds), trimmed=True)
    lone = np.isnan(means.freedom) & (count > 0)
    supposed = _supposed(means, lone, kind)
    every = means_of(of_rounds.every, trimmed=True).centre
    spoiled = threaded & ~clean & of_rounds.paired
    band = log_band(np.fmax(aa_errors(both["machine"], aa_error), control_of(both)))
    ratios = both.assign(
        log=supposed.centre,
        error=supposed.error,
        freedom=supposed.freedom,
        log_every=np.where(clean, every, np.nan),
        rounds=count,
        kind=kind,
        spoiled=spoiled,
        band=band,
        margin=log_margin(margin),
    )
    timed = ~np.isnan(supposed.centre)
    quick = (both["quick"].eq(other=True) | both["quick_base"].eq(other=True)).to_numpy()
    provisional = timed & (quick | (count < FIRM_ROUNDS))
    level, firm = (_last_levels(both["looks"], each) for each in (CONFIDENCE, SIDE_CONFIDENCE))
    sided = np.where(provisional, level, firm)
    ends, half = _ends(ratios, level), supposed.half_width(level)
    barred = spoiled | (lone & ~(np.abs(supposed.centre) > _CLEAR))
    verdicts = speedup_verdicts(_ends(ratios, sided), ends, band, ratios["margin"].to_numpy(), barred)
    busy = np.where(clean & (np.abs(every - supposed.centre) > half), every, np.nan)
    unsure = timed & (verdicts == Verdict.UNSURE)
    with np.errstate(over="ignore"):  # an interval may have no end
        return ratios.assign(
            speedup=np.exp(supposed.centre),
            low=np.exp(ends[0]),
            high=np.exp(ends[1]),
            verdict=verdicts,
            provisional=provisional,
            busy=np.exp(busy),
            reason=reasons_of(unsure, spoiled, busy, ratios["margin"].to_numpy(), ends, rounds),
            status=both["status"].where(
                ~both["status"].isin(TIMED) | (both["status_base"] == Status.OK), both["status_base"]
            ),
        )


def decided_at(ratios: pd.DataFrame, look: int, looks: int) -> Marks:
    """
    Return which cells of `log_ratios` need no more rounds after a look, 1 to `looks`.

    Those of several rounds whose verdict holds at the confidence of that look, and whose final interval is
    narrow: half of it at most 5 %, or 10 % with several threads.
    """
    shown, firm = (look_levels(looks, each) for each in (CONFIDENCE, SIDE_CONFIDENCE))
    sided = np.where(ratios["provisional"], shown[look - 1], firm[look - 1])
    barred = ratios["spoiled"].to_numpy() | (ratios["rounds"].to_numpy() < 2)  # noqa: PLR2004 - a spread needs two
    of_verdict = ratios["band"].to_numpy(), ratios["margin"].to_numpy(), barred
    now = _ends(ratios, sided), _ends(ratios, shown[look - 1])
    low, high = _ends(ratios, shown[-1])
    narrow = high - low <= 2 * np.log1p(ratios["kind"].map(_NARROW).to_numpy())
    decided: Marks = (speedup_verdicts(*now, *of_verdict) != Verdict.UNSURE) & narrow
    return decided


def _ends(ratios: pd.DataFrame, confidence: npt.ArrayLike) -> Ends:
    """Return the ends of the intervals of log speedups; each reaches to the value over all passes."""
    log, every = ratios["log"].to_numpy(), ratios["log_every"].to_numpy()
    squared = ratios["error"].to_numpy() ** 2
    half = Means(centre=log, squared_error=squared, freedom=ratios["freedom"].to_numpy()).half_width(
        confidence
    )
    every = np.where(ratios["kind"].to_numpy() == SEVERAL_THREADS, np.nan, every)
    return np.fmin(log - half, every), np.fmax(log + half, every)


def _kinds(both: pd.DataFrame) -> Ints:
    """Return the kinds of pairs."""
    sides = (("backend", "cores"), ("baseline", "cores_base"))
    return np.maximum(*(kinds_of(both[backend], both[cores]) for backend, cores in sides))


def _rest_on_clean(ratios: RoundRatios, threaded: Marks) -> Marks:
    """Return which pairs rest on the rounds that have enough clean passes."""
    rounds, clean = ((~np.isnan(table)).sum(axis=1) for table in (ratios.every, ratios.clean))
    several = (clean > 0) & (clean >= np.minimum(rounds, 2))
    marks: Marks = several & (threaded | (2 * clean >= rounds))
    return marks


def _supposed(means: Means, lone: Marks, kind: Ints) -> Means:
    """Return means of which those whose spread nothing tells have a typical one."""
    typical = np.array([TYPICAL_SPREAD[code] for code in range(3)])[kind] ** 2
    return replace(
        means,
        squared_error=np.where(lone, typical, means.squared_error),
        freedom=np.where(lone, _TYPICAL_FREEDOM, means.freedom),
    )


def _last_levels(looks: "pd.Series[int]", confidence: float) -> Floats:
    """Return the confidence at the last of so many looks."""
    codes, numbers = pd.factorize(looks)
    levels: Floats = np.array([look_levels(int(number), confidence)[-1] for number in numbers])[codes]
    return levels
