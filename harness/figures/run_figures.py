"""The figures of a run: one to look at, or all of them as the bytes of files."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from harness.answers.crossover import crossovers_of
from harness.answers.speedup import log_ratios
from harness.errors import UsageError
from harness.figures.lines import distinct
from harness.figures.looks import drawing_settings
from harness.figures.page_layout import op_figure, overview_figure
from harness.figures.page_text import run_caption
from harness.store.frame import frame
from harness.store.runs import Run

_DPI = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answers:
    """The cells of one run and dtype with what a baseline makes of them; every figure of it shares them."""

    cells: pd.DataFrame
    speedups: pd.DataFrame
    crossovers: pd.DataFrame

    @classmethod
    def of(cls, cells: pd.DataFrame, baseline: str, aa_error: float) -> "_Answers":
        """Compare the cells with a baseline."""
        ratios = log_ratios(cells, baseline, aa_error=aa_error)
        return cls(cells=cells, speedups=ratios, crossovers=crossovers_of(ratios))

    def figure(self, op: str | None, caption: str) -> Figure:
        """Draw one op, or for None an overview of all."""
        frames = self.cells, self.speedups, self.crossovers
        if op is None:
            return overview_figure(*frames, caption=caption)
        return op_figure(*frames, op=op, caption=caption)


def plot(
    cells: pd.DataFrame,
    op: str | None = None,
    *,
    baseline: str = "numpy",
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
    baseline : str
        The backend that the others are compared with.
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
        If no cell is of the op or the baseline.
    UsageError
        If the cells are of several runs or dtypes.
    """
    chosen = cells if dtype is None else cells[cells["dtype"] == dtype]
    for column, remedy in (("run", "load one with run="), ("dtype", "choose one with dtype=")):
        if len(set(chosen[column])) != 1:
            names = ", ".join(chosen[column].unique()) or "none"
            raise UsageError(f"a figure is of one {column}, these cells have {names}; {remedy}")
    caption = caption or f"{chosen['machine'].iloc[0]}, run {chosen['run'].iloc[0]}"
    return _Answers.of(chosen, baseline, aa_error).figure(op, caption)


def draw_run(run: Run, baseline: str = "numpy", *, aa_error: float = 0.0) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each file, such as ``abs.svg``; a dtype but float32 is part of the name."""
    cells, caption = frame([run]), run_caption(run.facts)
    for dtype in distinct(cells, "dtype"):
        of_dtype = cells[cells["dtype"] == dtype]
        answers = _Answers.of(of_dtype, baseline, aa_error)
        ending = "" if dtype == "float32" else f"-{dtype}"
        for op in (None, *distinct(of_dtype, "op")):
            figure = answers.figure(op, caption)
            for kind, serialise in (("svg", to_svg), ("png", to_png)):
                yield f"{op or 'overview'}{ending}.{kind}", serialise(figure)


def to_svg(figure: Figure) -> bytes:
    """Return a figure as SVG, its text as outlines, so that it needs no font; equal figures, equal bytes."""
    return _file(figure, "svg", {"Date": None, "Title": figure.get_suptitle()})


def to_png(figure: Figure) -> bytes:
    """Return a figure as PNG with 150 pixels per inch; the same figure gives the same bytes."""
    return _file(figure, "png", {"Title": figure.get_suptitle()})


def _file(figure: Figure, kind: str, metadata: dict[str, str | None]) -> bytes:
    """Return a figure in a format of Matplotlib's."""
    target = io.BytesIO()
    with drawing_settings():
        figure.savefig(target, format=kind, dpi=_DPI, metadata=metadata)
    return target.getvalue()
