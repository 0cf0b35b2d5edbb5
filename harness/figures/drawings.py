"""What a figure of a run is drawn from, as a value that another process can be given; it draws nothing."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from harness.answers.crossover import crossovers_of
from harness.answers.pairs import held_against
from harness.answers.speedup import log_ratios
from harness.backends.table import BASELINE
from harness.errors import UnknownNameError, UsageError
from harness.figures.lines import distinct
from harness.figures.page_size import Inches
from harness.model import WAITED_FOR
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

    def only(
        self, *, ops: Sequence[str] = (), backends: Sequence[str] = (), span: str | None = None
    ) -> "Answers":
        """
        Return what is of these ops, backends and span, nothing of which means all; a baseline stays.

        They are the answers that there are among all others: those steady one another's intervals. One op
        has its figure beside the others, among which a backend's look is chosen, so that all of them stay.
        """
        ops = ops if len(ops) > 1 else ()
        if span is not None and span not in map(str, WAITED_FOR):
            raise UsageError(
                f"a figure shows the spans {' and '.join(WAITED_FOR)}, not {span}; give one of them"
            )
        bases = distinct(self.speedups, "baseline")
        chosen = self
        for column, names in (("op", ops), ("backend", backends), ("span", [span] if span else ())):
            present = distinct(self.cells, column)
            for name in names:
                if name not in present:
                    raise UnknownNameError.of(column, name, present)
            kept = {*names, *(bases if column == "backend" else ())}
            if names:
                chosen = chosen.where(lambda table, column=column, kept=kept: table[column].isin(kept))  # type: ignore[misc] # bound here
        return chosen

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
    size: Inches | None = None  # default as large as it is by nature


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

    There is an overview for each baseline; that of the one asked for, or of NumPy, is first and called so. A
    dtype but float32 is part of a figure's name. All are drawn as SVG; the overviews, and with `png` the
    others too, as PNG besides.
    """
    cells = held_against(cells, baseline)
    run_of = {op: part.run for part in parts for op in part.ops}
    drawings = []
    for dtype in distinct(cells, "dtype"):
        every = Answers.of(cells[cells["dtype"] == dtype], None, aa_error).by_baseline(parts)
        ending = "" if dtype == "float32" else f"-{dtype}"
        usual = next((name for name in (baseline, BASELINE) if name in every), next(iter(every), ""))
        for name, answers in sorted(every.items(), key=lambda item: item[0] != usual):
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


def drawing_of(drawings: Iterable[Drawing], ops: Sequence[str] = (), dtype: str | None = None) -> Drawing:
    """Return the figure of an op, the overview of several, or with none that of all."""
    wanted = ops[0] if len(ops) == 1 else None
    found = [drawing for drawing in drawings if drawing.op == wanted and set(ops) <= _ops_of(drawing)]
    if not found:
        held = dict.fromkeys(op for drawing in drawings for op in sorted(_ops_of(drawing)))
        for op in ops:
            if op not in held:
                raise UnknownNameError.of("op", op, held)
        raise UsageError(f"{', '.join(ops)} have no baseline in common; draw one at a time")
    by_dtype: dict[str, Drawing] = {}
    for drawing in found:
        by_dtype.setdefault(distinct(drawing.answers.cells, "dtype")[0], drawing)
    if dtype is None and len(by_dtype) > 1:
        raise UsageError(
            f"a figure is of one dtype, this would have {', '.join(by_dtype)}; choose one with --dtype"
        )
    if dtype is not None and dtype not in by_dtype:
        raise UnknownNameError.of("dtype", dtype, by_dtype)
    return by_dtype[dtype] if dtype else found[0]


def _ops_of(drawing: Drawing) -> set[str]:
    """Return the ops that a figure has cells of."""
    return set(distinct(drawing.answers.cells, "op"))


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
