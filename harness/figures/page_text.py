"""The text around the panels of a figure: title, key, remarks, what is not shown, and a run's caption."""

from collections.abc import Mapping, Sequence
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
from harness.model import TIMED, Span

ROOM = 11 * 72 - 20.0
"""Points that a line of text has."""
SMALL = 7.5
"""Font size of all but titles."""
_TITLE = 12.0  # font size of the title
_TITLE_ROOM = ROOM - 16.0  # large letters are set up to 2 % wider than they measure
_REASON_ROOM = 400.0  # points; a longer reason is shortened


class _Gap(NamedTuple):
    """Why cells of a backend have no time, and which; `where` is empty if it is so everywhere."""

    backend: str
    status: str
    reason: str
    where: str


def title(what: str, backends: Sequence[str], baseline: str, dtype: str) -> str:
    """Return what is compared with what (`what` is an op, or how many), in full where that fits on a line."""
    others = [backend for backend in backends if backend != baseline]
    if not others:
        alone = text_labels.plain(f"{what}: {baseline} alone, {dtype}")
        return text_labels.shortened(alone, _TITLE, _TITLE_ROOM)
    full = text_labels.plain(f"{what}: {', '.join(others)} against {baseline}, {dtype}")
    if text_labels.width(full, _TITLE) < _TITLE_ROOM:
        return full
    counted = f"{what}: {len(others)} backends against {short_name(baseline, _TITLE)}, {dtype}"
    return text_labels.shortened(text_labels.plain(counted), _TITLE, _TITLE_ROOM)


def key(lines: Sequence[Line], *, crossed: bool) -> str:
    """Return what lines, bands and markers mean, of those that occur."""
    signs = {
        "solid: call": bool(lines),
        "dashed: round trip from and to NumPy arrays": any(line.span is Span.ROUND_TRIP for line in lines),
        "band: interval": any(np.isfinite(line.low + line.high + line.value).any() for line in lines),
        "hollow: noisy": any((line.noisy & np.isfinite(line.value)).any() for line in lines),
        "on the line at 1 and below: crossover with interval, arrow to the faster side": crossed,
    }
    return "  ·  ".join(sign for sign, occurs in signs.items() if occurs)


def not_shown(cells: pd.DataFrame) -> list[str]:
    """Return one line per backend and status without a time, of one op's cells or of several."""
    lines = []
    for backend, status, reason, where in _gaps(cells):
        short_reason = text_labels.shortened(text_labels.plain(reason), SMALL, _REASON_ROOM)
        why = f"{status}: {short_reason}" if reason else status
        line = f"not shown: {short_name(backend, SMALL)} ({why})" + (f" at {where}" if where else "")
        lines.append(text_labels.shortened(line, SMALL, ROOM))
    return lines


def remark_lines(cells: pd.DataFrame) -> list[str]:
    """Return what must be known to read the lines, of one op's cells or of several."""
    texts = [
        text_labels.plain(f"* {backends} in {ops}: {remark}")
        for backends, ops, remark in remarks(cells[cells["span"] == Span.CALL])
    ]
    return [line for text in texts for line in text_labels.wrapped(text, SMALL, ROOM)]


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
