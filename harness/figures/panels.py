"""One panel of a figure: its axes, its lines with bands and markers, and what is marked on them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

from harness.figures import text_labels
from harness.figures.axis_scales import Scale
from harness.figures.lines import CrossoverMark, Line
from harness.figures.looks import DASHES, GREY, Look, short_name
from harness.figures.panel_marks import ROW, mark_crossover, name_lines

_VALUE_HEIGHT = 1.6
"""Font sizes that a value beside an axis takes."""
_BESIDE = 4.5
"""Points between a panel and a word beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What the panels of a figure have in common; lengths and fonts in points."""

    font: float
    rows: int  # most crossovers on one panel
    looks: dict[str, Look]
    baseline: str
    width: float = 0.0  # until the panel has its place; so is the height
    height: float = 0.0

    @property
    def strip(self) -> float:
        """Share of a panel's height that the crossovers take up at its lower end."""
        return min(self.rows * self.font * ROW / self.height, 0.45)

    @property
    def room(self) -> float:
        """Width of a panel in font sizes."""
        return self.width / self.font

    def ticks_up(self, most: int) -> int:
        """Return how many values can be written beside a panel, above its strip, at most so many."""
        return max(2, min(most, int(self.height * (1 - self.strip) / self.font / _VALUE_HEIGHT)))


def draw_times(layout: Layout, axes: Axes, lines: Sequence[Line], x: Scale, y: Scale) -> None:
    """Draw the time per call of every backend on an empty panel."""
    _set_scales(layout, axes, x, y, "time per call")
    _draw_lines(layout, axes, lines)
    name_lines(axes, lines, layout.looks, layout.font)


def draw_rates(
    layout: Layout,
    axes: Axes,
    lines: Sequence[Line],
    ceilings: Sequence[Line],
    scales: tuple[Scale, Scale],
    title: str,
) -> None:
    """Draw a rate of every backend on an empty panel, below what its device allows."""
    layout = replace(layout, looks=layout.looks | {ceiling.backend: Look(GREY, "") for ceiling in ceilings})
    _set_scales(layout, axes, *scales, title)
    for ceiling in ceilings:
        axes.plot(ceiling.n, ceiling.value, ls=":", color=GREY, lw=layout.font * 0.19, label=ceiling.backend)
    _draw_lines(layout, axes, lines)
    name_lines(axes, [*lines, *ceilings], layout.looks, layout.font)


def draw_speedups(
    layout: Layout, axes: Axes, lines: Sequence[Line], marks: Sequence[CrossoverMark], x: Scale, y: Scale
) -> None:
    """
    Draw speedups around the line at 1, which stands for the baseline, and where they cross it.

    The smallest crossover comes first; `y` has a strip for them.
    """
    over = short_name(layout.baseline, layout.font)
    # For a long name, many crossovers or a low panel there are shorter ones.
    titles = (
        f"speedup over {over} (\N{MULTIPLICATION SIGN}, above 1 is faster)",
        f"speedup over {over}",
        "speedup",
    )
    lengths = [text_labels.width(title, layout.font) / layout.height for title in titles]
    fitting = (at for at, length in enumerate(lengths) if length <= 1 - layout.strip)
    chosen = next(fitting, len(titles) - 1)
    _set_scales(layout, axes, x, y, titles[chosen])
    axes.axhspan(y.floor, 1, color="#000000", alpha=0.035, lw=0, zorder=0)
    axes.yaxis.label.set_y(min((1 + layout.strip) / 2, 1 - lengths[chosen] / 2))
    if layout.rows:
        word = axes.text(
            -_BESIDE / layout.width,
            layout.font * ROW / 2 / layout.height,
            "crossover",
            transform=axes.transAxes,
        )
        word.set(ha="right", va="center", fontsize=layout.font, color=GREY)
    axes.axhline(1, color="#333333", lw=layout.font / 4, zorder=2, label="baseline")
    _draw_lines(layout, axes, lines)
    name_lines(axes, lines, layout.looks, layout.font, unity=layout.baseline)
    for row, mark in enumerate(marks):
        # The smallest goes lowest: so no stem runs through the text of another.
        height = y.limits[0] * (y.floor / y.limits[0]) ** ((row + 0.6) / layout.rows)
        text_font = min(layout.font, layout.strip * layout.height / layout.rows / ROW)
        mark_crossover(axes, mark, layout.looks[mark.backend], height, font=layout.font, text_font=text_font)


def _set_scales(layout: Layout, axes: Axes, x: Scale, y: Scale, title: str) -> None:
    """Give an empty panel its axes, with the title of the vertical one."""
    axes.set(xscale="log", yscale="log", xlim=x.limits, ylim=y.limits)
    axes.set_xlabel("n, elements of the operand", fontsize=layout.font)
    axes.set_ylabel(title, fontsize=layout.font)
    for axis, scale in ((axes.xaxis, x), (axes.yaxis, y)):
        axis.set_major_locator(FixedLocator(scale.ticks))
        axis.set_minor_locator(FixedLocator(scale.minor))
        axis.set_major_formatter(FuncFormatter(lambda value, _, text=scale.tick_text: text(value)))
        axis.set_minor_formatter(NullFormatter())
    axes.tick_params(labelsize=layout.font)
    axes.grid(visible=True)


def _draw_lines(layout: Layout, axes: Axes, lines: Sequence[Line]) -> None:
    """Draw lines, bands and markers; a noisy cell's marker is hollow."""
    if not lines:
        axes.text(0.5, 0.7, "nothing to show", transform=axes.transAxes, ha="center", color=GREY, fontsize=9)
    for line in lines:
        colour, marker = layout.looks[line.backend]
        name, dashes = f"{line.backend} {line.span}", DASHES[line.span]
        axes.plot(line.n, line.value, ls=dashes, color=colour, lw=layout.font * 0.19, zorder=3, label=name)
        banded = np.isfinite(line.low + line.high + line.value)
        axes.fill_between(line.n, line.low, line.high, where=banded.tolist(), color=colour, alpha=0.18, lw=0)
        drawn = np.concatenate([[False], np.isfinite(line.value), [False]])
        alone = banded & ~drawn[:-2] & ~drawn[2:]  # without a neighbour there is no band
        if alone.any():
            axes.vlines(line.n[alone], line.low[alone], line.high[alone], color=colour, alpha=0.4, lw=3)
        for chosen, face, kind in ((~line.noisy, colour, "ok"), (line.noisy, "#ffffff", "noisy")):
            if not chosen.any():
                continue
            (marks,) = axes.plot(
                line.n[chosen], line.value[chosen], ls="", marker=marker, ms=layout.font * 0.65
            )
            marks.set(color=colour, mfc=face, zorder=4, label=f"{name} {kind}")
