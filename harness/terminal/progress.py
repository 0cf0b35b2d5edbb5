"""How far a run is: a live bar per op in a terminal, plain lines elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from harness.runs.progress import Step


@contextmanager
def progress(console: Console) -> Iterator[Callable[[Step], None]]:
    """
    Show how far the sweeps are: a live bar per op in a terminal, plain lines elsewhere.

    The first noisy cell of an op is said at once, in a line that stays.

    Parameters
    ----------
    console : Console
        Where to show it.

    Yields
    ------
    callable
        To be told every step.
    """
    if not console.is_terminal:
        yield _PlainLines(console)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[said]}"),
    )
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, Any] = {}
        noise = _Noise(console)

        def show(step: Step) -> None:
            noise(step)
            if step.op not in tasks:
                tasks[step.op] = bars.add_task(step.op, said="")
            bars.update(tasks[step.op], completed=step.done, total=step.total, said=step.said + _count(step))

        yield show


class _Noise:
    """A line whenever the first cell of an op turns noisy."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._ops: set[str] = set()

    def __call__(self, step: Step) -> None:
        if step.noisy and step.op not in self._ops:
            self._ops.add(step.op)
            self._console.print(
                f"{step.op}: other work disturbs this machine since {step.said.partition(':')[0]}; "
                "those cells turn noisy and get no verdict",
                style="yellow",
                markup=False,
            )


class _PlainLines:
    """A line whenever another quarter of an op is done."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._noise = _Noise(console)

    def __call__(self, step: Step) -> None:
        self._noise(step)
        if step.total and step.done * 4 // step.total > (step.done - 1) * 4 // step.total:
            line = f"{step.op}: step {step.done} of {step.total}, {step.said}".rstrip(", ")
            self._console.print(line + _count(step))


def _count(step: Step) -> str:
    """Return how many cells have been noisy so far, where there are any."""
    return f", {step.noisy} cell{'s' if step.noisy > 1 else ''} noisy" if step.noisy else ""
