"""A comparison as a table for a terminal, as Markdown for a comment, and as JSON."""

import json
import math
from dataclasses import asdict, dataclass

import pandas as pd
from rich.console import RenderableType
from rich.text import Text

from harness.answers.compared_run import ComparedRun
from harness.answers.comparison import KEY
from harness.answers.differences import Difference
from harness.answers.labels import relabelled, shown_of_runs
from harness.model import Verdict
from harness.names import printable
from harness.statistics.geometric_mean import Estimate
from harness.terminal.formats import flat_rows
from harness.terminal.looks import VERDICT_STYLES, name_text, plain_table
from harness.terminal.lost_cells import HEADS as LOST_HEADS
from harness.terminal.lost_cells import lost_rows
from harness.terminal.markdown import escaped, pipes
from harness.units import byte_rate, flop_rate, interval, ratio, seconds, share, size

MOST_ROWS, MOST_LOST = 200, 50
"""Rows of a table in a comment, and of one with reasons: GitHub takes no more than 65 536 characters."""
SOUGHT_SLOW_DOWN = 1.1
"""The slow-down of which a summary says in how many cells it would have been found."""
_HEADS = ("op", "backend", "span", "dtype", "n", "A", "B", "time in B / A", "verdict")
_RATE_HEADS = ("B moves", "B computes", "of ceiling")
_RATES = ["bytes_per_second", "flop_per_second", "ceiling_share"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A comparison with all that is said about it."""

    a: ComparedRun
    b: ComparedRun
    table: pd.DataFrame  # from `harness.compare`
    mean: Estimate  # the geometric mean of the ratios
    differences: tuple[Difference, ...]  # between the facts of the two
    least: float  # the relative difference that a verdict has to clear
    margin: float  # the relative difference within which a cell is the same

    @property
    def timed(self) -> pd.DataFrame:
        """The cells with a time in both runs."""
        return self.table[self.table["ratio"].notna()]

    @property
    def lost(self) -> list[tuple[str, ...]]:
        """Rows that tell of the cells with a time in A and none in B."""
        return lost_rows(self.table[self.table["lost"]], self.shown)

    @property
    def shown(self) -> dict[str, str]:
        """How the labels of both runs are shown."""
        return shown_of_runs(
            pd.concat([run.cells[["machine", "run", "backend"]] for run in (self.a, self.b)])
        )


def tables(comparison: Comparison) -> list[RenderableType]:
    """Return what differs between the machines, a line per cell, what is lost, and what it comes to."""
    facts, cells = plain_table("", "", "A", "B", justify="left"), plain_table("", *_HEADS)
    lost = plain_table("a time in A and none in B", *LOST_HEADS, justify="left")
    for fact in _facts(comparison):
        facts.add_row(*map(Text, fact))
    timed = comparison.timed
    for texts, verdict in zip(_rows(comparison, timed), timed["verdict"], strict=True):
        cells.add_row(
            *map(name_text, texts[:2]),
            *map(Text, texts[2:-1]),
            Text(texts[-1], style=VERDICT_STYLES[verdict]),
        )
    for texts in comparison.lost:
        lost.add_row(*map(name_text, texts[:2]), *map(Text, texts[2:]))
    factless, summary = _without_facts(comparison), _summary(comparison)
    losses: list[RenderableType] = [lost, Text()] if lost.rows else []
    return [facts, *map(Text, factless), Text(), cells, Text(), *losses, *map(Text, summary)]


def markdown(comparison: Comparison) -> str:
    """
    Return the comparison as a comment on a pull request: what it comes to, what is lost, what differs.

    It is GitHub's Markdown, in which no name can act as markup.
    """
    table = comparison.table
    changed = table[table["verdict"].isin([Verdict.FASTER, Verdict.SLOWER])]
    # The worst first: a comment that is cut off has lost the least of it.
    changed = changed.sort_values("ratio", ascending=False)
    lines = ["### Time of B relative to A", "", *pipes(("", "A", "B"), _facts(comparison)), ""]
    lines += [f"{escaped(line)}\n" for line in (*_without_facts(comparison), *_summary(comparison))]
    if lost := comparison.lost:
        more = [f"\nand {len(lost) - MOST_LOST} more rows."] if len(lost) > MOST_LOST else []
        lines += ["A time in A and none in B:\n", *pipes(LOST_HEADS, lost[:MOST_LOST]), *more, ""]
    if len(changed):
        first = changed.iloc[:MOST_ROWS]
        rows = zip(_rows(comparison, first), _rates(comparison, first), strict=True)
        lines += pipes((*_HEADS, *_RATE_HEADS), [(*of_cell, *rates) for of_cell, rates in rows])
    if len(changed) > MOST_ROWS:
        lines.append(f"\nand {len(changed) - MOST_ROWS} more with smaller ratios.")
    return "\n".join(lines)


def as_json(comparison: Comparison) -> str:
    """Return the comparison as one JSON object; what is unknown is null."""
    mean = asdict(comparison.mean).items()
    content = {
        "a": comparison.a.name,
        "b": comparison.b.name,
        "differences": [asdict(difference) for difference in comparison.differences],
        "geometric_mean": {key: None if math.isnan(value) else value for key, value in mean},
        "in_both": len(comparison.timed),  # cells with a time in both runs
        "in_either": len(comparison.table),
        "lost": int(comparison.table["lost"].sum()),  # a time in A and none in B
        "cells": list(flat_rows(comparison.table)),
    }
    return json.dumps(content, indent=1, ensure_ascii=False)


def _facts(comparison: Comparison) -> list[tuple[str, str, str]]:
    """Return the two runs, and the facts in which they differ."""
    facts = [
        ("run", comparison.a.name, comparison.b.name),
        *((difference.name, difference.a, difference.b) for difference in comparison.differences),
    ]
    return [(printable(name), printable(a), printable(b)) for name, a, b in facts]


def _summary(comparison: Comparison) -> list[str]:
    """Return what the cells come to, in sentences."""
    timed = comparison.timed
    counts = timed["verdict"].value_counts()
    verdicts = ", ".join(f"{counts.get(str(verdict), 0)} {verdict}" for verdict in Verdict)
    lines = [f"{len(timed)} of {len(comparison.table)} cells have a time in both runs: {verdicts}."]
    if lost := comparison.table["lost"].sum():
        lines.append(f"{lost} with a time in A {'has' if lost == 1 else 'have'} none in B.")
    lines += _detectable(timed["detectable"])
    mean = comparison.mean
    if not math.isnan(mean.value):
        bounds = interval(mean.low, mean.high)
        lines.append(f"Geometric mean of the time in B over that in A: {ratio(mean.value)}{bounds}.")
    lines.append(
        f"Below 1 is faster. Verdicts tell differences above {comparison.least:.2%}, and the same is within "
        f"{comparison.margin:.2%}; intervals are 95 % each, faster and slower are corrected for the number "
        "of cells."
    )
    if _provisional(timed).any():
        lines.append("Provisional verdicts rest on a quick run, or on fewer than 4 rounds.")
    return lines


def _provisional(cells: pd.DataFrame) -> "pd.Series[bool]":
    """Return which cells have a verdict that rests on little."""
    return cells["provisional"] & (cells["verdict"] != Verdict.UNSURE)


def _detectable(slow_downs: "pd.Series[float]") -> list[str]:
    """Return which slow-down a verdict would have told, and in how many cells none could."""
    lines = []
    ratios = slow_downs.dropna()
    if len(ratios) < len(slow_downs):
        lines.append(
            f"{len(slow_downs) - len(ratios)} of them can have no verdict: they have a single round."
        )
    if len(ratios):
        lines.append(
            f"A slow-down to {ratio(ratios.median())} the time would have been told in half of these cells, "
            f"one to {ratio(SOUGHT_SLOW_DOWN)} in {(ratios <= SOUGHT_SLOW_DOWN).mean():.0%}; "
            "with more rounds (`harness run --rounds`) in more."
        )
    return lines


def _without_facts(comparison: Comparison) -> list[str]:
    """Return which runs do not tell what they were measured on."""
    return [
        f"{run.name} does not tell its machine, libraries and settings."
        for run in (comparison.a, comparison.b)
        if not run.facts
    ]


def _rates(comparison: Comparison, table: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Return what B moves and computes in cells, and which share of the ceiling that is, as known."""
    known = comparison.b.cells.reindex(columns=[*KEY, *_RATES])
    rates = table[KEY].merge(known, on=KEY, how="left")[_RATES].astype(float)
    return [
        (byte_rate(moved), flop_rate(computed), share(of_ceiling))
        for moved, computed, of_ceiling in rates.itertuples(index=False)
    ]


def _rows(comparison: Comparison, table: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return the texts of cells that have a ratio."""
    cells = relabelled(table, comparison.shown)
    little = _provisional(cells).map({True: " provisional", False: ""})
    return [
        (
            *map(printable, (row.op, row.backend, row.span, row.dtype)),
            size(row.n),
            seconds(row.seconds_a),
            seconds(row.seconds_b),
            ratio(row.ratio) + interval(row.low, row.high),
            row.verdict + (" noisy" if "noisy" in (row.status_a, row.status_b) else "") + more,
        )
        for row, more in zip(cells.itertuples(), little, strict=True)
    ]
