"""A measurement as lines and tables for a terminal, as Markdown for a comment, and as JSON."""

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harness.functions.answers import Crossover
from harness.functions.result import Result
from harness.model import State, Verdict
from harness.store.frame import COLUMNS
from harness.terminal.contenders import ContenderTable, as_tables, as_texts, contender_tables
from harness.terminal.formats import flat_rows
from harness.terminal.markdown import escaped, pipes
from harness.terminal.notes import first_notes

if TYPE_CHECKING:
    from rich.console import RenderableType


def for_a_terminal(result: Result, width: int) -> "list[RenderableType]":
    """Return the answer, its figures, and what has to be known to read them, for so many columns."""
    from rich.text import Text

    tables: list[RenderableType] = []
    for table in _tables(result):
        tables += [Text(), *as_tables(table, width)]
    lines, first, notes = map(Text, crossover_lines(result)), first_notes(result.run), result.notes()
    return [*first, Text(str(result)), *tables, Text(), *lines, *notes[len(first) :]]


def markdown(result: Result) -> str:
    """Return the answer for a comment on a pull request; no name can act as markup."""
    first, notes = first_notes(result.run), result.notes()
    lines = [f"### {escaped(result.op.name)}", "", *(f"{escaped(note.plain)}\n" for note in first)]
    lines += [f"- {escaped(line)}" for line in str(result).splitlines()]
    for table in _tables(result):
        lines += ["", f"{escaped(table.title)}:", "", *pipes(table.heads, as_texts(table))]
    lines += ["", *(f"{escaped(line)}\n" for line in crossover_lines(result))]
    lines += [f"{escaped(note.plain)}\n" for note in notes[len(first) :]]
    return "\n".join(lines).rstrip() + "\n"


def as_json(result: Result) -> str:
    """Return all of it as one JSON object, as docs/how-to/measure.md has it; what is unknown is null."""
    told, parts = result.run.functions[result.op.name], result.passes()
    verdicts = [verdict for part in parts for verdict in part.speedups["verdict"]]
    labels = {shown: label for label, shown in result.shown.items()}
    content = {
        "name": result.op.name,
        "machine": result.run.machine,
        "run": result.run.id,
        "harness": result.run.facts["harness"],
        "stopped": result.is_stopped,
        "baseline": result.baseline,
        "contenders": {labels[shown]: sentence for shown, sentence in _contenders(result)},
        "verdicts": {str(verdict): verdicts.count(str(verdict)) for verdict in Verdict},
        "speedups": [row for part in parts for row in flat_rows(part.speedups)],
        "crossovers": [row for part in parts for row in flat_rows(part.crossovers)],
        "cells": [row for part in parts for row in flat_rows(part.frame[list(COLUMNS)])],
        "functions": {
            key: {"source": source, "hash": told["hashes"][key]} for key, source in told["sources"].items()
        },
        **{key: told[key] for key in ("inputs", "check", "fresh")},
        "notes": [note.plain for note in result.notes()],
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def crossover_lines(result: Result) -> list[str]:
    """Return where each contender is faster, by span."""
    lines = []
    for part in result.passes():
        for row in flat_rows(part.crossovers):
            one = Crossover(**{name: _number(row[name]) for name in Crossover.__slots__})
            where = str(one) if one.state == State.UNDECIDED else f"faster {one}"
            lines.append(f"{_before(part)}{result.shown[one.backend]}, {one.span}: {where}")
    return lines


def _before(part: Result) -> str:
    """Return what a line on a pass of a gradient begins with."""
    function = part.op.function
    return f"{function.part}: " if function and function.part else ""


def _contenders(result: Result) -> Iterator[tuple[str, str]]:
    """Yield what there is to say of each contender, of those without a time why."""
    yield from result.sentences().items()
    yield from result.without_time().items()


def _tables(result: Result) -> list[ContenderTable]:
    """Return a table per contender, and per pass of a gradient."""
    return [
        replace(table, title=_before(part) + table.title)
        for part in result.passes()
        for table in contender_tables(part.speedups, part.frame)
    ]


def _number(value: Any) -> Any:  # noqa: ANN401 - a value of a table
    """Return a value, NaN for one that is not known."""
    return math.nan if value is None else value
