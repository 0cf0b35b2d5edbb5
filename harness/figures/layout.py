"""Draw what was measured: cells, speedups and crossovers as figures that read without a legend.

It takes data frames and returns figures and bytes; it measures, estimates and writes nothing.
"""

import io
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness import units
from harness.errors import UnknownNameError
from harness.figures import labels, notes
from harness.figures.curves import Curve, crossings_of, curves_of, names
from harness.figures.panels import GUTTER, Layout, draw_rates, draw_speedups, draw_times
from harness.figures.rates import rate_curves
from harness.figures.scales import size_scale, speedup_scale, time_scale, value_scale
from harness.figures.styles import GREY, line_name, looks_of, short

# Lengths in points, as fonts have them; an inch has 72.
_EDGE = 10.0  # free on the left and right
_WIDTH = notes.ROOM + 2 * _EDGE
_HEAD, _OVER, _UNDER = 42.0, 18.0, 38.0  # title and key; above a panel; below it
_AXIS_ROOM = 54.0  # for tick labels left of a panel
_LINE = 10.5  # height of a line of notes
_LOW = 150.0  # height of a panel of rates
_NARROW = 105.0  # a narrower panel is not worth a third column


def op_figure(
    cells: pd.DataFrame, speedups: pd.DataFrame, crossovers: pd.DataFrame, *, op: str, caption: str = ""
) -> Figure:
    """
    Draw one op: its time per call and, beside it, its speedup, against the size.

    Parameters
    ----------
    cells, speedups, crossovers : DataFrame
        Flat frames of one machine, run, dtype and baseline. Hand over all ops: rows of others are
        left out, but a backend then looks the same in every figure.
    op : str
        Which op.
    caption : str
        What stands below: machine, versions, date.

    Returns
    -------
    Figure
        11 by about 5 inches; higher where cells without a time have to be listed.

    Raises
    ------
    UnknownNameError
        No row of `cells` is of this op.
    """
    ops = names(cells, "op")
    if op not in ops:
        raise UnknownNameError.of(kind="op", name=op, known=ops)
    times, ratios = curves_of(cells, "seconds", op), curves_of(speedups, "speedup", op)
    crossings = crossings_of(crossovers, ratios, op)
    of_op = cells[cells["op"] == op]
    rates = rate_curves(cells, op)
    with _own_settings():
        layout = _layout(cells, speedups, rows=len(crossings), height=250.0, font=8.0)
        heights = [layout.height, *([_LOW] if rates else [])]
        figure, panels = _sheet(op, of_op, times + ratios, layout, (2 * len(heights), 2), heights, caption)
        sizes = size_scale(times + ratios)
        draw_times(layout, panels[0], times, sizes, time_scale(times))
        draw_speedups(layout, panels[1], ratios, crossings, sizes, speedup_scale(ratios, layout.strip))
        if rates:
            low = replace(layout, height=_LOW)
            scale = value_scale(rates.rates + rates.ceilings, rates.text, most=5)
            draw_rates(low, panels[2], rates.rates, rates.ceilings, (sizes, scale), rates.title)
            scale = value_scale([*rates.shares, rates.whole], units.share, most=5)
            draw_rates(low, panels[3], rates.shares, [rates.whole], (sizes, scale), "share of the ceiling")
    return figure


def overview_figure(
    cells: pd.DataFrame, speedups: pd.DataFrame, crossovers: pd.DataFrame, *, caption: str = ""
) -> Figure:
    """
    Draw the speedup of every op against the size, on equal scales.

    Parameters
    ----------
    cells, speedups, crossovers : DataFrame
        Flat frames of one machine, run, dtype and baseline.
    caption : str
        What stands below: machine, versions, date.

    Returns
    -------
    Figure
        One panel per op, at most three in a row, in the order of `cells`.
    """
    ops = names(cells, "op")
    of_op = {op: curves_of(speedups, "speedup", op) for op in ops}
    ratios = [curve for op in ops for curve in of_op[op]]
    crossings = {op: crossings_of(crossovers, of_op[op], op) for op in ops}
    with _own_settings():
        rows = max(map(len, crossings.values()), default=0)
        layout = _layout(cells, speedups, rows=rows, height=170.0, font=6.5)
        columns = next(
            n for n in (3, 2, 1) if n == 1 or (n <= len(ops) and _wide(ratios, layout, n) > _NARROW)
        )
        what = "1 op" if len(ops) == 1 else f"{len(ops)} ops"
        heights = [layout.height] * math.ceil(len(ops) / columns)
        figure, panels = _sheet(what, cells, ratios, layout, (len(ops), columns), heights, caption)
        # A curve that cannot be read without a remark (a copy that copies nothing) may leave its panel, lest
        # it squeeze all others.
        plain = [curve for op in ops if not notes.is_marked(cells, op) for curve in of_op[op]]
        sizes, scale = size_scale(ratios), speedup_scale(plain or ratios, layout.strip)
        for place, (panel, op) in enumerate(zip(panels, ops, strict=True)):
            draw_speedups(layout, panel, of_op[op], crossings[op], sizes, scale)
            star = " *" if notes.is_marked(cells, op) else ""
            title = labels.shortened(labels.plain(op) + star, 9, _WIDTH / columns - _AXIS_ROOM - _EDGE)
            panel.set_title(title, loc="left", fontsize=9, fontweight="bold", pad=5)
            if place % columns:
                panel.set_ylabel("")
            if place + columns < len(ops):
                panel.set_xlabel("")
    return figure


