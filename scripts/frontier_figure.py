"""The figure of `scripts/frontier.py`: time against error, a point per repeat, a mark per tool."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from harness.figures import text_labels
from harness.figures.looks import GREY, Look, drawing_settings, text_ink
from harness.units import significant
from scripts.frontier_score import OURS, Reference, Summary

_OURS = Look("#0072B2", "o")
_PEERS = (Look("#D55E00", "^"), Look("#009E73", "s"), Look("#CC79A7", "D"), Look("#E69F00", "v"))
# Lengths in points, as fonts have them; an inch has 72.
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _HEAD, _UNDER = 620.0, 400.0, 62.0, 150.0, 50.0, 66.0
_WIDE, _TALL = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _HEAD - _UNDER
_FONT, _SMALL = 8.0, 7.0
_ROW, _GUTTER = 11.0, 14.0
_KEY = (
    "small: one repeat; large: the medians; hollow: with the cells that the harness leaves unsure; "
    "nearer to the lower left is better"
)


class _Range(NamedTuple):
    """The two ends of a logarithmic axis."""

    low: float
    high: float

    def place(self, value: float) -> float:
        """Return where a value stands, from 0 to 1."""
        return math.log(value / self.low) / math.log(self.high / self.low)


def frontier_figure(found: Sequence[Summary], reference: Reference, caption: str) -> Figure:
    """Draw the scores of all tools that have one; the budgets of the harness are joined by a line."""
    drawn = [own for own in found if not math.isnan(own.middle("error"))]
    looks = _looks(drawn)
    own_error = math.expm1(reference.own_error)
    with drawing_settings():
        figure = Figure(figsize=(_WIDTH / 72, _HEIGHT / 72))
        title = "Time to answer, and error of the speedup"
        figure.suptitle(title, x=10 / _WIDTH, y=1 - 8 / _HEIGHT, ha="left", va="top", fontsize=12)
        figure.text(10 / _WIDTH, 1 - 28 / _HEIGHT, _KEY, va="top", fontsize=_SMALL, color=GREY)
        lines = text_labels.wrapped(caption, _SMALL, _WIDTH - 20)
        figure.text(10 / _WIDTH, 6 / _HEIGHT, "\n".join(lines), fontsize=_SMALL, color=GREY)
        axes = figure.add_axes((_LEFT / _WIDTH, _UNDER / _HEIGHT, _WIDE / _WIDTH, _TALL / _HEIGHT))
        _set_scales(axes, drawn, own_error)
        axes.axhline(own_error, color=GREY, ls=":", lw=1, zorder=1)
        for own in drawn:
            _draw(axes, own, looks[own.tool])
        ours = sorted(_point(own, "error") for own in drawn if own.tool.startswith(OURS))
        axes.plot([time for time, _ in ours], [error for _, error in ours], color=_OURS.colour, lw=1.5)
        _name(axes, drawn, looks, own_error)
    return figure


def _looks(drawn: Sequence[Summary]) -> dict[str, Look]:
    """Return the look of each tool: all budgets of the harness have one."""
    peers = sorted(own.tool for own in drawn if not own.tool.startswith(OURS))
    return {own.tool: _OURS for own in drawn} | {
        tool: _PEERS[place % len(_PEERS)] for place, tool in enumerate(peers)
    }


def _point(own: Summary, figure: str) -> tuple[float, float]:
    """Return where the medians of a tool stand: seconds, and the share by which it is off."""
    return own.middle("seconds"), math.expm1(own.middle(figure))


def _set_scales(axes: Axes, drawn: Sequence[Summary], own_error: float) -> None:
    """Give the panel axes that hold all scores."""
    scores = [score for own in drawn for score in own.scores]
    logs = [value for score in scores for value in (score.error, score.every) if not math.isnan(value)]
    times, errors = [score.seconds for score in scores] or [1.0], [math.expm1(log) for log in logs]
    axes.set(xscale="log", yscale="log")
    axes.set_xlim(min(times) / 1.4, max(times) * 1.4)
    axes.set_ylim(min([*errors, own_error]) / 1.4, max([*errors, own_error]) * 1.4)
    axes.set_xlabel("time to answer, all speedups of the set", fontsize=_FONT)
    axes.set_ylabel("root mean square error of the speedup", fontsize=_FONT)
    for axis, text in ((axes.xaxis, _seconds), (axes.yaxis, _share)):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(FuncFormatter(text))
        axis.set_minor_formatter(NullFormatter())
    axes.tick_params(labelsize=_FONT)
    axes.grid(visible=True)


def _seconds(value: float, _place: int) -> str:
    """Return the text of a tick, which stands at a round number."""
    return f"{significant(value, 1)} s"


def _share(value: float, _place: int) -> str:
    """Return the text of a tick, which stands at a round number."""
    return f"{significant(100 * value, 1)} %"


def _draw(axes: Axes, own: Summary, look: Look) -> None:
    """Draw a tool: its repeats, their median, and a hollow one where unsure cells make another."""
    style: dict[str, Any] = {"color": look.colour, "marker": look.marker, "ls": ""}
    known = [score for score in own.scores if not math.isnan(score.error)]
    axes.plot(
        [score.seconds for score in known],
        [math.expm1(score.error) for score in known],
        ms=3.5,
        alpha=0.6,
        zorder=3,
        **style,
    )
    (time, error), (_, every) = _point(own, "error"), _point(own, "every")
    axes.plot([time], [error], ms=7, zorder=4, **style)
    if every != error:
        axes.plot([time, time], [error, every], color=look.colour, lw=0.7, ls=":", zorder=2)
        axes.plot([time], [every], ms=6, mfc="white", zorder=4, **style)


def _name(axes: Axes, drawn: Sequence[Summary], looks: dict[str, Look], own_error: float) -> None:
    """Write each name right of the panel and lead to its median; the reference's stands at its line."""
    across, up = _Range(*axes.get_xlim()), _Range(*axes.get_ylim())
    ends = [(own.tool, text_ink(looks[own.tool].colour), *_point(own, "error")) for own in drawn]
    ends.append(("the reference itself", GREY, across.high, own_error))
    heights = text_labels.spread([up.place(error) * _TALL for *_, error in ends], _ROW, _TALL)
    for (text, ink, time, error), height in zip(ends, heights, strict=True):
        x, y = 1 + _GUTTER / _WIDE, height / _TALL
        axes.text(x, y, text, transform=axes.transAxes, va="center", fontsize=_FONT, color=ink)
        way = [across.place(time), x - 3 / _WIDE], [up.place(error), y]
        leader = Line2D(*way, transform=axes.transAxes, clip_on=False, color=ink, lw=0.5, alpha=0.5)
        axes.add_artist(leader)
