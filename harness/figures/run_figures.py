"""The figures of a run: one to look at, or as the bytes of files."""

import io
from functools import partial

import pandas as pd
from matplotlib.figure import Figure

from harness.errors import UsageError
from harness.figures.drawings import Answers, Drawing
from harness.figures.looks import drawing_settings
from harness.figures.page_layout import op_figure, overview_figure
from harness.figures.page_text import run_caption

_DPI = 150
_PAGE_DPI = 72
"""Of a notebook, by which text of a figure is about as large as that around it."""


def plot(
    cells: pd.DataFrame,
    op: str | None = None,
    *,
    baseline: str | None = None,
    dtype: str | None = None,
    caption: str = "",
    aa_error: float = 0.0,
) -> Figure:
    """
    Draw the speedup curves of one op, or an overview of all.

    Parameters
    ----------
    cells : DataFrame
        From `harness.load`, of one run.
    op : str, optional
        Which op: its time per call and its speedup against the size. Default the speedups of all ops.
    baseline : str, optional
        The backend that the others are compared with; default that of the run.
    dtype : str, optional
        Which dtype; needed where the run has several.
    caption : str
        What stands below; default the machine and the run.
    aa_error : float
        See `harness.speedup`; it decides which crossovers are drawn.

    Returns
    -------
    Figure
        A matplotlib figure, 11 inches wide; the overview has one panel per op, at most three in a row.

    Raises
    ------
    UnknownNameError
        If no cell is of the op or of the baseline that was asked for.
    UsageError
        If the cells are of several runs or dtypes.
    """
    chosen = cells if dtype is None else cells[cells["dtype"] == dtype]
    for column, remedy in (("run", "load one with run="), ("dtype", "choose one with dtype=")):
        if len(set(chosen[column])) != 1:
            names = ", ".join(chosen[column].unique()) or "none"
            raise UsageError(f"a figure is of one {column}, these cells have {names}; {remedy}")
    caption = caption or f"{chosen['machine'].iloc[0]}, run {chosen['run'].iloc[0]}"
    figure = _figure(Answers.of(chosen, baseline, aa_error), op, caption)
    # A notebook shows pyplot's figures by itself, and any other by what it says of itself.
    vars(figure)["_repr_png_"] = partial(_shown, figure)
    return figure


def overview(answers: Answers, caption: str) -> Figure:
    """Draw an overview of all ops."""
    return _figure(answers, None, caption)


def draw(drawing: Drawing) -> list[tuple[str, bytes]]:
    """Return name and content of each file of a figure, such as ``abs.svg``."""
    answers = drawing.answers
    figure = _figure(answers, drawing.op, run_caption(drawing.facts, _of_op(answers.cells, drawing.op)))
    contents = {"svg": to_svg, "png": to_png}
    return [(f"{drawing.name}.{kind}", contents[kind](figure)) for kind in drawing.kinds]


def _of_op(cells: pd.DataFrame, op: str | None) -> pd.DataFrame:
    """Return the cells of one op, or for None all."""
    return cells if op is None else cells[cells["op"] == op]


def to_svg(figure: Figure) -> bytes:
    """Return a figure as SVG, its text as outlines, so that it needs no font; equal figures, equal bytes."""
    return _file(figure, "svg", {"Date": None, "Title": figure.get_suptitle()})


def to_png(figure: Figure) -> bytes:
    """Return a figure as PNG with 150 pixels per inch; the same figure gives the same bytes."""
    return _file(figure, "png", {"Title": figure.get_suptitle()})


def _shown(figure: Figure) -> tuple[bytes, dict[str, int]]:
    """Return a figure as a notebook takes it: a PNG, and how many of the page's pixels it is wide."""
    return to_png(figure), {"width": round(figure.get_figwidth() * _PAGE_DPI)}


def _figure(answers: Answers, op: str | None, caption: str) -> Figure:
    """Draw one op, or for None an overview of all."""
    frames = answers.cells, answers.speedups, answers.crossovers
    if op is None:
        return overview_figure(*frames, caption=caption)
    return op_figure(*frames, op=op, caption=caption)


def _file(figure: Figure, kind: str, metadata: dict[str, str | None]) -> bytes:
    """Return a figure in a format of Matplotlib's."""
    target = io.BytesIO()
    with drawing_settings():
        figure.savefig(target, format=kind, dpi=_DPI, metadata=metadata)
    return target.getvalue()
