"""Draw the cells of a run: figures to look at, and the same as files."""

from collections.abc import Iterable
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from harness.answers.crossover import crossover
from harness.answers.span_notes import span_notes
from harness.answers.speedup import speedup
from harness.answers.thread_notes import thread_note, thread_warnings
from harness.errors import UsageError
from harness.figures.layout import op_figure, overview_figure, to_png, to_svg
from harness.store.frame import frame
from harness.store.runs import Run


def plot(
    cells: pd.DataFrame,
    op: str | None = None,
    *,
    baseline: str = "numpy",
    dtype: str | None = None,
    caption: str = "",
    aa_error: float = 0.0,
) -> Figure:
    """
    Draw the speedup curves of one op, or an overview of all.

    Parameters
    ----------
    cells : DataFrame
        From `harness.load`, of one run.
    op : str, optional
        Which op: its time per call and its speedup against the size. Default the speedups of all ops.
    baseline : str
        The backend that the others are compared with.
    dtype : str, optional
        Which dtype; needed where the run has several.
    caption : str
        What stands below; default the machine and the run.
    aa_error : float
        See `harness.speedup`; it decides which crossovers are drawn.

    Returns
    -------
    Figure
        A matplotlib figure.

    Raises
    ------
    UnknownNameError
        If no cell is of the op or the baseline.
    UsageError
        If the cells are of several runs or dtypes.
    """
    own = cells if dtype is None else cells[cells["dtype"] == dtype]
    for column, remedy in (("run", "load one with run="), ("dtype", "choose one with dtype=")):
        if len(set(own[column])) != 1:
            names = ", ".join(own[column].unique()) or "none"
            raise UsageError(f"a figure is of one {column}, these cells have {names}; {remedy}")
    caption = caption or f"{own['machine'].iloc[0]}, run {own['run'].iloc[0]}"
    frames = (
        own,
        speedup(own, baseline, aa_error=aa_error),
        crossover(own, baseline, aa_error=aa_error),
    )
    if op is None:
        return overview_figure(*frames, caption=caption)
    return op_figure(*frames, op=op, caption=caption)


def draw(run: Run, baseline: str = "numpy", *, aa_error: float = 0.0) -> Iterable[tuple[str, bytes]]:
    """
    Draw all figures of a run.

    Parameters
    ----------
    run : Run
        From the store.
    baseline : str
        The backend that the others are compared with.
    aa_error : float
        See `harness.speedup`.

    Yields
    ------
    name : str
        Of the file, such as ``"abs.svg"``; another dtype than float32 is part of it.
    content : bytes
    """
    cells, caption = frame([run]), _caption(run.facts)
    for dtype in dict.fromkeys(cells["dtype"]):
        own = cells[cells["dtype"] == dtype]
        ending = "" if dtype == "float32" else f"-{dtype}"
        for op in (None, *dict.fromkeys(own["op"])):
            figure = plot(own, op, baseline=baseline, caption=caption, aa_error=aa_error)
            for kind, serialise in (("svg", to_svg), ("png", to_png)):
                yield f"{op or 'overview'}{ending}.{kind}", serialise(figure)


def _caption(facts: Any) -> str:  # noqa: ANN401 - the JSON of a run
    """Return where, when and with what a run was measured."""
    machine, libraries = facts["machine"], facts["libraries"]
    gpus = "".join(f", {gpu['name']}" for gpu in machine.get("gpus", ()))
    rounds = facts["settings"].get("rounds", 0)
    kind = "quick, " if facts["quick"] else ""
    lines = (thread_note(facts), *thread_warnings(facts), *span_notes(facts))
    told = "".join(f"  ·  {line}" for line in lines if line)
    return (
        f"{machine['name']}: {machine.get('cpu')}, {machine.get('cores')} cores{gpus}  ·  "
        f"NumPy {libraries.get('numpy')} ({libraries.get('blas')}), Torch {libraries.get('torch')}, "
        f"Python {libraries.get('python')}  ·  {kind}{rounds} round{'s' if rounds != 1 else ''}, "
        f"{facts['begin'][:10]}{told}"
    )
