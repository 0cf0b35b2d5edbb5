"""Draw what was measured: cells, speedups and crossovers as figures that read without a legend.

It takes data frames and returns figures and bytes; it measures, estimates and writes nothing.
"""

import io
import math
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter
from numpy.typing import ArrayLike, NDArray

from harness import labels, units
from harness.curves import (
    Crossing,
    Curve,
    Scale,
    crossings_of,
    curves_of,
    missing,
    names,
    size_scale,
    speedup_scale,
    time_scale,
)
from harness.errors import UnknownNameError
from harness.model import Span

# Okabe and Ito's colours: told apart with any kind of colour vision. Yellow is left out: too pale on white.
_LOOKS = {
    "numpy": ("#000000", "o"),
    "numpy-1t": ("#808080", "s"),
    "torch-cpu": ("#0072B2", "^"),
    "torch-cpu-1t": ("#56B4E9", "v"),
    "torch-cuda": ("#D55E00", "D"),
}
_SPARE_LOOKS = [(("#009E73", "#CC79A7", "#E69F00")[i % 3], mark) for i, mark in enumerate("PX*<>phdH8")]
_LINES = {Span.CALL: "-", Span.ROUND_TRIP: (0, (4, 2))}
_GREY = "#555555"

# Lengths in points, as fonts have them; an inch has 72.
_WIDTH, _EDGE = 11 * 72.0, 10.0  # of the figure; free on its left and right
_HEAD, _OVER, _UNDER = 42.0, 18.0, 40.0  # title and key; above a panel; below it
_AXIS_ROOM, _GUTTER = 54.0, 14.0  # for tick labels left of a panel; between panel and names right of it
_SMALL, _LINE = 7.5, 10.5  # font size and line height of key, notes and caption
_NAME_ROOM, _REASON_ROOM = 115.0, 400.0  # longer ones are shortened
_ROW = 1.3  # height of a row of text, in font sizes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """A figure with empty panels; the size in points of a panel, its strip of crossovers and its text."""

    figure: Figure
    panels: Sequence[Axes]
    panel: tuple[float, float]
    strip: float
    rows: int
    font: float
    looks: Mapping[str, tuple[str, str]]
    baseline: str


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
    with _own_settings():
        sheet = _sheet(
            op,
            times + ratios,
            (cells, speedups),
            [*_not_shown(cells[cells["op"] == op]), *caption.splitlines()],
            rows=len(crossings),
            grid=(2, 2),
            height=250.0,
            font=8.0,
        )
        sizes, (left, right) = size_scale(times + ratios), sheet.panels
        _scale(sheet, left, sizes, time_scale(times), "time per call")
        _draw(sheet, left, times)
        _name_ends(sheet, left, times)
        scale = speedup_scale(ratios, sheet.strip / sheet.panel[1])
        _compare(sheet, right, ratios, crossings, sizes, scale)
    return sheet.figure


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
    columns = min(3, max(1, len(ops)))
    with _own_settings():
        sheet = _sheet(
            "1 op" if len(ops) == 1 else f"{len(ops)} ops",
            ratios,
            (cells, speedups),
            [*_not_shown(cells), *caption.splitlines()],
            rows=max(map(len, crossings.values()), default=0),
            grid=(len(ops), columns),
            height=160.0,
            font=6.5,
        )
        sizes, scale = size_scale(ratios), speedup_scale(ratios, sheet.strip / sheet.panel[1])
        for place, (panel, op) in enumerate(zip(sheet.panels, ops, strict=True)):
            _compare(sheet, panel, of_op[op], crossings[op], sizes, scale)
            title = labels.shortened(labels.plain(op), 9, sheet.panel[0])
            panel.set_title(title, loc="left", fontsize=9, fontweight="bold", pad=5)
            if place % columns:
                panel.set_ylabel("")
            if place + columns < len(ops):
                panel.set_xlabel("")
    return sheet.figure


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
                "axes.edgecolor": _GREY,
                "axes.spines.right": False,
                "axes.spines.top": False,
                "font.family": labels.FAMILY,
                "grid.color": "#e4e4e4",
                "grid.linewidth": 0.7,
                "svg.fonttype": "path",
                "svg.hashsalt": "harness",
                "text.parse_math": False,  # names and reasons may hold a dollar sign
                "xtick.color": _GREY,
                "ytick.color": _GREY,
            }
        )
        yield


