"""The answer in sentences: per op and backend where it overtakes the baseline, and how fast it is at the end.

It words what `harness.speedup` and `harness.crossover` found and computes no figure of its own.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from harness.cells import remarks
from harness.model import Span, State, Verdict
from harness.units import elements, ratio, size


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """
    What there is to say of one op.

    Attributes
    ----------
    op : str
        Which op; another dtype than float32 is part of it.
    said : tuple of (str, str, str)
        Per backend that has any time: its name, the sentence, and how the curve ends: one of
        `harness.model.Verdict`.
    remarks : tuple of str
        What must be known to read the figures rightly.
    """

    op: str
    said: tuple[tuple[str, str, str], ...]
    remarks: tuple[str, ...]


def answers(cells: pd.DataFrame, speedups: pd.DataFrame, crossovers: pd.DataFrame) -> list[Answer]:
    """
    Word what was found on one machine.

    Parameters
    ----------
    cells : DataFrame
        Of one run, from `harness.load`.
    speedups, crossovers : DataFrame
        What `harness.speedup` and `harness.crossover` make of them.

    Returns
    -------
    list of Answer
        In the order of the cells.
    """
    found = []
    for (op, dtype), own in cells.groupby(["op", "dtype"], sort=False):
        curves = speedups[(speedups["op"] == op) & (speedups["dtype"] == dtype)]
        crossed = crossovers[(crossovers["op"] == op) & (crossovers["dtype"] == dtype)]
        told = [f"{backends}: {said}" for backends, _, said in remarks(own[own["span"] == Span.CALL])]
        found.append(
            Answer(
                op=str(op) if dtype == "float32" else f"{op}, {dtype}",
                said=tuple(_backends(curves, crossed)),
                remarks=tuple(told),
            )
        )
    return found


def _backends(curves: pd.DataFrame, crossed: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    """Yield name, sentence and last verdict of every backend of an op that has a speedup."""
    for backend, own in curves[curves["speedup"].notna()].groupby("backend", sort=False):
        call = own[own["span"] == Span.CALL].sort_values("n")
        if call.empty:
            continue
        rows = crossed[crossed["backend"] == backend]
        told = {span: _standing(rows[rows["span"] == span]) for span in Span}
        last = call.iloc[-1]
        wide = "" if math.isnan(last["low"]) else f" ({ratio(last['low'])[:-1]} to {ratio(last['high'])[:-1]})"
        end = f"at {size(int(last['n']))} it is {ratio(last['speedup'])} as fast{wide}"
        if last["verdict"] == Verdict.UNSURE:
            end += ", which these rounds cannot tell from a tie" if not wide else ", not decided"
        parts = [told[Span.CALL]]
        if told[Span.ROUND_TRIP] and told[Span.ROUND_TRIP] != told[Span.CALL]:
            parts.append(f"from and to NumPy arrays: {told[Span.ROUND_TRIP]}")
        yield str(backend), "; ".join([*parts, end]), str(last["verdict"])


def _standing(rows: pd.DataFrame) -> str:
    """Return in words how one curve stands to its baseline."""
    said = []
    for row in rows.itertuples():
        if row.state == State.ALWAYS:
            return f"faster than {row.baseline} at every size"
        if row.state == State.NEVER:
            return f"never faster than {row.baseline}"
        if row.state == State.UNDECIDED:
            near = "" if math.isnan(row.n) else f"; the curves cross near {elements(row.n)} elements"
            return f"these rounds do not decide between it and {row.baseline}{near}"
        said.append(_crossing(row, first=not said))
    return ", ".join(said)


def _crossing(row: Any, *, first: bool) -> str:  # noqa: ANN401 - a row as pandas names it
    """Return one crossing of a curve in words."""
    interval = "" if math.isnan(row.low) else f" ({elements(row.low)} to {elements(row.high)})"
    if row.faster == "above":
        return f"overtakes {row.baseline} above {elements(row.n)} elements{interval}"
    where = f"only below {elements(row.n)} elements" if first else f"falls behind again above {elements(row.n)}"
    return (f"faster than {row.baseline} {where}" if first else where) + interval
