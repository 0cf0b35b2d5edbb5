"""What a figure of a run is drawn from, as a value that another process can be given; it draws nothing."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from harness.answers.crossover import crossovers_of
from harness.answers.pairs import held_against
from harness.answers.speedup import log_ratios
from harness.backends.table import BASELINE
from harness.figures.lines import distinct
from harness.store.latest import Part, rows_of

_LABEL_OF_A_FILE = str.maketrans(":", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The cells of one dtype with what a baseline makes of them; every figure of it shares them."""

    cells: pd.DataFrame
    speedups: pd.DataFrame
    crossovers: pd.DataFrame

    @classmethod
    def of(cls, cells: pd.DataFrame, baseline: str | None, aa_error: float) -> "Answers":
        """Compare the cells with a baseline, or with that of their run."""
        ratios = log_ratios(cells, baseline, aa_error=aa_error)
        return cls(cells=cells, speedups=ratios, crossovers=crossovers_of(ratios))

    def by_baseline(self, parts: Sequence[Part]) -> "dict[str, Answers]":
        """Return the answers of each baseline, about the ops for which their runs answer."""
        kept = self.where(lambda table: rows_of(parts, table))
        names = distinct(kept.cells, "baseline")
        return {name: kept.where(lambda table, name=name: table["baseline"] == name) for name in names}  # type: ignore[misc] # bound here

    def where(self, rows: Callable[[pd.DataFrame], Any]) -> "Answers":
        """Return some rows of each table."""
        cells, speedups, crossovers = (
            table[rows(table)] for table in (self.cells, self.speedups, self.crossovers)
        )
        return Answers(cells=cells, speedups=speedups, crossovers=crossovers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """One figure of a run and the kinds of its files."""

    op: str | None  # None for the overview of all
    name: str  # of its files, without their kind
    kinds: tuple[str, ...]  # "svg", "png"
    answers: Answers
    facts: Mapping[str, Any]  # of the run, of several the latest


def run_drawings(
    parts: Sequence[Part],
    cells: pd.DataFrame,
    baseline: str | None = None,
    *,
    aa_error: float = 0.0,
    png: bool = False,
) -> list[Drawing]:
    """
    Return the figures of a machine's runs, each of the ops for which it answers; the overviews first.

    There is an overview for each baseline, and that of the one asked for, or of NumPy, is called so. A dtype
    but float32 is part of a figure's name. All are drawn as SVG; the overviews, and with `png` the others
    too, as PNG besides.
    """
    cells = held_against(cells, baseline)
    run_of = {op: part.run for part in parts for op in part.ops}
    drawings = []
    for dtype in distinct(cells, "dtype"):
        every = Answers.of(cells[cells["dtype"] == dtype], None, aa_error).by_baseline(parts)
        ending = "" if dtype == "float32" else f"-{dtype}"
        usual = next((name for name in (baseline, BASELINE) if name in every), next(iter(every), ""))
        for name, answers in every.items():
            what = "overview" if name == usual else f"overview-{name.translate(_LABEL_OF_A_FILE)}"
            drawings += [
                Drawing(
                    op=op,
                    name=f"{op or what}{ending}",
                    kinds=("svg", "png") if png or op is None else ("svg",),
                    answers=answers,
                    facts=run_of[op or max(ops, key=lambda op: run_of[op].id)].facts,
                )
                for ops in (distinct(answers.cells, "op"),)
                for op in (None, *ops)
            ]
    # The longest to draw come first, lest one of them is alone at the end.
    return _named_apart(sorted(drawings, key=lambda drawing: drawing.op is not None))


def _named_apart(drawings: Iterable[Drawing]) -> list[Drawing]:
    """Return figures of which no two have one name, even where a system takes capitals for small letters."""
    taken: set[str] = set()
    apart = []
    for drawing in drawings:
        names = (drawing.name, *(f"{drawing.name}-{number}" for number in range(2, len(taken) + 3)))
        name = next(name for name in names if name.casefold() not in taken)
        taken.add(name.casefold())
        apart.append(replace(drawing, name=name))
    return apart
