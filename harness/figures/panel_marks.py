"""What is written on a panel: names at the ends of its lines, and the sizes of its crossovers."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from numpy.typing import ArrayLike, NDArray

from harness import units
from harness.figures import text_labels
from harness.figures.lines import CrossoverMark, Line
from harness.figures.looks import DASHES, Look, line_name, short_name, text_ink
from harness.model import Span

GUTTER = 14.0
"""Points between a panel and the names right of it."""
ROW = 1.3
"""Height of a row of text, in font sizes."""
_ROOMY = 160.0  # points; on a narrower panel only the dashes say that a crossover is of a round trip
_BASELINE_INK = "#000000"
_LEADER_ENDS = 3.0  # points between a leader and what it connects
_FIRM = 20.0  # weight of the baseline's name: the line at 1 ends at the panel's edge, so its name stays there


class _End(NamedTuple):
    """A name, and where its line ends, in the panel's data."""

    text: str
    ink: str
    x: float
    y: float


def name_lines(
    axes: Axes, lines: Sequence[Line], looks: dict[str, Look], font: float, *, unity: str = ""
) -> None:
    """Write each name right of the panel, level with its line's last point or led there from it."""
    wide, tall = _size(axes)
    ends = []
    for line in lines:
        last = np.flatnonzero(np.isfinite(line.value))[-1]
        ink = text_ink(looks[line.backend].colour)
        ends.append(_End(line_name(line, font), ink, line.n[last], line.value[last]))
    if unity:
        ends.append(_End(short_name(unity, font), _BASELINE_INK, axes.get_xlim()[1], 1.0))
    if not ends:
        return
    starts = _points(axes, [end.x for end in ends], [end.y for end in ends])
    starts[:, 1] = np.clip(starts[:, 1], 0, tall)  # a line may end outside
    weights = [1.0] * len(lines) + [_FIRM] * bool(unity)
    heights = text_labels.spread(starts[:, 1].tolist(), font * ROW, tall, weights)
    size = min(font, tall / len(ends) / 1.1)
    text_x = wide + GUTTER - 4
    for end, start, height in zip(ends, starts, heights, strict=True):
        name = axes.text(text_x / wide, height / tall, end.text, transform=axes.transAxes)
        name.set(va="center", fontsize=size, color=end.ink)
        # An arrow of Matplotlib's would be cut to its ends at every drawing: an eighth of a figure's time.
        way = np.array([text_x - _LEADER_ENDS, height]) - start
        begin = start + way * min(_LEADER_ENDS / np.hypot(*way), 1)
        leader = Line2D(
            *np.transpose([begin, start + way]) / [[wide], [tall]], transform=axes.transAxes, clip_on=False
        )
        leader.set(color=end.ink, lw=0.5, zorder=3)
        axes.add_artist(leader)


def mark_crossover(
    axes: Axes, crossover: CrossoverMark, look: Look, height: float, *, font: float, text_font: float
) -> None:
    """Mark a crossover on the line at 1, and below it at `height`, where there is room for its size."""
    name = f"crossover {crossover.backend} {crossover.span}"
    ends = [crossover.n if math.isnan(end) else end for end in (crossover.low, crossover.high)]
    low, high = np.clip(ends, *axes.get_xlim())
    stem = axes.vlines(
        crossover.n, height, 1, color=look.colour, lw=0.7, alpha=0.7, ls=DASHES[crossover.span]
    )
    stem.set(zorder=2.5, label=f"{name} stem")
    for y, where in ((1.0, ""), (height, " in the strip")):
        (bar,) = axes.plot([low, high], [y, y], color=look.colour, lw=font * 0.45, alpha=0.5, zorder=5)
        bar.set(solid_capstyle="butt", label=f"{name} interval{where}")
        (dot,) = axes.plot([crossover.n], [y], ls="", marker=look.marker, ms=font * 0.7, zorder=6)
        dot.set(mfc=look.colour, mec="#ffffff", mew=0.6, label=f"{name}{where}")
    size = units.elements(crossover.n)
    text = {"above": f"{size} →", "below": f"← {size}"}.get(crossover.faster, size)
    wide = _size(axes)[0]
    text += " round trip" if crossover.span is Span.ROUND_TRIP and wide > _ROOMY else ""
    needed = text_labels.width(text, text_font) + 8
    # Beside the interval, else beside the dot; a side is 1 for right and -1 for left.
    places = [(high, 1), (low, -1), (crossover.n, 1), (crossover.n, -1)]
    ends = [_points(axes, [x], [1])[0, 0] + side * needed for x, side in places]
    x, side = next((place for place, end in zip(places, ends, strict=True) if 0 <= end <= wide), places[-1])
    axes.annotate(
        text,
        (x, height),
        (5 * side, 0),
        textcoords="offset points",
        ha="left" if side > 0 else "right",
        va="center",
        fontsize=text_font,
        color=text_ink(look.colour),
        zorder=7,
        path_effects=[withStroke(linewidth=2, foreground="#ffffff")],
    )


def _size(axes: Axes) -> NDArray[np.float64]:
    """Return width and height of a panel, in points."""
    return np.array([axes.bbox.width, axes.bbox.height]) * 72 / axes.figure.dpi


def _points(axes: Axes, x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
    """Return data coordinates as points from the panel's lower left corner."""
    fractions = (axes.transScale + axes.transLimits).transform(np.column_stack([x, y]))
    return np.asarray(fractions * _size(axes), dtype=np.float64)
