"""A result as a notebook shows it: the same answer as plain text, as Markdown and as HTML with its curve."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from markupsafe import Markup

from harness.figures.answer_figure import answer_figure
from harness.figures.inline_svg import inline_svg
from harness.figures.lines import distinct
from harness.figures.looks import looks_of
from harness.figures.page_text import run_caption
from harness.functions.answer_rows import AnswerRow, answer_rows
from harness.functions.html import render
from harness.terminal.noise import band_line, noise_line
from harness.terminal.notes import cell_notes, reading_notes

if TYPE_CHECKING:
    import pandas as pd

    from harness.model import Op
    from harness.store.runs import Run


class Shown(Protocol):
    """What is taken of a `harness.functions.result.Result`."""

    run: "Run"
    op: "Op"
    margin: float

    @property
    def frame(self) -> "pd.DataFrame":
        """All cells."""

    @property
    def speedups(self) -> "pd.DataFrame":
        """Its speedups."""

    @property
    def crossovers(self) -> "pd.DataFrame":
        """Its crossovers."""

    @property
    def baseline(self) -> str:
        """What they are against."""

    def sentences(self) -> Mapping[str, str]:
        """Return its answers by contender."""

    def explain(self) -> str:
        """Return all that is to be said."""


def bundle(result: Shown) -> dict[str, str]:
    """Return a result in every form that a notebook may choose from, by MIME type."""
    return {"text/plain": result.explain(), "text/markdown": markdown(result), "text/html": html(result)}


def markdown(result: Shown) -> str:
    """Return a result as Markdown: its sentences, what they must not be read without, and a table."""
    lines = [f"**{_plain(result.op.name)}**, {_plain(_dtype(result))}", ""]
    lines += [f"- **{_plain(name)}**: {_plain(told)}" for name, told in result.sentences().items()]
    lines += [f"- **!** {_plain(mark)}" for mark in _marks(result)]
    heads = [*AnswerRow._fields[:3], result.baseline, *AnswerRow._fields[4:]]
    lines += ["", f"| {' | '.join(map(_plain, heads))} |", f"|{' --- |' * len(heads)}"]
    lines += [f"| {' | '.join(map(_plain, row))} |" for row in _rows(result)]
    return "\n".join([*lines, "", *(f"{_plain(line)}  " for line in _small(result))])


def html(result: Shown) -> str:
    """Return a result as HTML, which takes its colours from the page and fetches nothing."""
    looks = looks_of(distinct(result.frame, "backend"))
    contenders = dict(result.sentences())
    figure, key = answer_figure(result.frame, result.speedups, result.crossovers, op=result.op.name)
    drawn = inline_svg(figure, "; ".join(f"{name} {told}" for name, told in contenders.items()), looks)
    return render(
        "answer.html.j2",
        name=result.op.name,
        dtype=_dtype(result),
        baseline=result.baseline,
        contenders=contenders,
        colours={name: look.colour for name, look in looks.items()},
        marks=_marks(result),
        figure=Markup(drawn),  # noqa: S704 - its only text of others is escaped
        key=key,
        rows=_rows(result),
        small=_small(result),
    )


def _rows(result: Shown) -> list[AnswerRow]:
    """Return all figures."""
    return answer_rows(result.frame, result.speedups, result.baseline)


def _dtype(result: Shown) -> str:
    """Return the dtype of the operands."""
    return ", ".join(distinct(result.frame, "dtype"))


def _marks(result: Shown) -> list[str]:
    """Return what an answer must not be read without, such as that a result was not checked."""
    frame, notes = result.frame, _notes(result)
    of_cells = {note.plain for note in cell_notes(frame, result.baseline)}
    return [note.plain.removeprefix("* ") for note in notes if note.style != "dim" or note.plain in of_cells]


def _small(result: Shown) -> list[str]:
    """Return the small print: where it was measured, and how sure it is."""
    sure = noise_line(result.frame, result.speedups), band_line(result.run, result.frame, None, result.margin)
    return [run_caption(result.run.facts, result.frame), "; ".join(line.plain for line in sure)]


def _notes(result: Shown) -> list[Any]:
    """Return what stands below an answer in a terminal."""
    return list(
        reading_notes(
            result.run, result.frame, result.speedups, None, baseline=result.baseline, margin=result.margin
        )
    )


def _plain(text: str) -> str:
    """Return a text on one line, with nothing in it that Markdown would take for its own."""
    return re.sub(r"([\\`*_{}\[\]<>#|~$])", r"\\\1", " ".join(text.split()))
