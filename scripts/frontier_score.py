"""How near speedups are to a reference, what that took, and which tools nobody beats in both."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from harness.units import seconds, share

OFF = math.log(1.1)
"""Log of the ratio to the reference from which on a speedup is told to be off."""
OURS = "harness"
"""What the harness's tools begin with, each with another budget."""
HEAD = (
    *("tool", "time to answer", "RMS error", "unsure ones included", "against the peers"),
    *("off by over 10 %", "no answer", "cells", "on the frontier"),
)


class Cell(NamedTuple):
    """What has a speedup: an op on a backend, held against NumPy, at n elements."""

    op: str
    backend: str
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a tool said once of the cells that it measures, and the seconds until it did."""

    tool: str
    seconds: float
    speedups: Mapping[Cell, float]
    """NaN where it found none."""
    unsure: frozenset[Cell] = frozenset()
    """Where it does not stand by its figure."""
    half_widths: Mapping[Cell, float]
    """Half of the interval of the log speedup; empty for a tool that has no intervals."""
    disturbed: float = math.nan
    """Share of its samples that it saw disturbed by other work; NaN for a tool that does not look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What is taken for true, and how well that is known."""

    speedups: Mapping[Cell, float]
    own_error: float
    """Standard error of the mean of the two runs, from what lies between them, over all cells."""
    half_width: float
    """Median half of the interval of a log speedup of one of them."""
    left_out: int
    """Cells that are not judged, as the runs do not say within 10 % what is true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How a reading did; errors are root mean squares of log ratios, NaN where there is nothing to judge."""

    tool: str
    seconds: float
    error: float
    """Of the cells that it stands by."""
    every: float
    """Of all that have a figure."""
    peers_error: float
    """Of the cells that it stands by, against the median of all readings of the other tools."""
    off: float
    """Share of the cells that it stands by and that are off by more than 10 %."""
    open: float
    """Share of the cells that it measures without an answer."""
    cells: int
    """Judged cells that it measures."""


class Summary(NamedTuple):
    """A tool's scores over its repeats, and their medians."""

    tool: str
    scores: tuple[Score, ...]

    def known(self, figure: str) -> list[float]:
        """Return a figure of its scores, such as ``"error"``, where there is one; a NaN if there is none."""
        values = [getattr(score, figure) for score in self.scores]
        return [value for value in values if not math.isnan(value)] or [math.nan]

    def middle(self, figure: str) -> float:
        """Return the median of a figure."""
        return median(self.known(figure))


def reference_of(before: Reading, after: Reading, within: float = OFF) -> Reference:
    """Return the mean of two readings, of the cells whose intervals are so narrow and that agree so well."""
    logs, apart, halves = {}, [], []
    for cell in before.speedups:
        one, other = (math.log(run.speedups.get(cell, math.nan)) for run in (before, after))
        widths = [run.half_widths.get(cell, math.nan) for run in (before, after)]
        if all(width <= within for width in widths) and abs(one - other) <= within:
            logs[cell] = (one + other) / 2
            apart.append((one - other) / 2)
            halves += widths
    if not logs:
        raise SystemExit("the runs before and after agree on no cell; measure on a calmer machine")
    return Reference(
        speedups={cell: math.exp(log) for cell, log in logs.items()},
        own_error=root_mean_square(apart),
        half_width=median(halves),
        left_out=len(before.speedups) - len(logs),
    )


def peers_median(readings: Iterable[Reading]) -> dict[Cell, float]:
    """Return the median speedup of each cell over all readings of tools that are not ours."""
    found: dict[Cell, list[float]] = {}
    for reading in readings:
        if not reading.tool.startswith(OURS):
            for cell, value in reading.speedups.items():
                if not math.isnan(value):
                    found.setdefault(cell, []).append(value)
    return {cell: median(values) for cell, values in found.items()}


