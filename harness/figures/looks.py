"""How things look in every figure: a backend's colour, marker and name, and the settings of Matplotlib."""

import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import matplotlib as mpl

from harness.answers.labels import is_rival
from harness.figures import text_labels
from harness.figures.lines import Line
from harness.model import Span


class Look(NamedTuple):
    """How a backend is drawn: a colour such as ``"#0072B2"``, and Matplotlib's letter of a marker."""

    colour: str
    marker: str


GREY = "#555555"
"""Axes and small print."""
DASHES: dict[Span, Any] = {Span.CALL: "-", Span.ROUND_TRIP: (0, (4, 2))}
"""The line of each span, for Matplotlib."""
_NAME_ROOM = 12.0  # widest name of a backend, in font sizes
# Okabe and Ito's colours: told apart with any kind of colour vision. Yellow is left out: too pale on white.
_LOOKS = {
    "numpy": Look("#000000", "o"),
    "numpy-1t": Look("#808080", "s"),
    "torch-cpu": Look("#0072B2", "^"),
    "torch-cpu-1t": Look("#56B4E9", "v"),
    "torch-cuda": Look("#D55E00", "D"),
}
# Rivals are often the only ones on a figure: they take colours of others that are not on it.
_RIVAL_LOOKS = [
    Look(colour, mark)
    for colour, mark in zip(
        ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"),
        "PX*<>ph",
        strict=True,
    )
]
_SPARE_LOOKS = [Look(("#009E73", "#CC79A7", "#E69F00")[i % 3], mark) for i, mark in enumerate("PX*<>phdH8")]


def looks_of(labels: Iterable[str]) -> dict[str, Look]:
    """Return a look per label; one that has none of its own always gets the same, unless two want it."""
    looks: dict[str, Look] = {}
    free: dict[bool, list[Look]] = {}
    for label in sorted(set(labels), key=lambda label: (label not in _LOOKS, label)):
        spare = _RIVAL_LOOKS if is_rival(label) else _SPARE_LOOKS
        taken = [look.colour for look in looks.values()] if is_rival(label) else []
        unused = free.get(is_rival(label)) or [look for look in spare if look.colour not in taken] or spare
        if label in _LOOKS:
            looks[label] = _LOOKS[label]
            continue
        first = spare[zlib.crc32(label.encode()) % len(spare) :]
        looks[label] = next((look for look in first if look in unused), unused[0])
        free[is_rival(label)] = [look for look in unused if look != looks[label]]
    return looks


def short_name(backend: str, font: float) -> str:
    """Return a backend's name as it stands on a figure in a font of so many points."""
    return text_labels.shortened(text_labels.plain(backend), font, _NAME_ROOM * font)


def line_name(line: Line, font: float) -> str:
    """Return what stands at the end of a line in a font of so many points."""
    return short_name(line.backend, font) + ("" if line.span is Span.CALL else " round trip")


def text_ink(colour: str) -> str:
    """Return a colour dark enough to be read as small text."""
    return "#" + "".join(f"{int(int(colour[i : i + 2], 16) * 0.68):02x}" for i in (1, 3, 5))


@contextmanager
def drawing_settings() -> Iterator[None]:
    """Leave the user's matplotlibrc out of our figures, and our settings out of theirs."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(
            {
                "axes.axisbelow": True,
                "axes.edgecolor": GREY,
                "axes.spines.right": False,
                "axes.spines.top": False,
                "font.family": text_labels.FAMILY,
                "grid.color": "#e4e4e4",
                "grid.linewidth": 0.7,
                "pdf.fonttype": 42,  # which every program can edit, and journals take
                "svg.fonttype": "path",
                "svg.hashsalt": "harness",
                "text.parse_math": False,  # names and reasons may hold a dollar sign
                "xtick.color": GREY,
                "ytick.color": GREY,
            }
        )
        yield
