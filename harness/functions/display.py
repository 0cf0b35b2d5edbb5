"""A result as a notebook shows it: the same answer as plain text, as Markdown and as HTML with its curve."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from markupsafe import Markup

from harness.figures.answer_figure import answer_figure
from harness.figures.inline_svg import inline_svg
from harness.figures.lines import distinct
from harness.figures.looks import Look, looks_of
from harness.figures.page_text import run_caption
from harness.functions.html import render
from harness.terminal.contenders import ContenderTable, as_texts, contender_tables
from harness.terminal.markdown import escaped, pipes
from harness.terminal.noise import band_line, noise_line
from harness.terminal.notes import cell_notes, first_notes, reading_notes

if TYPE_CHECKING:
    import pandas as pd

    from harness.model import Op
    from harness.store.runs import Run


class Shown(Protocol):
    """What is taken of a `harness.functions.result.Result`."""

    run: "Run"
    op: "Op"
    margin: float
    parts: "tuple[Op, ...]"

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

    @property
    def shown(self) -> Mapping[str, str]:
        """How labels are told to people."""

    @property
    def no_contender(self) -> str:
        """What there is to say where nothing is compared."""

    def passes(self) -> "Sequence[Shown]":
        """Return the passes of a gradient, or the whole."""

    def sentences(self) -> Mapping[str, str]:
        """Return its answers by contender."""

    def explain(self) -> str:
        """Return all that is to be said."""


def bundle(result: Shown) -> dict[str, str]:
    """Return a result in every form that a notebook may choose from, by MIME type."""
    return {"text/plain": result.explain(), "text/markdown": markdown(result), "text/html": html(result)}


def markdown(result: Shown) -> str:
    """Return a result as Markdown: its sentences, what they must not be read without, and its tables."""
    lines = [f"**{escaped(_name(result))}**, {escaped(_dtype(result))}", ""]
    for part in result.passes():
        lines += [f"{escaped(_title(part))}:", ""] if part is not result else []
        told = part.sentences()
        lines += [f"- **{escaped(name)}**: {escaped(sentence)}" for name, sentence in told.items()]
        lines += [] if told else [f"- {escaped(part.no_contender)}"]
        lines.append("")
    lines += [f"- **!** {escaped(mark)}" for mark in _marks(result)]
    for part in result.passes():
        for table in contender_tables(part.speedups, part.frame):
            lines += ["", f"{escaped(_head(part, table, result))}:", "", *pipes(table.heads, as_texts(table))]
    return "\n".join([*lines, "", *(f"{escaped(line)}\n" for line in _small(result))])


def html(result: Shown) -> str:
    """Return a result as HTML, which takes its colours from the page and fetches nothing."""
    parts = result.passes()
    looks = looks_of([name for part in parts for name in distinct(part.frame, "backend")])
    return render(
        "answer.html.j2",
        name=_name(result),
        dtype=_dtype(result),
        baseline=result.shown.get(result.baseline, result.baseline),
        colours={result.shown.get(name, name): look.colour for name, look in looks.items()},
        parts=[_shown(part, looks, title="" if part is result else _title(part)) for part in parts],
        marks=_marks(result),
        tables=[
            {"title": _head(part, table, result), "heads": table.heads, "rows": as_texts(table)}
            for part in parts
            for table in contender_tables(part.speedups, part.frame)
        ],
        small=_small(result),
    )


def _shown(part: Shown, looks: dict[str, Look], *, title: str) -> dict[str, Any]:
    """Return what is shown of a part, or of the whole."""
    contenders = dict(part.sentences())
    counted = "n, elements of the operand" if part.op.counts_elements else "n"
    figure, key = answer_figure(part.frame, part.speedups, part.crossovers, op=part.op.name, counted=counted)
    label = "; ".join(f"{name} {told}" for name, told in contenders.items())
    return {
        "title": title,
        "contenders": contenders,
        "no_contender": part.no_contender,
        "figure": Markup(inline_svg(figure, label, looks)),  # noqa: S704 - its only text of others is escaped
        "key": key,
    }


def _name(result: Shown) -> str:
    """Return what was measured, of a gradient without the pass."""
    return result.op.name.removesuffix(f" {_part(result.op)}") if result.parts else result.op.name


def _part(op: "Op") -> str:
    """Return which part of a gradient an op is."""
    return str(op.function.part) if op.function else op.name


def _title(part: Shown) -> str:
    """Return what to call a part."""
    return _part(part.op)


def _head(part: Shown, table: ContenderTable, whole: Shown) -> str:
    """Return what stands above a table."""
    return table.title if part is whole else f"{_title(part)}: {table.title}"


def _dtype(result: Shown) -> str:
    """Return the dtype of the operands."""
    return ", ".join(distinct(result.frame, "dtype"))


def _marks(result: Shown) -> list[str]:
    """Return what an answer must not be read without, such as that a result was not checked."""
    marks: list[str] = []
    for part in result.passes():
        of_cells = {note.plain for note in cell_notes(part.frame, part.baseline)}
        marks += [
            note.plain.removeprefix("* ")
            for note in _notes(part)
            if note.style != "dim" or note.plain in of_cells
        ]
    return list(dict.fromkeys(marks))


def _small(result: Shown) -> list[str]:
    """Return the small print: where it was measured, and how sure it is."""
    sure = noise_line(result.frame, result.speedups), band_line(result.run, result.frame, None, result.margin)
    return [run_caption(result.run.facts, result.frame), "; ".join(line.plain for line in sure)]


def _notes(result: Shown) -> list[Any]:
    """Return what stands below an answer in a terminal."""
    notes = reading_notes(
        result.run, result.frame, result.speedups, None, baseline=result.baseline, margin=result.margin
    )
    return [*first_notes(result.run), *notes]
