"""The answer in sentences: per op and backend where it beats the baseline, and how fast it is at the end."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from harness.answers.remarks import remarks_by
from harness.answers.sentences import Curve, Key, answer, without_baseline
from harness.backends.table import BASELINE
from harness.model import Span

ONE_THREAD = "-1t"
"""How the name of a backend on one thread ends."""
_OP = ["machine", "op", "dtype"]
_SPACE_INSIDE_NUMBER = re.compile(r"(?<=\d) (?=\d|[KM]i?\b)")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpAnswer:
    """What there is to say of one op on one machine, or on all together."""

    op: str  # with its dtype, unless that is float32
    sentences: tuple[tuple[str, str, str], ...]  # backend, sentence, verdict at its largest size
    remarks: tuple[str, ...]  # what must be known to read the figures rightly


def op_answers(cells: pd.DataFrame, curves: Mapping[Key, Curve]) -> dict[str, list[OpAnswer]]:
    """Return the answers by machine; backends on one thread are left to the heat map and the curves."""
    backends: dict[tuple[str, str, str], dict[str, dict[str, Curve]]] = {}
    for (machine, _, op, dtype, backend, span), curve in curves.items():
        if not backend.endswith(ONE_THREAD):
            of_op = backends.setdefault((machine, op, dtype), {})
            of_op.setdefault(backend, {})[span] = curve
    remarks = remarks_by(_OP, cells[cells["span"] == Span.CALL])
    answers: dict[str, list[OpAnswer]] = {}
    for names in cells[_OP].drop_duplicates().itertuples(index=False, name=None):
        machine, op, dtype = names
        answers.setdefault(machine, []).append(
            OpAnswer(
                op=op_title(op, dtype),
                sentences=tuple(
                    (backend, _sentence(spans), spans[Span.CALL].points[-1].verdict)
                    for backend, spans in backends.get(names, {}).items()
                    if Span.CALL in spans
                ),
                remarks=(
                    *(f"{remarked}: {remark}" for remarked, _, remark in remarks.get(names, ())),
                    *(() if names in backends else without_baseline(_cells_of(cells, *names), BASELINE)),
                ),
            )
        )
    return answers


def op_title(op: str, dtype: str) -> str:
    """Return an op's name, with a dtype that is not the usual one."""
    return op if dtype == "float32" else f"{op}, {dtype}"


def _sentence(spans: Mapping[str, Curve]) -> str:
    """Return the sentence for a page: a line must not end inside of "14 000" or "16 Mi"."""
    return _SPACE_INSIDE_NUMBER.sub("\N{NO-BREAK SPACE}", answer(spans, Span.CALL, Span.ROUND_TRIP))


def _cells_of(cells: pd.DataFrame, machine: str, op: str, dtype: str) -> pd.DataFrame:
    """Return the cells of an op in a dtype on a machine."""
    return cells[(cells["machine"] == machine) & (cells["op"] == op) & (cells["dtype"] == dtype)]