def to_svg(figure: Figure) -> bytes:
    """
    Return a figure as SVG; the same figure gives the same bytes.

    Parameters
    ----------
    figure : Figure
        Made by this module.

    Returns
    -------
    bytes
        Text is drawn as outlines, so it needs no font where it is looked at.
    """
    return _file(figure, "svg", {"Date": None, "Title": figure.get_suptitle()})


def to_png(figure: Figure) -> bytes:
    """
    Return a figure as PNG with 150 pixels per inch; the same figure gives the same bytes.

    Parameters
    ----------
    figure : Figure
        Made by this module.

    Returns
    -------
    bytes
    """
    return _file(figure, "png", {"Title": figure.get_suptitle()})


def _file(figure: Figure, kind: str, metadata: dict[str, str | None]) -> bytes:
    target = io.BytesIO()
    with _own_settings():
        figure.savefig(target, format=kind, dpi=150, metadata=metadata)
    return target.getvalue()


@contextmanager
def _own_settings() -> Iterator[None]:
    """Leave the user's matplotlibrc out of our figures, and our settings out of theirs."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(
            {
                "axes.axisbelow": True,
                "axes.edgecolor": GREY,
                "axes.spines.right": False,
                "axes.spines.top": False,
                "font.family": labels.FAMILY,
                "grid.color": "#e4e4e4",
                "grid.linewidth": 0.7,
                "svg.fonttype": "path",
                "svg.hashsalt": "harness",
                "text.parse_math": False,  # names and reasons may hold a dollar sign
                "xtick.color": GREY,
                "ytick.color": GREY,
            }
        )
        yield


def _layout(cells: pd.DataFrame, speedups: pd.DataFrame, *, rows: int, height: float, font: float) -> Layout:
    """Return what the panels have in common; without any speedup the first backend passes as baseline."""
    backends = names(cells, "backend")
    baseline = [*names(speedups, "baseline"), *backends, "the baseline"][0]
    looks = looks_of([*backends, *names(speedups, "backend")])
    return Layout(height=height, font=font, rows=rows, looks=looks, baseline=baseline)


def _wide(curves: Sequence[Curve], layout: Layout, columns: int) -> float:
    """Return how wide a panel is if every name at a line end fits beside it."""
    texts = [short(layout.baseline, layout.font), *(line_name(curve, layout.font) for curve in curves)]
    beside = _AXIS_ROOM + GUTTER + max(labels.width(text, layout.font) for text in texts)
    return notes.ROOM / columns - beside


def _sheet(
    what: str,
    cells: pd.DataFrame,
    curves: Sequence[Curve],
    layout: Layout,
    grid: tuple[int, int],
    heights: Sequence[float],
    caption: str,
) -> tuple[Figure, list[Axes]]:
    """Return a figure with the text around its panels, and those, empty: `grid` is (count, columns)."""
    (count, columns), room = grid, notes.ROOM
    wide = _wide(curves, layout, columns)
    foot = [*notes.remark_lines(cells), *notes.not_shown(cells), *labels.wrapped(caption, notes.SMALL, room)]
    tall = _HEAD + sum(_OVER + height + _UNDER for height in heights) + _EDGE + _LINE * len(foot)
    figure, left = Figure(figsize=(_WIDTH / 72, tall / 72)), _EDGE / _WIDTH
    title = notes.title(what, names(cells, "backend"), layout.baseline, ", ".join(names(cells, "dtype")))
    figure.suptitle(title, x=left, y=1 - 8 / tall, ha="left", va="top", fontsize=12)
    key = notes.key(curves, crossed=layout.rows > 0)
    figure.text(left, 1 - 28 / tall, key, va="top", fontsize=notes.SMALL, color=GREY)
    for up, line in zip(reversed(range(len(foot))), foot, strict=True):
        figure.text(left, (_EDGE * 0.7 + _LINE * up) / tall, line, fontsize=notes.SMALL, color=GREY)
    panels, y = [], tall - _HEAD
    for place in range(count):
        row, column = divmod(place, columns)
        y -= 0 if column else _OVER + heights[row] + _UNDER
        x = _EDGE + column * room / columns + _AXIS_ROOM
        panels.append(figure.add_axes((x / _WIDTH, (y + _UNDER) / tall, wide / _WIDTH, heights[row] / tall)))
    return figure, panels
