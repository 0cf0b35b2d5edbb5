"""The text around the panels of a figure: title, key, remarks, what is not shown, and a run's caption."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from harness import units
from harness.answers.remarks import remarks
from harness.answers.span_notes import span_notes
from harness.answers.thread_warnings import thread_note, thread_warnings
from harness.figures import text_labels
from harness.figures.lines import Line, distinct
from harness.figures.looks import short_name
from harness.figures.panels import Layout
from harness.model import TIMED, Span

SMALL = 7.5
"""Font size of all but titles."""
_TITLE = 12.0  # font size of the title
_TITLE_SPARE = 0.02  # large letters are set so much wider than they measure
_LINE = 10.5  # points that a line of small text takes
_KEY, _BELOW = 28.0, 10.0  # points above the key; below the last line
_REASON_ROOM = 400.0  # points; a longer reason is shortened


class _Gap(NamedTuple):
    """Why cells of a backend have no time, and which; `where` is empty if it is so everywhere."""

    backend: str
    status: str
    reason: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What stands around the panels of a figure, line by line."""

    title: str
    key: Sequence[str]
    foot: Sequence[str]

    @property
    def head(self) -> float:
        """Return how many points of a page are taken above its panels."""
        return _KEY + 3.5 + _LINE * len(self.key)

    @property
    def height(self) -> float:
        """Return how many points of a page are taken above and below its panels."""
        return self.head + _BELOW + _LINE * len(self.foot)

    def above(self) -> Iterator[tuple[str, float]]:
        """Yield the lines of the key, and how many points each lies below the edge."""
        return ((line, _KEY + _LINE * at) for at, line in enumerate(self.key))

    def below(self) -> Iterator[tuple[str, float]]:
        """Yield the lines of the foot, and how many points each lies above the edge."""
        ups = reversed(range(len(self.foot)))
        return ((line, 0.7 * _BELOW + _LINE * up) for up, line in zip(ups, self.foot, strict=True))


def texts(
    what: str, cells: pd.DataFrame, lines: Sequence[Line], layout: Layout, caption: str, room: float
) -> Texts:
    """Return the text around panels that show some lines of cells, of `what`: an op, or how many."""
    told = key(lines, crossed=layout.rows > 0)
    fits = text_labels.width(told, SMALL) <= room
    dtypes = ", ".join(distinct(cells, "dtype"))
    return Texts(
        title=title(what, distinct(cells, "backend"), layout.baseline, dtypes, room),
        key=[told] if fits else text_labels.wrapped(told, SMALL, room),
        foot=[
            *remark_lines(cells, room),
            *not_shown(cells, room),
            *text_labels.wrapped(caption, SMALL, room),
        ],
    )


def title(what: str, backends: Sequence[str], baseline: str, dtype: str, room: float) -> str:
    """Return what is compared with what (`what` is an op, or how many), in full where that fits on a line."""
    room *= 1 - _TITLE_SPARE
    others = [backend for backend in backends if backend != baseline]
    if not others:
        alone = text_labels.plain(f"{what}: {baseline} alone, {dtype}")
        return text_labels.shortened(alone, _TITLE, room)
    over = f"against {short_name(baseline, _TITLE)}"
    titles = [f"{what}: {', '.join(others)} against {baseline}, {dtype}"]
    titles += [f"{what}: {len(others)} backends {over}, {dtype}"] if len(others) > 1 else []
    titles = list(map(text_labels.plain, [*titles, f"{what} {over}, {dtype}"]))
    fitting = (told for told in titles if text_labels.width(told, _TITLE) < room)
    return next(fitting, text_labels.shortened(titles[-1], _TITLE, room))


def key(lines: Sequence[Line], *, crossed: bool) -> str:
    """Return what lines, bands and markers mean, of those that occur."""
    signs = {
        "solid: call": any(line.span is Span.CALL for line in lines),
        "dashed: round trip from and to NumPy arrays": any(line.span is Span.ROUND_TRIP for line in lines),
        "band: interval": any(np.isfinite(line.low + line.high + line.value).any() for line in lines),
        "hollow: noisy": any((line.noisy & np.isfinite(line.value)).any() for line in lines),
        "on the line at 1 and below: crossover with interval, arrow to the faster side": crossed,
    }
    return "  ·  ".join(sign for sign, occurs in signs.items() if occurs)


