"""The answer in sentences: per op, for each backend, where it beats the baseline and by how much."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from harness.answers.labels import ONE_THREAD
from harness.answers.remarks import remarks_by, without_baseline
from harness.model import Span
from harness.sentences.backend_answers import answer, by_backend
from harness.sentences.curves import Curve, Key

_OP = ["machine", "op", "dtype"]
_SPACE_INSIDE_NUMBER = re.compile(r"(?<=\d) (?=\d|[KM]i?\b)")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpAnswer:
    """What there is to say of one op on one machine, or on all together."""

    op: str  # with its dtype, unless that is float32
    sentences: tuple[tuple[str, str, str], ...]
    """Backend, sentence, and the verdict at its largest size; the fastest backend first."""
    remarks: tuple[str, ...]  # what must be known to read the figures rightly


def op_answers(
    cells: pd.DataFrame, curves: Mapping[Key, Curve], origins: Mapping[tuple[str, str], str]
) -> dict[str, list[OpAnswer]]:
    """
    Return the answers by machine; a backend on one thread is left to the heat map and the curves.

    `origins` tells by machine and op of which run the op is, where that is not the machine's latest.
    """
    apart = one_thread_of_several(cells["backend"].unique())
    on_all = {key: curve for key, curve in curves.items() if key[4] not in apart}
    backends = {(machine, op, dtype): of_op for (machine, _, op, dtype), of_op in by_backend(on_all).items()}
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
                    *(() if names in backends else _without_baseline(_cells_of(cells, *names))),
                    *filter(None, [origins.get((machine, op))]),
                ),
            )
        )
    return answers


def one_thread_of_several(backends: Iterable[str]) -> set[str]:
    """Return the backends on one thread that have been measured on all threads as well."""
    every = set(backends)
    return {name for name in every if name.endswith(ONE_THREAD) and name.removesuffix(ONE_THREAD) in every}


def op_title(op: str, dtype: str) -> str:
    """Return an op's name, with a dtype that is not the usual one."""
    return op if dtype == "float32" else f"{op}, {dtype}"


def _sentence(spans: Mapping[str, Curve]) -> str:
    """Return the sentence for a page: a line must not end inside of "14 000" or "16 Mi"."""
    return _SPACE_INSIDE_NUMBER.sub("\N{NO-BREAK SPACE}", answer(spans))


def _without_baseline(cells: pd.DataFrame) -> list[str]:
    """Return why an op has no speedup."""
    return without_baseline(cells, cells["baseline"].iloc[0])


def _cells_of(cells: pd.DataFrame, machine: str, op: str, dtype: str) -> pd.DataFrame:
    """Return the cells of an op in a dtype on a machine."""
    return cells[(cells["machine"] == machine) & (cells["op"] == op) & (cells["dtype"] == dtype)]
