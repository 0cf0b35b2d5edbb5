"""What the harness says beside other work that comes in bursts, against what it said without."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from harness.answers.kinds import SEVERAL_THREADS
from harness.answers.verdict import MARGIN
from harness.model import Verdict
from harness.runs.settings import DEFAULT
from harness.statistics.arrays import Marks
from harness.validation.check import Check, least_by_chance, most_by_chance
from harness.validation.parts.aa import differs, doubled, twins
from harness.validation.parts.noise_source import bursts
from harness.validation.trials import Pair, Sitting, Trial, compared, doubt_of, is_clean, measured

PART = "bursts"
GIVEN, FALSE = 0.8, 0.01
"""Share of the pairs that have to get a verdict, and that may get a false one."""
OPS, QUICK_OPS = ("abs", "sin", "mean", "mm"), ("abs",)
SIZES = (256, 4096, 65536)


def beside_bursts(sitting: Sitting, quiet: Sequence[Sequence[Trial]]) -> list[Check]:
    """Measure twins and backends again while a processor is taken half of the time."""
    settings = replace(DEFAULT, min_size=SIZES[0], max_size=SIZES[-1])
    beside: list[list[Trial]] = []
    before: list[Sequence[Trial]] = []
    names = QUICK_OPS if sitting.quick else OPS
    for name in names:
        op = sitting.ops[name]
        groups = [group for group in doubled(op, settings) if group.n in SIZES]
        sitting.say(
            f"{PART}: {name}, {sum(len(group.lanes) - 1 for group in groups)} pairs, beside other work"
        )
        with bursts():
            beside += measured(op, groups, sitting.workers())
        before += [lanes for lanes in quiet if lanes[0].op.name == name and lanes[0].n in SIZES]
    looks = len(sitting.looks)
    return contrast(
        *(
            (compared(twins(trials), looks=looks), compared(with_baseline(trials), looks=looks))
            for trials in (before, beside)
        ),
        chance=sitting.chance,
    )


def with_baseline(trials: Iterable[Sequence[Trial]]) -> list[Pair]:
    """Pair the trials of doubled groups: the first lane, the baseline's, with that of each other backend."""
    return [Pair(lanes[0], other) for lanes in trials for other in lanes[2::2]]


def contrast(
    quiet: tuple[pd.DataFrame, pd.DataFrame], beside: tuple[pd.DataFrame, pd.DataFrame], *, chance: float
) -> list[Check]:
    """Return the checks of what twins and backends read beside other work, given what they read without."""
    table = pd.concat(beside, ignore_index=True)
    false = np.concatenate([differs(beside[0]), refuted(beside[1], quiet[1])])
    given = (table["verdict"] != Verdict.UNSURE).to_numpy()
    threaded = (table["kind"] == SEVERAL_THREADS).to_numpy()
    several = f"{given[threaded].mean():.0%} of {threaded.sum()}" if threaded.any() else "none measured"
    clean = is_clean(pd.concat(quiet, ignore_index=True))
    doubt = doubt_of(clean) and f"{doubt_of(clean)} even before"
    return [
        Check(
            part=PART,
            name="pairs of one thread with a verdict while a core is taken half of the time",
            measured=float(given[~threaded].mean()) if not threaded.all() else np.nan,
            unit="share",
            low=least_by_chance(GIVEN, int((~threaded).sum()), chance),
            doubt=doubt,
            detail=f"of {(~threaded).sum()}; of several threads: {several}",
        ),
        Check(
            part=PART,
            name="false verdicts meanwhile",
            measured=float(false.mean()),
            unit="share",
            high=most_by_chance(FALSE, len(false), chance),
            doubt=doubt,
            detail=f"{false.sum()} of {len(false)}: equal ones differ, or the interval before excludes it",
        ),
    ]


def refuted(table: pd.DataFrame, quiet: pd.DataFrame) -> Marks:
    """Return which verdicts of a table no value in the interval of the quiet measurement allows."""
    verdict = table["verdict"]
    marks: Marks = (
        ((verdict == Verdict.FASTER) & (quiet["high"] < 1))
        | ((verdict == Verdict.SLOWER) & (quiet["low"] > 1))
        | ((verdict == Verdict.SAME) & ((quiet["low"] > 1 + MARGIN) | (quiet["high"] < 1 / (1 + MARGIN))))
    ).to_numpy() & ~quiet["spoiled"].to_numpy()
    return marks
