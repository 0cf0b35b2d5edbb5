"""The answer in sentences: per op and backend where it beats the baseline, and how fast it is at the end."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from harness.cells import remarks
from harness.model import Span, Status
from harness.sentences import standing, without_baseline
from harness.units import ratio, size

_INSIDE = re.compile(r"(?<=\d) (?=\d|[KM]i?\b)")
ONE_THREAD = "-1t"
"""How the name of a backend on one thread ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """
    What there is to say of one op.

    Attributes
    ----------
    op : str
        Which op; another dtype than float32 is part of it.
    said : tuple of (str, str, str)
        Per backend that has any time: its name, the sentence, and the verdict at its largest size.
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
        In the order of the cells; backends on one thread are left to the heat map and the curves.
    """
    key = ["op", "dtype"]
    curves, crossed = dict(list(speedups.groupby(key))), dict(list(crossovers.groupby(key)))
    found = []
    for names, own in cells.groupby(key, sort=False):
        op, dtype = names
        told = [f"{backends}: {said}" for backends, _, said in remarks(own[own["span"] == Span.CALL])]
        if names in curves:
            told += without_baseline(own, curves[names]["baseline"].iloc[0])
        found.append(
            Answer(
                op=str(op) if dtype == "float32" else f"{op}, {dtype}",
                said=tuple(_backends(curves[names], crossed[names])) if names in curves else (),
                remarks=tuple(told),
            )
        )
    return found


def _backends(curves: pd.DataFrame, crossed: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    """Yield name, sentence and last verdict of every backend of an op that has a speedup."""
    crossings = dict(list(crossed.groupby(["backend", "span"])))
    own = curves[~curves["backend"].str.endswith(ONE_THREAD)]
    told: dict[str, dict[str, tuple[str, pd.DataFrame]]] = {}
    for (backend, span), curve in own.groupby(["backend", "span"], sort=False):
        known = curve[curve["speedup"].notna()].sort_values("n")
        if len(known):
            told.setdefault(backend, {})[span] = (standing(crossings[backend, span], curve), known)
    for backend, spans in told.items():
        if Span.CALL not in spans:
            continue
        sentence, known = spans[Span.CALL]
        parts, last = [sentence], known.iloc[-1]
        far = spans[Span.ROUND_TRIP][0] if Span.ROUND_TRIP in spans else sentence
        if far != sentence:
            than = f" than {last['baseline']}"
            parts.append(f"from and to NumPy arrays: {far.replace(than, '', 1)}")
        wide = (
            "" if math.isnan(last["low"]) else f" ({ratio(last['low'])[:-1]} to {ratio(last['high'])[:-1]})"
        )
        noisy = ", noisy" if last["status"] == Status.NOISY else ""
        parts.append(f"at {size(int(last['n']))} it is {ratio(last['speedup'])} as fast{wide}{noisy}")
        said = ". ".join([parts[0], *(part[0].upper() + part[1:] for part in parts[1:])])
        # A line must not end inside of "14 000" or "16 Mi".
        yield backend, _INSIDE.sub("\N{NO-BREAK SPACE}", said), str(last["verdict"])
