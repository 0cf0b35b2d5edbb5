"""The page of a figure: where its panels and the text around them stand, of one op or of all."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness import units
from harness.answers.labels import relabelled, shown_of_runs
from harness.errors import UnknownNameError
from harness.figures import page_text, text_labels
from harness.figures.axis_scales import size_scale, speedup_scale, time_scale, value_scale
from harness.figures.lines import Line, crossover_marks, distinct, lines_of
from harness.figures.looks import GREY, Look, drawing_settings, line_name, looks_of, short_name
from harness.figures.panel_marks import GUTTER
from harness.figures.panels import Layout, draw_rates, draw_speedups, draw_times
from harness.figures.rate_lines import rate_lines

# Lengths in points, as fonts have them; an inch has 72.
_EDGE = 10.0  # free on the left and right
_WIDTH = page_text.ROOM + 2 * _EDGE
_HEAD, _OVER, _UNDER = 42.0, 18.0, 38.0  # title and key; above a panel; below it
_AXIS_ROOM = 54.0  # for tick labels left of a panel
_TEXT_LINE = 10.5  # height of a line of notes
_LOW = 150.0  # height of a panel of rates
_BOLD = 1.2  # how much wider bold letters are, at most
_NARROW = 105.0  # a narrower panel is not worth a third column


def op_figure(
    cells: pd.DataFrame, speedups: pd.DataFrame, crossovers: pd.DataFrame, *, op: str, caption: str = ""
) -> Figure:
    """
    Draw one op of a run in a dtype: its time per call, its speedup and its rate against the size.

    Hand over the rows of all ops: a backend then looks the same in every figure.
    """
    ops = distinct(cells, "op")
    if op not in ops:
        raise UnknownNameError.of("op", op, ops)
    shown, looks = _shown(cells), _looks(cells, speedups)
    rates = rate_lines(cells, op, shown)
    cells, speedups, crossovers = (relabelled(table, shown) for table in (cells, speedups, crossovers))
    times, ratios = lines_of(cells, "seconds", op), lines_of(speedups, "speedup", op)
    marks = crossover_marks(crossovers, ratios, op)
    of_op = cells[cells["op"] == op]
    with drawing_settings():
        layout = _layout(cells, speedups, looks, rows=len(marks), height=250.0, font=8.0)
        heights = [layout.height, *([_LOW] if rates else [])]
        figure, panels = _page(op, of_op, times + ratios, layout, (2 * len(heights), 2), heights, caption)
        sizes = size_scale(times + ratios)
        draw_times(layout, panels[0], times, sizes, time_scale(times))
        draw_speedups(layout, panels[1], ratios, marks, sizes, speedup_scale(ratios, layout.strip))
        if rates:
            low = replace(layout, height=_LOW)
            scale = value_scale(rates.rates + rates.ceilings, rates.tick_text, most=5)
            draw_rates(low, panels[2], rates.rates, rates.ceilings, (sizes, scale), rates.title)
            full = rates.full_share
            scale = value_scale([*rates.shares, full], units.share, most=5)
            draw_rates(low, panels[3], rates.shares, [full], (sizes, scale), "share of the ceiling")
    return figure


def overview_figure(
    cells: pd.DataFrame, speedups: pd.DataFrame, crossovers: pd.DataFrame, *, caption: str = ""
) -> Figure:
    """Draw the speedup of every op of a run in a dtype against the size, on equal scales."""
    ops = distinct(cells, "op")
    shown, looks = _shown(cells), _looks(cells, speedups)
    cells, speedups, crossovers = (relabelled(table, shown) for table in (cells, speedups, crossovers))
    of_op = {op: lines_of(speedups, "speedup", op) for op in ops}
    ratios = [line for op in ops for line in of_op[op]]
    marks = {op: crossover_marks(crossovers, of_op[op], op) for op in ops}
    with drawing_settings():
        rows = max(map(len, marks.values()), default=0)
        layout = _layout(cells, speedups, looks, rows=rows, height=170.0, font=6.5)
        columns = _columns(ratios, layout, len(ops))
        what = "1 op" if len(ops) == 1 else f"{len(ops)} ops"
        heights = [layout.height] * math.ceil(len(ops) / columns)
        figure, panels = _page(what, cells, ratios, layout, (len(ops), columns), heights, caption)
        remarked = {op for op in ops if page_text.is_marked(cells, op)}
        # A line that cannot be read without a remark (a copy that copies nothing) may leave its panel, lest
        # it squeeze all others.
        plain = [line for op in ops if op not in remarked for line in of_op[op]]
        sizes, scale = size_scale(ratios), speedup_scale(plain or ratios, layout.strip)
        for place, (panel, op) in enumerate(zip(panels, ops, strict=True)):
            draw_speedups(layout, panel, of_op[op], marks[op], sizes, scale)
            name = text_labels.plain(op) + (" *" if op in remarked else "")
            title = text_labels.shortened(name, 9, (_WIDTH / columns - _AXIS_ROOM - _EDGE) / _BOLD)
            panel.set_title(title, loc="left", fontsize=9, fontweight="bold", pad=5)
            if place % columns:
                panel.set_ylabel("")
            if place + columns < len(ops):
                panel.set_xlabel("")
    return figure


def _shown(cells: pd.DataFrame) -> dict[str, str]:
    """Return how the labels of cells are shown; a frame may be empty, even of columns."""
    return shown_of_runs(cells) if len(cells) else {}


def _looks(cells: pd.DataFrame, speedups: pd.DataFrame) -> dict[str, Look]:
    """Return a look per label, by how that is shown: a label looks the same however it is told."""
    shown = _shown(cells)
    looks = looks_of([*distinct(cells, "backend"), *distinct(speedups, "backend")])
    return {shown.get(label, label): look for label, look in looks.items()}


def _layout(
    cells: pd.DataFrame,
    speedups: pd.DataFrame,
    looks: dict[str, Look],
    *,
    rows: int,
    height: float,
    font: float,
) -> Layout:
    """Return what the panels have in common; without any speedup the first backend passes as baseline."""
    backends = distinct(cells, "backend")
    baseline = [*distinct(speedups, "baseline"), *backends, "the baseline"][0]
    return Layout(height=height, font=font, rows=rows, looks=looks, baseline=baseline)


def _columns(lines: Sequence[Line], layout: Layout, ops: int) -> int:
    """Return how many of the ops stand in a row: three at most, fewer where names leave too little room."""
    fitting = (n for n in (3, 2) if n <= ops and _panel_width(lines, layout, n) > _NARROW)
    return next(fitting, 1)


def _panel_width(lines: Sequence[Line], layout: Layout, columns: int) -> float:
    """Return how wide a panel is if every name at a line end fits beside it."""
    texts = [short_name(layout.baseline, layout.font), *(line_name(line, layout.font) for line in lines)]
    beside = _AXIS_ROOM + GUTTER + max(text_labels.width(text, layout.font) for text in texts)
    return page_text.ROOM / columns - beside


def _page(
    what: str,
    cells: pd.DataFrame,
    lines: Sequence[Line],
    layout: Layout,
    grid: tuple[int, int],
    heights: Sequence[float],
    caption: str,
) -> tuple[Figure, list[Axes]]:
    """Return a figure with the text around its panels, and those, empty: `grid` is (count, columns)."""
    (count, columns), room, small = grid, page_text.ROOM, page_text.SMALL
    wide = _panel_width(lines, layout, columns)
    foot = [
        *page_text.remark_lines(cells),
        *page_text.not_shown(cells),
        *text_labels.wrapped(caption, small, room),
    ]
    tall = _HEAD + sum(_OVER + height + _UNDER for height in heights) + _EDGE + _TEXT_LINE * len(foot)
    figure, left = Figure(figsize=(_WIDTH / 72, tall / 72)), _EDGE / _WIDTH
    dtypes = ", ".join(distinct(cells, "dtype"))
    title = page_text.title(what, distinct(cells, "backend"), layout.baseline, dtypes)
    figure.suptitle(title, x=left, y=1 - 8 / tall, ha="left", va="top", fontsize=12)
    key = page_text.key(lines, crossed=layout.rows > 0)
    figure.text(left, 1 - 28 / tall, key, va="top", fontsize=small, color=GREY)
    for up, line in zip(reversed(range(len(foot))), foot, strict=True):
        figure.text(left, (_EDGE * 0.7 + _TEXT_LINE * up) / tall, line, fontsize=small, color=GREY)
    panels, y = [], tall - _HEAD
    for place in range(count):
        row, column = divmod(place, columns)
        y -= 0 if column else _OVER + heights[row] + _UNDER
        x = _EDGE + column * room / columns + _AXIS_ROOM
        panels.append(figure.add_axes((x / _WIDTH, (y + _UNDER) / tall, wide / _WIDTH, heights[row] / tall)))
    return figure, panels
