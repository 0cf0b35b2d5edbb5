"""One panel of a figure: axes, curves, names at the line ends, crossovers.

It knows where lines, markers and text go on a panel; it knows neither frames nor the page around it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter
from numpy.typing import ArrayLike, NDArray

from harness import units
from harness.figures import labels
from harness.figures.curves import Crossing, Curve
from harness.figures.scales import Scale
from harness.figures.styles import DASHES, GREY, line_name, short, text_ink
from harness.model import Span

GUTTER = 14.0
"""Points between a panel and the names right of it."""
_ROW = 1.3  # height of a row of text, in font sizes
_ROOMY = 160.0  # points; on a narrower panel only the dashes say that a crossover is of a round trip


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """
    What the panels of a figure have in common.

    Attributes
    ----------
    height : float
        Height of a panel, in points.
    font : float
        Font size of its text, in points.
    rows : int
        Most crossovers on one panel.
    looks : dict of str to (str, str)
        Colour and marker of each backend.
    baseline : str
        What the speedups are over.
    """

    height: float
    font: float
    rows: int
    looks: dict[str, tuple[str, str]]
    baseline: str

    @property
    def strip(self) -> float:
        """Share of a panel's height that the crossovers take up at its lower end."""
        return min(self.rows * self.font * _ROW / self.height, 0.45)


def draw_times(layout: Layout, axes: Axes, curves: Sequence[Curve], x: Scale, y: Scale) -> None:
    """
    Draw the time per call of every backend.

    Parameters
    ----------
    layout : Layout
        Of the figure.
    axes : Axes
        An empty panel.
    curves : sequence of Curve
        In seconds.
    x, y : Scale
        Sizes and seconds.
    """
    _set_scales(layout, axes, x, y, "time per call")
    _draw(layout, axes, curves)
    _name_ends(layout, axes, curves)


def draw_rates(
    layout: Layout,
    axes: Axes,
    curves: Sequence[Curve],
    ceilings: Sequence[Curve],
    scales: tuple[Scale, Scale],
    title: str,
) -> None:
    """
    Draw a rate of every backend, below what its device allows.

    Parameters
    ----------
    layout : Layout
        Of the figure.
    axes : Axes
        An empty panel.
    curves, ceilings : sequence of Curve
        Rates, and the highest possible ones.
    scales : (Scale, Scale)
        Sizes and rates.
    title : str
        What the rate is.
    """
    layout = replace(layout, looks=layout.looks | {ceiling.backend: (GREY, "") for ceiling in ceilings})
    _set_scales(layout, axes, *scales, title)
    for ceiling in ceilings:
        axes.plot(ceiling.n, ceiling.value, ls=":", color=GREY, lw=layout.font * 0.19, label=ceiling.backend)
    _draw(layout, axes, curves)
    _name_ends(layout, axes, [*curves, *ceilings])


def draw_speedups(
    layout: Layout, axes: Axes, curves: Sequence[Curve], crossings: Sequence[Crossing], x: Scale, y: Scale
) -> None:
    """
    Draw speedups around the line at 1, which stands for the baseline, and where they cross it.

    Parameters
    ----------
    layout : Layout
        Of the figure.
    axes : Axes
        An empty panel.
    curves : sequence of Curve
        Speedups.
    crossings : sequence of Crossing
        Smallest first.
    x, y : Scale
        Sizes and speedups; `y` with a strip for the crossings.
    """
    over = short(layout.baseline, layout.font)
    _set_scales(layout, axes, x, y, f"speedup over {over} (\N{MULTIPLICATION SIGN}, above 1 is faster)")
    axes.axhspan(y.floor, 1, color="#000000", alpha=0.035, lw=0, zorder=0)
    title = axes.yaxis.label
    half = labels.width(title.get_text(), layout.font) / 2 / layout.height
    title.set_y(min((1 + layout.strip) / 2, 1 - half))
    if layout.rows:
        word = axes.text(-0.02, layout.font * _ROW / 2 / layout.height, "crossover", transform=axes.transAxes)
        word.set(ha="right", va="center", fontsize=layout.font, color=GREY)
    axes.axhline(1, color="#333333", lw=layout.font / 4, zorder=2, label="baseline")
    _draw(layout, axes, curves)
    _name_ends(layout, axes, curves, layout.baseline)
    for row, crossing in enumerate(crossings):
        # The smallest goes lowest: so no stem runs through the text of another.
        _mark(layout, axes, crossing, y.limits[0] * (y.floor / y.limits[0]) ** ((row + 0.6) / layout.rows))


def _set_scales(layout: Layout, axes: Axes, x: Scale, y: Scale, title: str) -> None:
    axes.set(xscale="log", yscale="log", xlim=x.limits, ylim=y.limits)
    axes.set_xlabel("n, elements of the operand", fontsize=layout.font)
    axes.set_ylabel(title, fontsize=layout.font)
    for axis, scale in ((axes.xaxis, x), (axes.yaxis, y)):
        axis.set_major_locator(FixedLocator(scale.ticks))
        axis.set_minor_locator(FixedLocator(scale.minor))
        axis.set_major_formatter(FuncFormatter(lambda value, _, text=scale.text: text(value)))
        axis.set_minor_formatter(NullFormatter())
    axes.tick_params(labelsize=layout.font)
    axes.grid(visible=True)


