"""How a backend looks in every figure: its colour, its marker, and its name."""

import zlib
from collections.abc import Iterable
from typing import Any

from harness.figures import labels
from harness.figures.curves import Curve
from harness.model import Span

GREY = "#555555"
"""Axes and small print."""
_NAME_ROOM = 12.0  # widest name of a backend, in font sizes
# Okabe and Ito's colours: told apart with any kind of colour vision. Yellow is left out: too pale on white.
_LOOKS = {
    "numpy": ("#000000", "o"),
    "numpy-1t": ("#808080", "s"),
    "torch-cpu": ("#0072B2", "^"),
    "torch-cpu-1t": ("#56B4E9", "v"),
    "torch-cuda": ("#D55E00", "D"),
}
_SPARE_LOOKS = [(("#009E73", "#CC79A7", "#E69F00")[i % 3], mark) for i, mark in enumerate("PX*<>phdH8")]
DASHES: dict[Span, Any] = {Span.CALL: "-", Span.ROUND_TRIP: (0, (4, 2))}
"""The line of each span, for matplotlib."""


def looks_of(backends: Iterable[str]) -> dict[str, tuple[str, str]]:
    """
    Return a colour and a marker for each backend.

    Parameters
    ----------
    backends : iterable of str
        Known or not; an unknown one always gets the same, unless two of them want it.

    Returns
    -------
    dict of str to (str, str)
    """
    looks: dict[str, tuple[str, str]] = {}
    free: list[int] = []
    for backend in sorted(set(backends)):
        if backend in _LOOKS:
            looks[backend] = _LOOKS[backend]
            continue
        free = free or list(range(len(_SPARE_LOOKS)))
        first = zlib.crc32(backend.encode()) % len(_SPARE_LOOKS)
        slot = next((slot for slot in free if slot >= first), free[0])
        free.remove(slot)
        looks[backend] = _SPARE_LOOKS[slot]
    return looks


def short(backend: str, font: float) -> str:
    """
    Return a backend's name as it stands on a figure.

    Parameters
    ----------
    backend : str
        Any name.
    font : float
        Font size in points.

    Returns
    -------
    str
    """
    return labels.shortened(labels.plain(backend), font, _NAME_ROOM * font)


def line_name(curve: Curve, font: float) -> str:
    """
    Return what stands at the end of a curve.

    Parameters
    ----------
    curve : Curve
        Which curve.
    font : float
        Font size in points.

    Returns
    -------
    str
    """
    return short(curve.backend, font) + ("" if curve.span is Span.CALL else " round trip")


def text_ink(colour: str) -> str:
    """
    Return a colour dark enough to be read as small text.

    Parameters
    ----------
    colour : str
        As ``"#rrggbb"``.

    Returns
    -------
    str
    """
    return "#" + "".join(f"{int(int(colour[i : i + 2], 16) * 0.68):02x}" for i in (1, 3, 5))