def scored(reading: Reading, truth: Mapping[Cell, float], peers: Mapping[Cell, float]) -> Score:
    """Return how a reading did against what is taken for true, and against the median of the peers."""
    measured = {cell: value for cell, value in reading.speedups.items() if cell in truth}
    told = {cell: value for cell, value in measured.items() if not math.isnan(value)}
    answers = {cell: value for cell, value in told.items() if cell not in reading.unsure}
    errors = _log_ratios(answers, truth)
    return Score(
        tool=reading.tool,
        seconds=reading.seconds,
        error=root_mean_square(errors),
        every=root_mean_square(_log_ratios(told, truth)),
        peers_error=root_mean_square(_log_ratios(answers, peers)),
        off=sum(abs(error) > OFF for error in errors) / len(errors) if errors else math.nan,
        open=1 - len(answers) / len(measured) if measured else math.nan,
        cells=len(measured),
    )


def summaries(scores: Iterable[Score]) -> list[Summary]:
    """Return the scores by tool, in the order in which the tools first come."""
    by_tool: dict[str, list[Score]] = {}
    for score in scores:
        by_tool.setdefault(score.tool, []).append(score)
    return [Summary(tool, tuple(found)) for tool, found in by_tool.items()]


def better(own: Summary, others: Iterable[Summary], figure: str = "error") -> list[Summary]:
    """
    Return those that need no more time and err no more, and less of one; none: it is on the frontier.

    Who measures fewer cells is not better: it has left out work, and perhaps what is hard to measure.
    """
    return [
        other
        for other in others
        if other.middle("cells") >= own.middle("cells")
        and not math.isnan(other.middle(figure))  # without any answer it is behind all that have one
        and other.middle("seconds") <= own.middle("seconds")
        and not other.middle(figure) > own.middle(figure)
        and any(other.middle(each) != own.middle(each) for each in ("seconds", figure))
    ]


def table(found: Sequence[Summary]) -> list[str]:
    """Return the lines of a Markdown table: medians, and ranges where there are several repeats."""
    rows = [
        (
            own.tool,
            _spread(own, "seconds", seconds),
            *(_spread(own, figure, percent) for figure in ("error", "every", "peers_error")),
            *(_spread(own, figure, share) for figure in ("off", "open")),
            f"{own.middle('cells'):.0f}",
            "no" if better(own, found) else "yes",
        )
        for own in found
    ]
    return ["| " + " | ".join(row) + " |" for row in (HEAD, ("---",) * len(HEAD), *rows)]


def verdicts(found: Sequence[Summary]) -> list[str]:
    """Say of each budget of the harness who is faster and nearer, or that nobody is."""
    lines = []
    ours, peers = ([own for own in found if own.tool.startswith(OURS) is which] for which in (True, False))
    for own in ours:
        ahead = better(own, found)
        if ahead:
            lines.append(
                f"{own.tool} is not on the frontier: {_points(own, 'error')}, {_told(ahead, 'error')}"
            )
        elif behind := better(own, peers, "every"):
            lines.append(
                f"{own.tool} is on the frontier only by what it leaves open; with its unsure cells: "
                f"{_points(own, 'every')}, {_told(behind, 'every')}"
            )
        else:
            lines.append(f"{own.tool} is on the frontier: {_points(own, 'error')}")
    return lines


def root_mean_square(values: Sequence[float]) -> float:
    """Return the root of the mean square; NaN of nothing."""
    return math.sqrt(sum(value**2 for value in values) / len(values)) if values else math.nan


def percent(log: float) -> str:
    """Return the log of a ratio as the share by which it is off."""
    return share(math.expm1(log))


def _log_ratios(values: Mapping[Cell, float], truth: Mapping[Cell, float]) -> list[float]:
    """Return the logs of values over what is true, of the cells that both have."""
    return [math.log(value / truth[cell]) for cell, value in values.items() if cell in truth]


def _spread(own: Summary, figure: str, text: Callable[[float], str]) -> str:
    """Return the median of a figure over the repeats, and from where to where they go."""
    ends = [text(end(own.known(figure))) for end in (min, max)]
    beside = f" ({' to '.join(ends)})" if ends[0] != ends[1] else ""
    return text(own.middle(figure)) + beside


def _points(own: Summary, figure: str) -> str:
    """Return time and error of a tool as text."""
    return f"{seconds(own.middle('seconds'))} and off by {percent(own.middle(figure))}"


def _told(others: Sequence[Summary], figure: str) -> str:
    """Return which tools are ahead, and where they stand."""
    return "; ".join(f"{other.tool} {_points(other, figure)}" for other in others)
