"""The page of a figure: where its panels and the text around them stand, of one op or of all."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

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
from harness.figures.page_size import EDGE, OVER, UNDER, Inches, Page, page, places
from harness.figures.panel_marks import GUTTER
from harness.figures.panels import Layout, draw_rates, draw_speedups, draw_times
from harness.figures.rate_lines import rate_lines

# Lengths in points, as fonts have them; an inch has 72.
_AXIS_ROOM = 54.0  # for tick labels left of a panel
_TALL, _LOW, _OF_MANY = 250.0, 150.0, 170.0  # heights of panels: of an op, of its rates, of an overview
_BOLD = 1.2  # how much wider bold letters are, at most


def op_figure(
    cells: pd.DataFrame,
    speedups: pd.DataFrame,
    crossovers: pd.DataFrame,
    *,
    op: str,
    caption: str = "",
    size: Inches | None = None,
) -> Figure:
    """
    Draw one op of a run in a dtype: its time per call, its speedup and its rate against the size.

    Hand over the rows of all ops: a backend then looks the same in every figure. A page that is too low for
    rates goes without them.
    """
    ops = distinct(cells, "op")
    if op not in ops:
        raise UnknownNameError.of("op", op, ops)
    sheet, shown, looks = page(size), _shown(cells), _looks(cells, speedups)
    rates = rate_lines(cells, op, shown)
    cells, speedups, crossovers = (relabelled(table, shown) for table in (cells, speedups, crossovers))
    times, ratios = lines_of(cells, "seconds", op), lines_of(speedups, "speedup", op)
    marks = crossover_marks(crossovers, ratios, op)
    of_op = cells[cells["op"] == op]
    with drawing_settings():
        common = _common(cells, speedups, looks, rows=len(marks), font=8.0)
        lines = times + ratios
        texts = partial(page_text.texts, op, of_op, lines, common, caption)
        heights = [*([[_TALL, _TALL, _LOW, _LOW]] if rates else []), [_TALL, _TALL]]
        figure, panels, _ = _page(sheet, texts, common, _beside(lines, common), heights, most=2)
        (times_axes, layout), (ratio_axes, _), *lower = panels
        sizes = size_scale(lines, layout.room)
        draw_times(layout, times_axes, times, sizes, time_scale(times, layout.ticks_up(7)))
        scale = speedup_scale(ratios, layout.strip, layout.ticks_up(8))
        draw_speedups(layout, ratio_axes, ratios, marks, sizes, scale)
        if rates and lower:
            (rate_axes, layout), (share_axes, _) = lower
            scale = value_scale(rates.rates + rates.ceilings, rates.tick_text, layout.ticks_up(5))
            draw_rates(layout, rate_axes, rates.rates, rates.ceilings, (sizes, scale), rates.title)
            full = rates.full_share
            scale = value_scale([*rates.shares, full], units.share, layout.ticks_up(5))
            draw_rates(layout, share_axes, rates.shares, [full], (sizes, scale), "share of the ceiling")
    return figure


def overview_figure(
    cells: pd.DataFrame,
    speedups: pd.DataFrame,
    crossovers: pd.DataFrame,
    *,
    caption: str = "",
    size: Inches | None = None,
) -> Figure:
    """Draw the speedup of every op of a run in a dtype against the size, on equal scales."""
    ops = distinct(cells, "op")
    sheet, shown, looks = page(size), _shown(cells), _looks(cells, speedups)
    cells, speedups, crossovers = (relabelled(table, shown) for table in (cells, speedups, crossovers))
    of_op = {op: lines_of(speedups, "speedup", op) for op in ops}
    ratios = [line for op in ops for line in of_op[op]]
    marks = {op: crossover_marks(crossovers, of_op[op], op) for op in ops}
    with drawing_settings():
        rows = max(map(len, marks.values()), default=0)
        common = _common(cells, speedups, looks, rows=rows, font=6.5)
        what = "1 op" if len(ops) == 1 else f"{len(ops)} ops"
        texts = partial(page_text.texts, what, cells, ratios, common, caption)
        heights, most = [[_OF_MANY] * len(ops)], max(1, min(len(ops), 3))
        figure, panels, columns = _page(sheet, texts, common, _beside(ratios, common), heights, most=most)
        remarked = {op for op in ops if page_text.is_marked(cells, op)}
        # A line that cannot be read without a remark (a copy that copies nothing) may leave its panel, lest
        # it squeeze all others.
        plain = [line for op in ops if op not in remarked for line in of_op[op]]
        for place, ((axes, layout), op) in enumerate(zip(panels, ops, strict=True)):
            sizes = size_scale(ratios, layout.room)
            scale = speedup_scale(plain or ratios, layout.strip, layout.ticks_up(8))
            draw_speedups(layout, axes, of_op[op], marks[op], sizes, scale)
            name = text_labels.plain(op) + (" *" if op in remarked else "")
            title = text_labels.shortened(name, 9, (sheet.width / columns - _AXIS_ROOM - EDGE) / _BOLD)
            axes.set_title(title, loc="left", fontsize=9, fontweight="bold", pad=5)
            if place % columns:
                axes.set_ylabel("")
            if place + columns < len(ops):
                axes.set_xlabel("")
    return figure


def _shown(cells: pd.DataFrame) -> dict[str, str]:
    """Return how the labels of cells are shown; a frame may be empty, even of columns."""
    return shown_of_runs(cells) if len(cells) else {}


def _looks(cells: pd.DataFrame, speedups: pd.DataFrame) -> dict[str, Look]:
    """Return a look per label, by how that is shown: a label looks the same however it is told."""
    shown = _shown(cells)
    looks = looks_of([*distinct(cells, "backend"), *distinct(speedups, "backend")])
    return {shown.get(label, label): look for label, look in looks.items()}


def _common(
    cells: pd.DataFrame, speedups: pd.DataFrame, looks: dict[str, Look], *, rows: int, font: float
) -> Layout:
    """Return what the panels have in common; without any speedup the first backend passes as baseline."""
    backends = distinct(cells, "backend")
    baseline = [*distinct(speedups, "baseline"), *backends, "the baseline"][0]
    return Layout(font=font, rows=rows, looks=looks, baseline=baseline)


def _beside(lines: Sequence[Line], layout: Layout) -> float:
    """Return how many points beside a panel its axis and the names at the ends of its lines take."""
    texts = [short_name(layout.baseline, layout.font), *(line_name(line, layout.font) for line in lines)]
    return _AXIS_ROOM + GUTTER + max(text_labels.width(text, layout.font) for text in texts)


def _page(
    sheet: Page,
    texts_in: Callable[[float], page_text.Texts],
    common: Layout,
    beside: float,
    choices: Sequence[Sequence[float]],
    *,
    most: int,
) -> tuple[Figure, list[tuple[Axes, Layout]], int]:
    """
    Return a figure with its text, its panels, empty, each with its layout, and how many stand in a row.

    The panels are the first of some choices of natural heights that find room, beside `texts_in` a room.
    """
    texts = texts_in(sheet.room)
    grid = places(sheet, choices, beside=beside, around=lambda room: texts_in(room).height, most=most)
    tall = sheet.height or texts.height + sum(OVER + height + UNDER for height in grid.heights)
    figure, left = Figure(figsize=(sheet.width / 72, tall / 72)), EDGE / sheet.width
    figure.suptitle(texts.title, x=left, y=1 - 8 / tall, ha="left", va="top", fontsize=12)
    for line, down in texts.above():
        figure.text(left, 1 - down / tall, line, va="top", fontsize=page_text.SMALL, color=GREY)
    for line, up in texts.below():
        figure.text(left, up / tall, line, fontsize=page_text.SMALL, color=GREY)
    panels, y = [], tall - texts.head
    for place in range(grid.count):
        row, column = divmod(place, grid.columns)
        height = grid.heights[row]
        y -= 0 if column else OVER + height + UNDER
        x = EDGE + column * sheet.room / grid.columns + _AXIS_ROOM
        axes = figure.add_axes((x / sheet.width, (y + UNDER) / tall, grid.width / sheet.width, height / tall))
        panels.append((axes, replace(common, width=grid.width, height=height)))
    return figure, panels, grid.columns
