"""What a figure of a run is drawn from, as a value that another process can be given; it draws nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from harness.answers.crossover import crossovers_of
from harness.answers.speedup import log_ratios
from harness.figures.lines import distinct
from harness.store.runs import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The cells of one run and dtype with what a baseline makes of them; every figure of it shares them."""

    cells: pd.DataFrame
    speedups: pd.DataFrame
    crossovers: pd.DataFrame

    @classmethod
    def of(cls, cells: pd.DataFrame, baseline: str, aa_error: float) -> "Answers":
        """Compare the cells with a baseline."""
        ratios = log_ratios(cells, baseline, aa_error=aa_error)
        return cls(cells=cells, speedups=ratios, crossovers=crossovers_of(ratios))


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """One figure of a run and the kinds of its files."""

    op: str | None  # None for the overview of all
    name: str  # of its files, without their kind
    kinds: tuple[str, ...]  # "svg", "png"
    answers: Answers
    facts: Mapping[str, Any]  # of the run


def run_drawings(
    run: Run, cells: pd.DataFrame, baseline: str = "numpy", *, aa_error: float = 0.0, png: bool = False
) -> list[Drawing]:
    """
    Return the figures of a run, the overviews first; a dtype but float32 is part of a figure's name.

    All are drawn as SVG; the overviews, and with `png` the others too, as PNG besides.
    """
    drawings = []
    for dtype in distinct(cells, "dtype"):
        of_dtype = cells[cells["dtype"] == dtype]
        answers = Answers.of(of_dtype, baseline, aa_error)
        ending = "" if dtype == "float32" else f"-{dtype}"
        drawings += [
            Drawing(
                op=op,
                name=f"{op or 'overview'}{ending}",
                kinds=("svg", "png") if png or op is None else ("svg",),
                answers=answers,
                facts=run.facts,
            )
            for op in (None, *distinct(of_dtype, "op"))
        ]
    # The longest to draw come first, lest one of them is alone at the end.
    return sorted(drawings, key=lambda drawing: drawing.op is not None)