def _draw(layout: Layout, axes: Axes, curves: Sequence[Curve]) -> None:
    """Draw lines, bands and markers; a noisy cell's marker is hollow."""
    if not curves:
        axes.text(0.5, 0.7, "nothing to show", transform=axes.transAxes, ha="center", color=GREY, fontsize=9)
    for curve in curves:
        colour, mark = layout.looks[curve.backend]
        name, dashes = f"{curve.backend} {curve.span}", DASHES[curve.span]
        axes.plot(curve.n, curve.value, ls=dashes, color=colour, lw=layout.font * 0.19, zorder=3, label=name)
        whole = np.isfinite(curve.low + curve.high + curve.value)
        axes.fill_between(
            curve.n, curve.low, curve.high, where=whole.tolist(), color=colour, alpha=0.18, lw=0
        )
        drawn = np.concatenate([[False], np.isfinite(curve.value), [False]])
        alone = whole & ~drawn[:-2] & ~drawn[2:]  # without a neighbour there is no band
        axes.vlines(curve.n[alone], curve.low[alone], curve.high[alone], color=colour, alpha=0.4, lw=3)
        for chosen, face, kind in ((~curve.noisy, colour, "ok"), (curve.noisy, "#ffffff", "noisy")):
            (marks,) = axes.plot(
                curve.n[chosen], curve.value[chosen], ls="", marker=mark, ms=layout.font * 0.65
            )
            marks.set(color=colour, mfc=face, zorder=4, label=f"{name} {kind}")


def _size(axes: Axes) -> NDArray[np.float64]:
    """Return width and height of a panel, in points."""
    return np.array([axes.bbox.width, axes.bbox.height]) * 72 / axes.figure.dpi


def _points(axes: Axes, x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
    """Return data coordinates as points from the panel's lower left corner."""
    fractions = (axes.transScale + axes.transLimits).transform(np.column_stack([x, y]))
    return np.asarray(fractions * _size(axes), dtype=np.float64)


def _name_ends(layout: Layout, axes: Axes, curves: Sequence[Curve], unity: str = "") -> None:
    """Write each name right of the panel, level with its line's last point or led there from it."""
    (wide, tall), font = _size(axes), layout.font
    ends = []
    for curve in curves:
        last = np.flatnonzero(np.isfinite(curve.value))[-1]
        ink = text_ink(layout.looks[curve.backend][0])
        ends.append((line_name(curve, font), ink, curve.n[last], curve.value[last]))
    if unity:
        ends.append((short(unity, font), "#000000", axes.get_xlim()[1], 1.0))
    if not ends:
        return
    texts, inks, x, y = zip(*ends, strict=True)
    starts = _points(axes, x, y)
    starts[:, 1] = np.clip(starts[:, 1], 0, tall)  # a curve may end outside
    weights = [1.0] * len(curves) + [20.0] * bool(unity)  # the line at 1 ends at the edge: its name too
    heights = labels.spread(starts[:, 1].tolist(), font * _ROW, tall, weights)
    size = min(font, tall / len(ends) / 1.1)
    for text, ink, start, height in zip(texts, inks, starts, heights, strict=True):
        axes.annotate(
            text,
            (start[0] / wide, start[1] / tall),
            (1 + (GUTTER - 4) / wide, height / tall),
            xycoords="axes fraction",
            textcoords="axes fraction",
            va="center",
            fontsize=size,
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


def _mark(layout: Layout, axes: Axes, crossing: Crossing, height: float) -> None:
    """Mark a crossover on the line at 1, and below it at `height`, where there is room for its size."""
    colour, mark = layout.looks[crossing.backend]
    name = f"crossover {crossing.backend} {crossing.span}"
    known = [crossing.n if math.isnan(end) else end for end in (crossing.low, crossing.high)]
    low, high = np.clip(known, *axes.get_xlim())
    stem = axes.vlines(crossing.n, height, 1, color=colour, lw=0.7, alpha=0.7, ls=DASHES[crossing.span])
    stem.set(zorder=2.5, label=f"{name} stem")
    for y, where in ((1.0, ""), (height, " in the strip")):
        (bar,) = axes.plot([low, high], [y, y], color=colour, lw=layout.font * 0.45, alpha=0.5, zorder=5)
        bar.set(solid_capstyle="butt", label=f"{name} interval{where}")
        (dot,) = axes.plot([crossing.n], [y], ls="", marker=mark, ms=layout.font * 0.7, zorder=6)
        dot.set(mfc=colour, mec="#ffffff", mew=0.6, label=f"{name}{where}")
    size = units.elements(crossing.n)
    text = {"above": f"{size} →", "below": f"← {size}"}.get(crossing.faster, size)
    font = min(layout.font, layout.strip * layout.height / layout.rows / _ROW)
    wide = _size(axes)[0]
    text += " round trip" if crossing.span is Span.ROUND_TRIP and wide > _ROOMY else ""
    needed = labels.width(text, font) + 8
    beside = [(high, 1), (low, -1), (crossing.n, 1), (crossing.n, -1)]  # of the interval, else of the dot
    ends = [_points(axes, [x], [1])[0, 0] + side * needed for x, side in beside]
    at, side = next((place for place, end in zip(beside, ends, strict=True) if 0 <= end <= wide), beside[-1])
    axes.annotate(
        text,
        (at, height),
        (5 * side, 0),
        textcoords="offset points",
        ha="left" if side > 0 else "right",
        va="center",
        fontsize=font,
        color=text_ink(colour),
        zorder=7,
        path_effects=[withStroke(linewidth=2, foreground="#ffffff")],
    )
