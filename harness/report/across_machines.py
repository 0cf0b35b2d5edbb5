"""What the machines of a store say together: how many of them, and the middle of what they say."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from harness.answers.verdict import majority
from harness.model import Span, State, Verdict
from harness.report.baselines import BaselineAnswers
from harness.report.op_answers import OpAnswer, one_thread_of_several, op_title
from harness.report.tables import NOT_MEASURED, Entry, Table, shared_sizes
from harness.units import elements, interval, ratio, size

_TABLE = ["backend", "baseline", "dtype", "span"]
_CELL = [*_TABLE, "op", "n"]
_CURVE = ["machine", "op", *_TABLE]
_QUARTILES = (0.25, 0.5, 0.75)
_FEWEST_SPREAD = 4  # machines from which on the middle half of them says something


def overall_answers(answers: BaselineAnswers) -> list[OpAnswer]:
    """
    Say per op, for the span `call`, on how many machines a backend is faster, and from what size on.

    A backend on one thread that was measured on all is left to the tables.
    """
    points = answers.ratios[answers.ratios["speedup"].notna()]
    drawn = pd.MultiIndex.from_frame(points[_CURVE].drop_duplicates())
    crossovers = answers.crossovers[pd.MultiIndex.from_frame(answers.crossovers[_CURVE]).isin(drawn)]
    one_thread = crossovers["backend"].isin(one_thread_of_several(answers.ratios["backend"].unique()))
    crossovers = crossovers[(crossovers["span"] == Span.CALL) & ~one_thread]
    sentences: dict[str, list[tuple[str, str, str]]] = {}
    curves = crossovers.groupby(["op", "dtype", "backend", "baseline"], sort=False)
    for (op, dtype, backend, baseline), rows in curves:
        sentences.setdefault(op_title(op, dtype), []).append((backend, *_standing(rows, baseline)))
    return [OpAnswer(op=op, sentences=tuple(of_op), remarks=()) for op, of_op in sentences.items()]


def overall_tables(answers: BaselineAnswers) -> list[Table]:
    """Return a table per backend, dtype and span: ops down, sizes across, the middle of the machines."""
    tables = []
    for (backend, baseline, dtype, span), rows in _middles(answers.ratios).groupby(_TABLE, sort=False):
        sizes = shared_sizes(rows, "op")
        middles = {(row.op, row.n): row for row in rows.itertuples()}
        tables.append(
            Table(
                caption=f"{backend}, {dtype}, {span.replace('_', ' ')}: speedup over {baseline}, median and "
                "middle half of the machines, and on how many it is faster",
                corner="op",
                heads=tuple(map(size, sizes)),
                rows=tuple(
                    (op, tuple(_entry(middles.get((op, n))) for n in sizes))
                    for op in dict.fromkeys(rows["op"])
                ),
            )
        )
    return tables


def _middles(ratios: pd.DataFrame) -> pd.DataFrame:
    """Return the quartiles of the machines' speedups in each cell, and how many have each verdict."""
    points = ratios[ratios["speedup"].notna()]
    speedups = points.groupby(_CELL, sort=False)["speedup"]
    quartiles = {
        name: speedups.quantile(part)
        for name, part in zip(("low", "median", "high"), _QUARTILES, strict=True)
    }
    cell = [points[name] for name in _CELL]
    counts = {
        str(verdict): (points["verdict"] == verdict).groupby(cell, sort=False).sum() for verdict in Verdict
    }
    return pd.DataFrame(quartiles | counts).reset_index()


def _standing(crossovers: pd.DataFrame, baseline: str) -> tuple[str, str]:
    """Return the sentence for a backend in an op, and the verdict that most of the machines agree with."""
    first = crossovers.drop_duplicates("machine")
    counts = {state: int((first["state"] == state).sum()) for state in State}
    parts = []
    if counts[State.CROSSES]:
        rises = (crossovers["state"] == State.CROSSES) & (crossovers["faster"] == "above")
        where = _middle_size(crossovers[rises].drop_duplicates("machine")["n"].tolist())
        parts.append(f"changes places with {baseline} on {counts[State.CROSSES]}{where}")
    words = {
        State.ALWAYS: "faster at every size",
        State.PARTLY: "faster at some sizes, slower at none",
        State.NEVER: "never faster",
        State.UNDECIDED: "undecided",
    }
    parts += [f"{word} on {counts[state]}" for state, word in words.items() if counts[state]]
    votes = {
        Verdict.SLOWER: counts[State.NEVER],
        Verdict.FASTER: counts[State.ALWAYS] + counts[State.CROSSES] + counts[State.PARTLY],
        Verdict.UNSURE: counts[State.UNDECIDED],
    }
    return f"of {len(first)} machines: {'; '.join(parts)}", str(majority(votes) or Verdict.UNSURE)


def _middle_size(sizes: Sequence[float]) -> str:
    """Return from what sizes on the middle of the machines is faster."""
    if not sizes:
        return ""
    low, median, high = pd.Series(sizes).quantile(list(_QUARTILES))
    wide = f" (half of them from {elements(low)} to {elements(high)})" if len(sizes) >= _FEWEST_SPREAD else ""
    return f", faster above {elements(median)} elements in the middle{wide}"


def _entry(middle: Any) -> Entry:  # noqa: ANN401 - a row as pandas names it
    """Return the middle speedup of the machines in a cell, and on how many it is faster."""
    if middle is None or math.isnan(middle.median):
        return NOT_MEASURED
    counts = {verdict: int(getattr(middle, verdict)) for verdict in Verdict}
    machines = sum(counts.values())
    wide = interval(middle.low, middle.high) if machines >= _FEWEST_SPREAD else ""
    text = f"{ratio(middle.median)}{wide}, faster on {counts[Verdict.FASTER]} of {machines}"
    return Entry(text, str(majority(counts) or ""))
