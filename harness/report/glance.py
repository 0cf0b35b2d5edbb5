"""The answer at a glance: which backend to take, by size, as the page's bars and as words."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from harness.advice.regions import Region, regions_by_op
from harness.model import WAITED_FOR
from harness.report.op_answers import op_title
from harness.units import elements


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What is to be taken from what size on, of calls or of round trips."""

    words: str
    regions: Sequence[Region]


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """The bars of an op: of calls, and from and to NumPy arrays."""

    op: str  # with its dtype, unless that is float32
    bars: Sequence[Bar]


def glances(speedups: pd.DataFrame) -> list[Glance]:
    """Return the bars of the ops of one machine, from `harness.speedup`'s rows; of those that have any."""
    return [
        Glance(
            op=op_title(op, dtype),
            bars=[Bar(words=in_words(spans[span]), regions=spans[span]) for span in WAITED_FOR],
        )
        for (op, dtype), spans in regions_by_op(speedups).items()
        if any(spans.values())
    ]


def in_words(regions: Sequence[Region]) -> str:
    """Return what is to be taken, such as ``"numpy up to 14 000, then torch-cpu"``."""
    if not regions:
        return ""
    *parts, last = regions
    told = [f"{region.backend} up to {elements(region.high)}" for region in parts]
    return ", then ".join([*told, last.backend])
