"""The figures of a run: one to look at, or as the bytes of files."""

import io
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from harness.errors import UsageError
from harness.figures.drawings import Answers, Drawing
from harness.figures.looks import drawing_settings
from harness.figures.page_layout import op_figure, overview_figure
from harness.figures.page_size import Inches
from harness.figures.page_text import run_caption

_KINDS = ("png", "svg", "pdf")
"""Of files, as their names end."""
_DPI = 150
_PAGE_DPI = 72
"""Of a notebook, by which text of a figure is about as large as that around it."""


def plot(
    cells: pd.DataFrame,
    op: str | Sequence[str] | None = None,
    *,
    baseline: str | None = None,
    backend: str | Sequence[str] = (),
    span: str | None = None,
    dtype: str | None = None,
    caption: str = "",
    aa_error: float = 0.0,
    size: Inches | None = None,
    output: str | Path | None = None,
) -> Figure:
    """
    Draw the speedup curves of one op, or an overview of all or of some.

    Parameters
    ----------
    cells : DataFrame
        From `harness.load`, of one run.
    op : str or sequence of str, optional
        Which op: its time per call and its speedup against the size. Of several, or by default of all, an
        overview of their speedups.
    baseline : str, optional
        The backend that the others are compared with; default that of the run.
    backend : str or sequence of str
        Only these backends, beside the baseline.
    span : str, optional
        Only ``"call"`` or only ``"round_trip"``.
    dtype : str, optional
        Which dtype; needed where the run has several.
    caption : str
        What stands below; default the machine and the run.
    aa_error : float
        See `harness.speedup`; it decides which crossovers are drawn.
    size : (float, float), optional
        Width and height in inches. Default 11 inches, and as high as the panels need; text keeps its size.
    output : str or Path, optional
        A file to write besides, as PNG, SVG or PDF by the ending of its name.

    Returns
    -------
    Figure
        A matplotlib figure; the overview has one panel per op, at most three in a row.

    Raises
    ------
    UnknownNameError
        If no cell is of the op, the backend, the span or the baseline that was asked for.
    UsageError
        If the cells are of several runs or dtypes, the page has no room, or a file has another ending.
    """
    kind = file_kind(output) if output is not None else ""
    ops, backends = ([names] if isinstance(names, str) else list(names or ()) for names in (op, backend))
    chosen = cells if dtype is None else cells[cells["dtype"] == dtype]
    for column, remedy in (("run", "load one with run="), ("dtype", "choose one with dtype=")):
        if len(set(chosen[column])) != 1:
            names = ", ".join(chosen[column].unique()) or "none"
            raise UsageError(f"a figure is of one {column}, these cells have {names}; {remedy}")
    caption = caption or f"{chosen['machine'].iloc[0]}, run {chosen['run'].iloc[0]}"
    answers = Answers.of(chosen, baseline, aa_error).only(ops=ops, backends=backends, span=span)
    figure = _figure(answers, ops[0] if len(ops) == 1 else None, caption, size)
    if output is not None:
        Path(output).write_bytes(_content(figure, kind))
    # A notebook shows pyplot's figures by itself, and any other by what it says of itself.
    vars(figure)["_repr_png_"] = partial(_shown, figure)
    return figure


def overview(answers: Answers, caption: str) -> Figure:
    """Draw an overview of all ops."""
    return _figure(answers, None, caption)


def draw(drawing: Drawing) -> list[tuple[str, bytes]]:
    """Return name and content of each file of a figure, such as ``abs.svg``."""
    answers = drawing.answers
    caption = run_caption(drawing.facts, _of_op(answers.cells, drawing.op))
    figure = _figure(answers, drawing.op, caption, drawing.size)
    return [(f"{drawing.name}.{kind}", _content(figure, kind)) for kind in drawing.kinds]


def file_kind(path: str | Path) -> str:
    """Return which kind of file a name ends in."""
    kind = Path(path).suffix.lower().removeprefix(".")
    if kind not in _KINDS:
        raise UsageError(f"{path} is no name of a figure; end it in .{', .'.join(_KINDS)}")
    return kind


def _of_op(cells: pd.DataFrame, op: str | None) -> pd.DataFrame:
    """Return the cells of one op, or for None all."""
    return cells if op is None else cells[cells["op"] == op]


def to_svg(figure: Figure) -> bytes:
    """Return a figure as SVG, its text as outlines, so that it needs no font; equal figures, equal bytes."""
    return _file(figure, "svg", {"Date": None, "Title": figure.get_suptitle()})


def to_png(figure: Figure) -> bytes:
    """Return a figure as PNG with 150 pixels per inch; the same figure gives the same bytes."""
    return _file(figure, "png", {"Title": figure.get_suptitle()})


def to_pdf(figure: Figure) -> bytes:
    """Return a figure as PDF, with its fonts in it; the same figure gives the same bytes."""
    return _file(figure, "pdf", {"CreationDate": None, "Title": figure.get_suptitle()})


def _content(figure: Figure, kind: str) -> bytes:
    """Return a figure as the content of a file."""
    return {"png": to_png, "svg": to_svg, "pdf": to_pdf}[kind](figure)


def _shown(figure: Figure) -> tuple[bytes, dict[str, int]]:
    """Return a figure as a notebook takes it: a PNG, and how many of the page's pixels it is wide."""
    return to_png(figure), {"width": round(figure.get_figwidth() * _PAGE_DPI)}


def _figure(answers: Answers, op: str | None, caption: str, size: Inches | None = None) -> Figure:
    """Draw one op, or for None an overview of all."""
    frames = answers.cells, answers.speedups, answers.crossovers
    if op is None:
        return overview_figure(*frames, caption=caption, size=size)
    return op_figure(*frames, op=op, caption=caption, size=size)


def _file(figure: Figure, kind: str, metadata: dict[str, str | None]) -> bytes:
    """Return a figure in a format of Matplotlib's."""
    target = io.BytesIO()
    with drawing_settings():
        figure.savefig(target, format=kind, dpi=_DPI, metadata=metadata)
    return target.getvalue()
