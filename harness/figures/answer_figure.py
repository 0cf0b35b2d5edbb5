"""The small figure beside an answer: the speedup against the size, or the time where nothing is compared."""

from dataclasses import replace

import pandas as pd
from matplotlib.figure import Figure

from harness.answers.labels import relabelled, shown_labels
from harness.figures import page_text, text_labels
from harness.figures.axis_scales import size_scale, speedup_scale, time_scale
from harness.figures.lines import crossover_marks, distinct, lines_of
from harness.figures.looks import drawing_settings, line_name, looks_of, short_name
from harness.figures.panel_marks import GUTTER
from harness.figures.panels import Layout, draw_speedups, draw_times

# Lengths in points.
_WIDTH, _HEIGHT = 576.0, 230.0
_LEFT, _UNDER, _OVER = 58.0, 36.0, 8.0  # for tick labels and titles of axes; free above
_FONT = 9.0


def answer_figure(
    cells: pd.DataFrame, speedups: pd.DataFrame, crossovers: pd.DataFrame, *, op: str, counted: str
) -> tuple[Figure, str]:
    """
    Draw the speedup of an op, or its time where nothing is compared; return it with its key in words.

    `counted` says what a size counts, such as ``"n, elements of the operand"``.
    """
    labels = shown_labels(distinct(cells, "backend"))
    looks = {labels[name]: look for name, look in looks_of(labels).items()}
    cells, speedups, crossovers = (relabelled(table, labels) for table in (cells, speedups, crossovers))
    times, ratios = lines_of(cells, "seconds", op), lines_of(speedups, "speedup", op)
    marks = crossover_marks(crossovers, ratios, op)
    shown = ratios or times
    layout = Layout(
        height=_HEIGHT - _UNDER - _OVER,
        font=_FONT,
        rows=len(marks),
        looks=looks,
        baseline=[*distinct(speedups, "baseline"), *looks, "the baseline"][0],
    )
    with drawing_settings():
        names = [line_name(line, _FONT) for line in shown]
        names += [short_name(layout.baseline, _FONT)] if ratios else []
        beside = GUTTER + max((text_labels.width(name, _FONT) for name in names), default=0.0)
        figure = Figure(figsize=(_WIDTH / 72, _HEIGHT / 72))
        layout = replace(layout, width=_WIDTH - _LEFT - beside)
        wide = layout.width / _WIDTH
        axes = figure.add_axes((_LEFT / _WIDTH, _UNDER / _HEIGHT, wide, layout.height / _HEIGHT))
        sizes = size_scale(shown, layout.room)
        if ratios:
            draw_speedups(layout, axes, ratios, marks, sizes, speedup_scale(ratios, layout.strip))
            over = f"times as fast as {short_name(layout.baseline, _FONT)}"  # what there is room for
            axes.set_ylabel(over, fontsize=_FONT, y=(1 + layout.strip) / 2)
        else:
            draw_times(layout, axes, times, sizes, time_scale(times))
        axes.set_xlabel(counted, fontsize=_FONT)
    return figure, page_text.key(shown, crossed=bool(marks))