def _looks(backends: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return colour and marker per backend; an unknown name always gets the same, unless two collide."""
    looks: dict[str, tuple[str, str]] = {}
    free: list[int] = []
    for backend in sorted(set(backends)):
        free = free or list(range(len(_SPARE_LOOKS)))
        first = zlib.crc32(backend.encode())
        spare = min(free, key=lambda slot: (slot - first) % len(_SPARE_LOOKS))
        looks[backend] = _LOOKS.get(backend, _SPARE_LOOKS[spare])
        if backend not in _LOOKS:
            free.remove(spare)
    return looks


def _short(backend: str, font: float) -> str:
    return labels.shortened(labels.plain(backend), font, _NAME_ROOM)


def _label(curve: Curve, font: float) -> str:
    return _short(curve.backend, font) + ("" if curve.span is Span.CALL else " round trip")


def _ink(colour: str) -> str:
    """Return a colour dark enough to be read as small text."""
    return "#" + "".join(f"{int(int(colour[i : i + 2], 16) * 0.68):02x}" for i in (1, 3, 5))


def _title(what: str, backends: Sequence[str], baseline: str, dtype: str) -> str:
    """Return what is compared with what, in full where that fits on a line."""
    others, room = [backend for backend in backends if backend != baseline], _WIDTH - 2 * _EDGE
    if not others:
        return labels.shortened(labels.plain(f"{what}: {baseline} alone, {dtype}"), 12, room)
    full = labels.plain(f"{what}: {', '.join(others)} against {baseline}, {dtype}")
    brief = labels.plain(f"{what}: {len(others)} backends against {_short(baseline, 12)}, {dtype}")
    return full if labels.width(full, 12) < room else labels.shortened(brief, 12, room)


def _key(curves: Sequence[Curve], *, crossed: bool) -> str:
    """Return what lines, bands and markers mean, of those that occur."""
    signs = {
        "solid: call": bool(curves),
        "dashed: round trip from and to NumPy arrays": any(curve.span is Span.ROUND_TRIP for curve in curves),
        "band: interval": any(np.isfinite(curve.low + curve.high + curve.value).any() for curve in curves),
        "hollow: noisy": any((curve.noisy & np.isfinite(curve.value)).any() for curve in curves),
        "on and below the line at 1: crossover size with interval, arrow to where the backend is faster": crossed,
    }
    return "  ·  ".join(sign for sign, occurs in signs.items() if occurs)


def _not_shown(cells: pd.DataFrame) -> list[str]:
    """Return one line per backend and status without a time."""
    lines = []
    for backend, status, reason, where in missing(cells):
        why = f": {labels.shortened(labels.plain(reason), _SMALL, _REASON_ROOM)}" if reason else ""
        lines.append(
            f"not shown: {_short(backend, _SMALL)} ({status}{why})" + (f" at {where}" if where else "")
        )
    return lines


def _short(backend: str, font: float) -> str:
    return labels.shortened(labels.plain(backend), font, _NAME_ROOM)


def _sheet(
    what: str,
    curves: Sequence[Curve],
    frames: tuple[pd.DataFrame, pd.DataFrame],
    notes: Sequence[str],
    *,
    rows: int,
    grid: tuple[int, int],
    height: float,
    font: float,
) -> _Sheet:
    """Return a figure with `grid` = (panels, columns), and room beside each for names at the line ends."""
    cells, speedups = frames
    backends = names(cells, "backend")
    baseline = [*names(speedups, "baseline"), *(backends if len(backends) == 1 else []), "the baseline"][0]
    (count, columns), room = grid, _WIDTH - 2 * _EDGE
    texts = [_short(baseline, font), *(_label(curve, font) for curve in curves)]
    wide = room / columns - _AXIS_ROOM - _GUTTER - max(labels.width(text, font) for text in texts)
    foot = [line for note in notes for line in labels.wrapped(note, _SMALL, room)]
    pitch = _OVER + height + _UNDER
    tall = _HEAD + math.ceil(count / columns) * pitch + _EDGE + _LINE * len(foot)
    figure = Figure(figsize=(_WIDTH / 72, tall / 72))
    title = _title(what, backends, baseline, ", ".join(names(cells, "dtype")))
    figure.suptitle(title, x=_EDGE / _WIDTH, y=1 - 8 / tall, ha="left", va="top", fontsize=12)
    small = {"fontsize": _SMALL, "color": _GREY}
    figure.text(_EDGE / _WIDTH, 1 - 28 / tall, _key(curves, crossed=rows > 0), va="top", **small)
    for up, line in enumerate(reversed(foot)):
        figure.text(_EDGE / _WIDTH, (_EDGE * 0.7 + _LINE * up) / tall, line, **small)
    panels = []
    for place in range(count):
        row, column = divmod(place, columns)
        x, y = _EDGE + column * room / columns + _AXIS_ROOM, tall - _HEAD - row * pitch - _OVER - height
        panels.append(figure.add_axes((x / _WIDTH, y / tall, wide / _WIDTH, height / tall)))
    looks = _looks([*backends, *names(speedups, "backend")])
    return _Sheet(
        figure=figure, panels=panels, panel=(wide, height), font=font, looks=looks, baseline=baseline
    )


def _scale(sheet: _Sheet, axes: Axes, x: Scale, y: Scale, title: str) -> None:
    """Give a panel its axes."""
    axes.set(xscale="log", yscale="log", xlim=x.limits, ylim=y.limits)
    axes.set_xlabel("n, elements of the operand", fontsize=sheet.font)
    axes.set_ylabel(title, fontsize=sheet.font)
    for axis, scale in ((axes.xaxis, x), (axes.yaxis, y)):
        axis.set_major_locator(FixedLocator(scale.ticks))
        axis.set_minor_locator(FixedLocator(scale.minor))
        axis.set_major_formatter(FuncFormatter(lambda value, _, text=scale.text: text(value)))
        axis.set_minor_formatter(NullFormatter())
    axes.tick_params(labelsize=sheet.font)
    axes.grid(visible=True)


def _compare(
    sheet: _Sheet, axes: Axes, curves: Sequence[Curve], crossings: Sequence[Crossing], x: Scale, y: Scale
) -> None:
    """Draw speedups around the line at 1, which stands for the baseline, and where they cross it."""
    title = f"speedup over {_short(sheet.baseline, sheet.font)} (\N{MULTIPLICATION SIGN}, above 1 is faster)"
    _scale(sheet, axes, x, y, title)
    axes.axhspan(y.floor, 1, color="#000000", alpha=0.035, lw=0, zorder=0)
    axes.axhline(1, color="#333333", lw=sheet.font / 4, zorder=2, label="baseline")
    _draw(sheet, axes, curves)
    _name_ends(sheet, axes, curves, unity=sheet.baseline)
    for row, crossing in enumerate(crossings):
        # The leftmost goes lowest: no stem then runs through the text of another.
        _mark(sheet, axes, crossing, y.limits[0] * (y.floor / y.limits[0]) ** ((row + 0.6) / sheet.rows))


def _draw(sheet: _Sheet, axes: Axes, curves: Sequence[Curve]) -> None:
    """Draw lines, bands and markers; a noisy cell's marker is hollow."""
    if not curves:
        axes.text(0.5, 0.7, "nothing to show", transform=axes.transAxes, ha="center", color=_GREY, fontsize=9)
    for curve in curves:
        colour, mark = sheet.looks[curve.backend]
        name = f"{curve.backend} {curve.span}"
        axes.plot(curve.n, curve.value, ls=_LINES[curve.span], color=colour, lw=1.5, zorder=3, label=name)
        whole = np.isfinite(curve.low + curve.high + curve.value)
        axes.fill_between(
            curve.n, curve.low, curve.high, where=whole.tolist(), color=colour, alpha=0.18, lw=0
        )
        drawn = np.concatenate([[False], np.isfinite(curve.value), [False]])
        alone = whole & ~drawn[:-2] & ~drawn[2:]  # without a neighbour there is no band
        axes.vlines(curve.n[alone], curve.low[alone], curve.high[alone], color=colour, alpha=0.4, lw=3)
        for chosen, face, kind in ((~curve.noisy, colour, "ok"), (curve.noisy, "#ffffff", "noisy")):
            style = {"marker": mark, "ms": sheet.font * 0.65, "mec": colour, "mfc": face, "zorder": 4}
            axes.plot(curve.n[chosen], curve.value[chosen], ls="", label=f"{name} {kind}", **style)


def _points(sheet: _Sheet, axes: Axes, x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
    """Return data coordinates as points from the panel's lower left corner."""
    fractions = (axes.transScale + axes.transLimits).transform(np.column_stack([x, y]))
    return np.asarray(fractions * sheet.panel, dtype=float)


def _name_ends(sheet: _Sheet, axes: Axes, curves: Sequence[Curve], unity: str = "") -> None:
    """Write each name right of the panel, level with its line's last point or led there from it."""
    wide, tall = sheet.panel
    ends = []
    for curve in curves:
        last = np.flatnonzero(np.isfinite(curve.value))[-1]
        ends.append(
            (_label(curve, sheet.font), _ink(sheet.looks[curve.backend][0]), curve.n[last], curve.value[last])
        )
    if unity:
        ends.append((_short(unity, sheet.font), "#000000", axes.get_xlim()[1], 1.0))
    if not ends:
        return
    texts, inks, x, y = zip(*ends, strict=True)
    starts = _points(sheet, axes, x, y)
    weights = [1.0] * len(curves) + [20.0] * bool(unity)  # the line at 1 is wide: its name should touch it
    heights = labels.spread(starts[:, 1].tolist(), sheet.font * _ROW, tall, weights)
    for text, ink, start, height in zip(texts, inks, starts, heights, strict=True):
        axes.annotate(
            text,
            (start[0] / wide, start[1] / tall),
            (1 + (_GUTTER - 4) / wide, height / tall),
            xycoords="axes fraction",
            textcoords="axes fraction",
            va="center",
            fontsize=sheet.font,
            color=ink,
            arrowprops={
                "arrowstyle": "-",
                "color": ink,
                "lw": 0.5,
                "relpos": (0, 0.5),
                "shrinkA": 1,
                "shrinkB": 3,
            },
        )


def _mark(sheet: _Sheet, axes: Axes, crossing: Crossing, height: float) -> None:
    """Mark a crossover on the line at 1, and under it at `height`, where there is room for its size."""
    colour, mark = sheet.looks[crossing.backend]
    name = f"crossover {crossing.backend} {crossing.span}"
    known = [crossing.n if math.isnan(end) else end for end in (crossing.low, crossing.high)]
    low, high = np.clip(known, *axes.get_xlim())
    axes.plot(
        [crossing.n] * 2, [1, height], color=colour, lw=0.6, alpha=0.7, zorder=2.5, label=f"{name} stem"
    )
    for y, kind in ((1.0, ""), (height, " in the strip")):
        bar = {"lw": sheet.font * 0.45, "alpha": 0.5, "solid_capstyle": "butt", "zorder": 5}
        axes.plot([low, high], [y, y], color=colour, label=f"{name} interval{kind}", **bar)
        face = {
            "marker": mark,
            "ms": sheet.font * 0.7,
            "mfc": colour,
            "mec": "#ffffff",
            "mew": 0.6,
            "zorder": 6,
        }
        axes.plot([crossing.n], [y], ls="", label=f"{name}{kind}", **face)
    size = units.elements(crossing.n)
    text = {"above": f"{size} →", "below": f"← {size}"}.get(crossing.faster, size)
    text += "" if crossing.span is Span.CALL else " round trip"
    font = min(sheet.font, sheet.strip / sheet.rows / _ROW)
    left, right = _points(sheet, axes, [low, high], [1, 1])[:, 0]
    beyond = right + labels.width(text, font) + 6 > sheet.panel[0]
    axes.annotate(
        text,
        (low if beyond else high, height),
        (-5 if beyond else 5, 0),
        textcoords="offset points",
        ha="right" if beyond and left > labels.width(text, font) else "left",
        va="center",
        fontsize=font,
        color=_ink(colour),
        zorder=7,
        path_effects=[withStroke(linewidth=2, foreground="#ffffff")],
    )
