"""The rounds of equal contenders played again: stopped at every look, and with an effect of layout planted.

What is measured is real, only the order of the rounds or a factor on each of them is drawn.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from harness.answers.speedup import decided_at
from harness.statistics.arrays import Floats, Marks
from harness.validation.check import Check, least_by_chance, most_by_chance
from harness.validation.parts.aa import COVERED, FALSE_LIMIT, differs
from harness.validation.trials import Pair, Sitting, compared, doubt_of, frame_of, is_clean, is_other

PART = "replay"
DRAWS, QUICK_DRAWS = 20, 8
"""How often the rounds are played again; the pairs stay the same, and so does what their number can tell."""
LAYOUT = 0.01
"""Relative standard deviation of a time from process to process that is planted."""


def replayed(pairs: Sequence[Pair], sitting: Sitting) -> list[Check]:
    """Return how pairs of equal contenders fare over all looks of a run, and with an effect of layout."""
    looks, draws = sitting.looks, QUICK_DRAWS if sitting.quick else DRAWS
    frame, random = frame_of(pairs, looks=len(looks)), np.random.default_rng(0)
    doubt = doubt_of(is_clean(compared(frame)))
    false = np.mean([false_at_the_stop(frame, looks, random) for _ in range(draws)])
    covered = np.mean([holds_1(with_layout(frame, random)).mean() for _ in range(draws)])
    early = np.mean(
        [holds_1(with_layout(with_rounds(frame, range(looks[0])), random)).mean() for _ in range(draws)]
    )
    return [
        Check(
            part=PART,
            name=f"equal pairs with a false verdict at whichever of {len(looks)} looks they stop",
            measured=float(false),
            unit="share",
            high=most_by_chance(FALSE_LIMIT, len(pairs), sitting.chance),
            doubt=doubt,
            detail=f"{draws} orders of the rounds of {len(pairs)} pairs",
        ),
        Check(
            part=PART,
            name=f"intervals that hold 1 with {LAYOUT:.0%} more from process to process",
            measured=float(covered),
            unit="share",
            low=least_by_chance(COVERED, len(pairs), sitting.chance),
            doubt=doubt,
            detail=f"of {looks[-1]} rounds; of the first {looks[0]}: {early:.1%}",
        ),
    ]


def false_at_the_stop(frame: pd.DataFrame, looks: Sequence[int], random: np.random.Generator) -> float:
    """Return the share of pairs that are called different where they stop; the rounds are shuffled."""
    order = random.permutation(looks[-1])
    running: Marks = np.ones(int(is_other(frame).sum()), dtype=np.bool_)
    false = np.zeros_like(running)
    for look, rounds in enumerate(looks, start=1):
        table = compared(with_rounds(frame, order[:rounds].tolist()))
        stops = running & (decided_at(table, look, len(looks)) | (rounds == looks[-1]))
        false |= stops & differs(table)
        running &= ~stops
    return float(false.mean())


def with_rounds(frame: pd.DataFrame, chosen: Sequence[int]) -> pd.DataFrame:
    """Return a frame of `frame_of` with these of its rounds only, in this order."""
    at = list(chosen)
    return frame.assign(
        round_seconds=[[times[index] for index in at] for times in frame["round_seconds"]],
        pass_seconds=_objects([np.array(table)[at] for table in frame["pass_seconds"]]),
        pass_marked=_objects([np.array(table)[at] for table in frame["pass_marked"]]),
    )


def with_layout(frame: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Return a frame of `frame_of` in which each round has a factor on the times of what is compared."""
    others = is_other(frame)
    seconds: list[Floats] = []
    rounds: list[list[float]] = []
    for table, times, is_one in zip(frame["pass_seconds"], frame["round_seconds"], others, strict=True):
        factors = np.exp(LAYOUT * random.standard_normal(len(times))) if is_one else np.ones(len(times))
        seconds.append(np.array(table) * factors[:, None])
        rounds.append((np.asarray(times) * factors).tolist())
    return frame.assign(pass_seconds=_objects(seconds), round_seconds=rounds)


def holds_1(frame: pd.DataFrame) -> Marks:
    """Return which intervals hold 1, of those that claim anything."""
    table = compared(frame)
    table = table[~table["spoiled"]]
    marks: Marks = ((table["low"] <= 1) & (table["high"] >= 1)).to_numpy()
    return marks


def _objects(tables: Sequence[object]) -> pd.Series:
    """Return tables as a column: alike in shape, they would else become one array."""
    return pd.Series(list(tables), dtype=object)
