"""The figures of a result as rows of text: each contender, size and span beside the baseline."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pandas as pd

from harness.model import WAITED_FOR, Span, Verdict
from harness.units import interval, ratio, seconds, size

_SPANS = {Span.CALL: "call", Span.ROUND_TRIP: "round trip"}


class AnswerRow(NamedTuple):
    """A contender at a size, in words."""

    contender: str
    span: str
    n: str
    before: str
    """The baseline's time."""
    time: str
    speedup: str
    verdict: str


def answer_rows(cells: pd.DataFrame, speedups: pd.DataFrame, baseline: str) -> list[AnswerRow]:
    """Return a row per speedup, by contender, span and size; times where there is no speedup."""
    times = {
        (row.backend, row.span, row.n): row.seconds
        for row in cells[["backend", "span", "n", "seconds"]].itertuples()
    }
    reasons = {(row.backend, row.span, row.n): row.reason for row in cells.itertuples() if row.reason}
    if speedups.empty:
        return list(_alone(cells))
    return [
        AnswerRow(
            contender=str(row.backend),
            span=_SPANS.get(Span(row.span), str(row.span)),
            n=size(int(row.n)),
            before=seconds(_before(times, baseline, row)),
            time=seconds(times.get((row.backend, row.span, row.n), float("nan"))),
            speedup=f"{ratio(row.speedup)}{interval(row.low, row.high)}",
            verdict=_verdict(row, reasons.get((row.backend, row.span, row.n), "")),
        )
        for row in sorted(speedups.itertuples(), key=_place(list(dict.fromkeys(speedups["backend"]))))
    ]


def _place(backends: list[str]) -> Any:  # noqa: ANN401 - what `sorted` takes
    """Return the order of rows: by contender, span and size."""
    spans = [span.value for span in WAITED_FOR]

    def place(row: Any) -> tuple[int, int, int]:  # noqa: ANN401 - a row as pandas names it
        after = spans.index(row.span) if row.span in spans else len(spans)
        return backends.index(row.backend), after, row.n

    return place


def _before(times: dict[tuple[str, str, int], float], baseline: str, row: Any) -> float:  # noqa: ANN401 - as above
    """Return the seconds that the baseline takes; of spans that it has not, those of its call."""
    call = times.get((baseline, Span.CALL.value, row.n), float("nan"))
    return times.get((baseline, row.span, row.n), call)


def _verdict(row: Any, why_untimed: str) -> str:  # noqa: ANN401 - as above
    """Return a verdict with what has to be known of it, or why there is none."""
    if row.speedup != row.speedup:  # NaN
        return ": ".join(filter(None, (row.status, why_untimed)))
    words = [row.verdict]
    if row.reason:
        words.append(row.reason)
    elif row.provisional and row.verdict != Verdict.UNSURE:
        words.append("provisional")
    return ", ".join(words)


def _alone(cells: pd.DataFrame) -> Iterator[AnswerRow]:
    """Yield the rows of what has nothing to be held against."""
    for row in cells.sort_values("n", kind="stable").itertuples():
        if row.span == Span.CALL:
            yield AnswerRow(
                contender=str(row.backend),
                span="call",
                n=size(int(row.n)),
                before="–",
                time=seconds(row.seconds),
                speedup="–",
                verdict=": ".join(filter(None, ("" if row.seconds > 0 else row.status, row.reason))),
            )
