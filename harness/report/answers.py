"""The answer in sentences: per op and backend where it beats the baseline, and how fast it is at the end."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from harness.answers.remarks import remarks_by
from harness.answers.sentences import Curve, Key, answer, without_baseline
from harness.backends.table import BASELINE
from harness.model import Span

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


def answers(cells: pd.DataFrame, curves: Mapping[Key, Curve]) -> dict[str, list[Answer]]:
    """
    Word what was found on each machine.

    Parameters
    ----------
    cells : DataFrame
        Of one run per machine, from `harness.load`.
    curves : mapping of Key to Curve
        From `harness.answers.sentences.curves`.

    Returns
    -------
    dict of str to list of Answer
        By machine, in the order of the cells; backends on one thread are left to the heat map and the
        curves.
    """
    spans: dict[tuple[str, str, str], dict[str, dict[str, Curve]]] = {}
    for (machine, _, op, dtype, backend, span), curve in curves.items():
        if not backend.endswith(ONE_THREAD):
            own = spans.setdefault((machine, op, dtype), {})
            own.setdefault(backend, {})[span] = curve
    key = ["machine", "op", "dtype"]
    told = remarks_by(key, cells[cells["span"] == Span.CALL])
    found: dict[str, list[Answer]] = {}
    for names in cells[key].drop_duplicates().itertuples(index=False, name=None):
        machine, op, dtype = names
        found.setdefault(machine, []).append(
            Answer(
                op=op if dtype == "float32" else f"{op}, {dtype}",
                said=tuple(
                    (backend, _said(own), own[Span.CALL].points[-1].verdict)
                    for backend, own in spans.get(names, {}).items()
                    if Span.CALL in own
                ),
                remarks=(
                    *(f"{backends}: {said}" for backends, _, said in told.get(names, ())),
                    *(() if names in spans else without_baseline(_of(cells, *names), BASELINE)),
                ),
            )
        )
    return found


def _said(spans: Mapping[str, Curve]) -> str:
    """Return the sentence for a page: a line must not end inside of "14 000" or "16 Mi"."""
    return _INSIDE.sub("\N{NO-BREAK SPACE}", answer(spans, Span.CALL, Span.ROUND_TRIP))


def _of(cells: pd.DataFrame, machine: str, op: str, dtype: str) -> pd.DataFrame:
    """Return the cells of an op in a dtype on a machine."""
    return cells[(cells["machine"] == machine) & (cells["op"] == op) & (cells["dtype"] == dtype)]
