"""A comparison as a table for a terminal, as Markdown for a comment, and as JSON."""

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import pandas as pd
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from harness.answers.compared_run import Side
from harness.answers.differences import Difference
from harness.model import Verdict
from harness.names import printable
from harness.statistics.geometric_mean import Estimate
from harness.terminal.tables import flat_rows
from harness.units import interval, ratio, seconds, size

MOST_ROWS = 200
"""Rows of a table in a comment: GitHub takes no more than 65 536 characters."""
SOUGHT = 1.1
"""The slow-down of which a summary says in how many cells it would have been found."""
_HEADS = ("op", "backend", "span", "dtype", "n", "A", "B", "time in B / A", "verdict")
_STYLES = {"faster": "green", "slower": "red", "same": "default", "unsure": "dim"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """
    A comparison with all that is said about it.

    Attributes
    ----------
    a, b : Side
        What is compared.
    table : DataFrame
        From `harness.compare`.
    mean : Estimate
        From `harness.answers.comparison.mean_ratio`.
    differences : tuple of Difference
        Between the facts of the two.
    least : float
        Relative difference that a verdict has to clear.
    """

    a: Side
    b: Side
    table: pd.DataFrame
    mean: Estimate
    differences: tuple[Difference, ...]
    least: float


def tables(found: Compared) -> list[RenderableType]:
    """
    Return what differs between the machines, a line per cell, and what it comes to.

    Parameters
    ----------
    found : Compared
        The comparison.

    Returns
    -------
    list of Rich renderables
    """
    facts, cells = (Table(box=None, pad_edge=False, header_style="bold") for _ in range(2))
    for head in ("", "A", "B"):
        facts.add_column(head, overflow="fold")
    for fact in _facts(found):
        facts.add_row(*map(Text, fact))
    for head in _HEADS:
        cells.add_column(head, justify="right", overflow="fold")
    both = found.table[found.table["ratio"].notna()]
    for texts, verdict in zip(_rows(both), both["verdict"], strict=True):
        cells.add_row(*map(Text, texts[:-1]), Text(texts[-1], style=_STYLES[verdict]))
    return [facts, *map(Text, _untold(found)), Text(), cells, Text(), *map(Text, _summary(found))]


def markdown(found: Compared) -> str:
    """
    Return the comparison as a comment on a pull request: the cells that differ, and what all come to.

    Parameters
    ----------
    found : Compared
        The comparison.

    Returns
    -------
    str
        GitHub's Markdown, in which no name can act as markup.
    """
    changed = found.table[found.table["verdict"].isin([Verdict.FASTER, Verdict.SLOWER])]
    # The worst first: a comment that is cut off has lost the least of it.
    changed = changed.sort_values("ratio", ascending=False)
    lines = ["### Time of B relative to A", "", *_pipes(("", "A", "B"), _facts(found)), ""]
    lines += [f"{_escaped(line)}\n" for line in (*_untold(found), *_summary(found))]
    if len(changed):
        lines += _pipes(_HEADS, _rows(changed.iloc[:MOST_ROWS]))
    if len(changed) > MOST_ROWS:
        lines.append(f"\nand {len(changed) - MOST_ROWS} more with smaller ratios.")
    return "\n".join(lines)


def as_json(found: Compared) -> str:
    """
    Return the comparison as one JSON object.

    Parameters
    ----------
    found : Compared
        The comparison.

    Returns
    -------
    str
        With the keys ``a``, ``b``, ``differences``, ``geometric_mean``, ``in_both`` (cells with a time in
        both runs), ``in_either`` and ``cells``; what is unknown is null.
    """
    mean = {key: None if math.isnan(value) else value for key, value in asdict(found.mean).items()}
    whole = {
        "a": found.a.name,
        "b": found.b.name,
        "differences": [asdict(difference) for difference in found.differences],
        "geometric_mean": mean,
        "in_both": int(found.table["ratio"].notna().sum()),
        "in_either": len(found.table),
        "cells": list(flat_rows(found.table)),
    }
    return json.dumps(whole, indent=1, ensure_ascii=False)


def _facts(found: Compared) -> list[tuple[str, str, str]]:
    """Return the two runs, and the facts in which they differ."""
    facts = [("run", found.a.name, found.b.name), *((d.name, d.a, d.b) for d in found.differences)]
    return [(printable(name), printable(a), printable(b)) for name, a, b in facts]


def _summary(found: Compared) -> list[str]:
    """Return what the cells come to, in sentences."""
    both = found.table[found.table["ratio"].notna()]
    counts = both["verdict"].value_counts()
    verdicts = ", ".join(f"{counts.get(str(verdict), 0)} {verdict}" for verdict in Verdict)
    lines = [f"{len(both)} of {len(found.table)} cells have a time in both runs: {verdicts}."]
    told = both["detectable"].dropna()
    if len(told) < len(both):
        lines.append(
            f"{len(both) - len(told)} of them can have no verdict: their run was a quick one, they were "
            "noisy, or they have a single round."
        )
    if len(told):
        lines.append(
            f"A slow-down to {ratio(told.median())} the time would have been told in half of these cells, "
            f"one to {ratio(SOUGHT)} in {(told <= SOUGHT).mean():.0%}; with more rounds "
            "(`harness run --rounds`) in more."
        )
    if not math.isnan(found.mean.value):
        wide = interval(found.mean.low, found.mean.high)
        lines.append(f"Geometric mean of the time in B over that in A: {ratio(found.mean.value)}{wide}.")
    lines.append(
        f"Below 1 is faster. Verdicts tell differences above {found.least:.2%}; intervals are 95 % each, "
        "faster and slower are corrected for the number of cells."
    )
    return lines


def _untold(found: Compared) -> list[str]:
    """Return which sides do not tell what they were measured on."""
    return [
        f"{side.name} does not tell its machine, libraries and settings."
        for side in (found.a, found.b)
        if not side.facts
    ]


def _rows(cells: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return the texts of cells that have a ratio."""
    return [
        (
            *map(printable, (row.op, row.backend, row.span, row.dtype)),
            size(row.n),
            seconds(row.seconds_a),
            seconds(row.seconds_b),
            ratio(row.ratio) + interval(row.low, row.high),
            row.verdict + (" noisy" if "noisy" in (row.status_a, row.status_b) else ""),
        )
        for row in cells.itertuples()
    ]


def _pipes(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table in Markdown."""
    lines = [heads, ["---"] * len(heads), *([_escaped(text) for text in row] for row in rows)]
    return ["| " + " | ".join(line) + " |" for line in lines]


def _escaped(text: str) -> str:
    """Return a text in which nothing is markup, a mention or the end of a cell."""
    flat = " ".join(text.split())
    marked = re.sub(r"([\\`*_{}\[\]#|~!])", r"\\\1", flat)
    return marked.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "&#64;")
