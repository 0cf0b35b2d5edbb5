"""The answer at a glance: for each op a bar over the sizes, on which stands which backend to take."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from string import ascii_letters, digits
from typing import NamedTuple

from rich.table import Table
from rich.text import Text

from harness.advice.regions import Region
from harness.model import WAITED_FOR, Span
from harness.terminal.console import out
from harness.terminal.looks import name_text, plain_table
from harness.units import size

_LETTERS = {"numpy-1t": "m", "torch-cpu-1t": "1", "torch-cuda": "c"}
_STYLES = {
    "numpy": "default",
    "numpy-1t": "dim",
    "torch-cpu": "blue",
    "torch-cpu-1t": "cyan",
    "torch-cuda": "magenta",
}
_OTHERS = ("green", "yellow", "red", "bright_blue", "bright_magenta")
_SURE, _UNSURE = "━", "╌"
_WIDEST = 60
_SIZES = "elements"
_GAPS = 4  # columns between the three parts of a line
Bars = Mapping[tuple[str, str], Mapping[Span, Sequence[Region]]]
"""By op and dtype, then by span."""


def glance_tables(bars: Bars, calls: int = 1) -> list[Table]:
    """
    Return a line per op with a bar for calls and one for round trips, or for so many calls per transfer.

    No table where there is nothing to take: no backend has both at two sizes.

    The bars have one axis of sizes. Where a backend begins to be the one to take stands its name, or its
    letter where there is no room; the line is broken where that is not sure.
    """
    regions = [region for spans in bars.values() for of_span in spans.values() for region in of_span]
    if not regions:
        return []
    looks = _looks(region.backend for region in regions)
    letters = ", ".join(f"{look.letter} {name}" for name, look in looks.items())
    moved = "from and to NumPy arrays" if calls == 1 else f"{calls} calls between NumPy arrays"
    table = plain_table(f"which backend to take ({letters})", "op", "calls", moved, justify="left")
    several = len({dtype for _, dtype in bars}) > 1
    names = {key: name_text(f"{key[0]}, {key[1]}" if several else key[0]) for key in bars}
    room = (out.width - max(len(_SIZES), *(name.cell_len for name in names.values())) - _GAPS) // 2
    scale = _Scale(
        low=min(one.low for one in regions),
        high=max(one.high for one in regions),
        width=min(max(room, len(moved)), _WIDEST),
    )
    axis = Text(scale.ticks(), style="dim")
    table.add_row(_SIZES, axis, axis)
    for key, spans in bars.items():
        table.add_row(names[key], *(_bar(spans.get(span, ()), scale, looks) for span in WAITED_FOR))
    return [table]


class _Look(NamedTuple):
    """How a backend is shown in a bar."""

    letter: str
    style: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    """The logarithmic axis of the bars."""

    low: float
    high: float
    width: int

    def column(self, n: float) -> int:
        """Return where a size lies."""
        return round(self.width * math.log(n / self.low) / math.log(self.high / self.low))

    def ticks(self) -> str:
        """Return some powers of 16, each above where it lies."""
        text = ""
        for n in (16**power for power in range(1, 16)):
            at = self.column(n) if self.low <= n <= self.high else -1
            if at >= len(text) + bool(text) and at + len(size(n)) <= self.width:
                text = text.ljust(at) + size(n)
        return text


def _looks(backends: Iterable[str]) -> dict[str, _Look]:
    """Return a look for each backend: a letter of its own, of its name where that is free, and a style."""
    looks: dict[str, _Look] = {}
    styles, letters = iter(cycle(_OTHERS)), set(ascii_letters + digits)
    for name in dict.fromkeys(backends):
        # Of torch-cpu-1t the 1, of torch-cuda the c, of old on numpy the o.
        wanted = [_LETTERS.get(name, ""), *name, *ascii_letters]
        letter = next((one for one in wanted if one in letters), "?")
        letters.discard(letter)
        looks[name] = _Look(letter, _STYLES.get(name) or next(styles))
    return looks


def _bar(regions: Sequence[Region], scale: _Scale, looks: Mapping[str, _Look]) -> Text:
    """Return the bar of an op."""
    text = Text(" " * scale.column(regions[0].low) if regions else "")
    for region in regions:
        begin, end = scale.column(region.low), scale.column(region.high)
        sure = (
            range(scale.column(region.sure_low), scale.column(region.sure_high) + 1)
            if region.sure_low > 0
            else ()
        )
        line = "".join(_SURE if at in sure else _UNSURE for at in range(begin, end))
        look = looks[region.backend]
        name = f"{region.backend} " if len(region.backend) + 1 < len(line) else look.letter[: len(line)]
        text.append(name + line[len(name) :], style=look.style)
    return text