def not_shown(cells: pd.DataFrame, room: float) -> list[str]:
    """Return one line per backend and status without a time, of one op's cells or of several."""
    lines = []
    for backend, status, reason, where in _gaps(cells):
        short_reason = text_labels.shortened(text_labels.plain(reason), SMALL, _REASON_ROOM)
        why = f"{status}: {short_reason}" if reason else status
        line = f"not shown: {short_name(backend, SMALL)} ({why})" + (f" at {where}" if where else "")
        lines.append(text_labels.shortened(line, SMALL, room))
    return lines


def remark_lines(cells: pd.DataFrame, room: float) -> list[str]:
    """Return what must be known to read the lines, of one op's cells or of several."""
    texts = [
        text_labels.plain(f"* {backends} in {ops}: {remark}")
        for backends, ops, remark in remarks(cells[cells["span"] == Span.CALL])
    ]
    return [line for text in texts for line in text_labels.wrapped(text, SMALL, room)]


def is_marked(cells: pd.DataFrame, op: str) -> bool:
    """Return whether a remark is about another backend of this op than the one that starts the list."""
    of_op = cells[cells["op"] == op]
    return any(of_op["backend"].iloc[0] not in backends.split(", ") for backends, _, _ in remarks(of_op))


def run_caption(facts: Mapping[str, Any], cells: pd.DataFrame) -> str:
    """Return where, when and with what a run was measured, from the facts in its JSON and its cells."""
    machine, libraries = facts["machine"], facts["libraries"]
    gpus = "".join(f", {gpu['name']}" for gpu in machine.get("gpus", ()))
    # A run that was given a time and no number of rounds had as many as fitted.
    rounds = facts["settings"].get("rounds") or max(cells["rounds"], default=0)
    kind = "quick, " if facts["quick"] else ""
    kind += "stopped by hand, " if facts.get("stopped") else ""
    notes = (thread_note(facts), *thread_warnings(facts), *span_notes(facts))
    return (
        f"{machine['name']}: {machine.get('cpu')}, {machine.get('cores')} cores{gpus}  ·  "
        f"NumPy {libraries.get('numpy')} ({libraries.get('blas')}), Torch {libraries.get('torch')}, "
        f"Python {libraries.get('python')}  ·  {kind}{rounds} round{'s' if rounds != 1 else ''}, "
        f"{facts['begin'][:10]}{_runs(cells)}" + "".join(f"  ·  {note}" for note in notes if note)
    )


def _runs(cells: pd.DataFrame) -> str:
    """Return that cells are of several runs, where they are: the caption is of the latest."""
    runs = len(distinct(cells, "run"))
    return f" and earlier: each op is of the latest of {runs} runs that has it" if runs > 1 else ""


def _gaps(cells: pd.DataFrame) -> list[_Gap]:
    """Return which cells have no time, and why: one entry per backend and status."""
    if not len(cells):
        return []
    timed = cells["status"].isin(TIMED) & cells["seconds"].notna()
    gaps = []
    for (backend, status), rows in cells[~timed].groupby(["backend", "status"], sort=False):
        reasons = [reason for reason in distinct(rows, "reason") if isinstance(reason, str) and reason]
        reason = "".join(reasons[:1]) + (f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else "")
        peers = cells[(cells["backend"] == backend) & cells["op"].isin(rows["op"])]
        gaps.append(_Gap(backend, status, reason, _where(rows, peers, len(distinct(cells, "op")))))
    return gaps


def _where(rows: pd.DataFrame, peers: pd.DataFrame, ops: int) -> str:
    """Return at which sizes, in which span and in which of so many ops rows lie, as far as peers do not."""
    sizes, places = sorted(rows["n"].unique()), []
    if len(sizes) < peers["n"].nunique():
        adjoin = len(sizes) == peers.loc[peers["n"].between(sizes[0], sizes[-1]), "n"].nunique()
        ends = [sizes[0], sizes[-1]] if adjoin and len(sizes) > 1 else sizes
        places.append("n = " + (" to " if adjoin else ", ").join(map(units.size, ends)))
    if rows["span"].nunique() < peers["span"].nunique():
        places.append(f"{rows['span'].iloc[0].replace('_', ' ')} only")
    if ops > 1:
        without = distinct(rows, "op")
        places.append(", ".join(without) if len(without) < ops else "every op")
    return ", ".join(places)
