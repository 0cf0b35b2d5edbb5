"""How far a run is: a live bar per op in a terminal, plain lines elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from harness.run import Step


@contextmanager
def progress(console: Console) -> Iterator[Callable[[Step], None]]:
    """
    Show how far the sweeps are: a live bar per op in a terminal, plain lines elsewhere.

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

        def show(step: Step) -> None:
            if step.op not in tasks:
                tasks[step.op] = bars.add_task(step.op, said="")
            bars.update(tasks[step.op], completed=step.done, total=step.total, said=step.said)

        yield show


class _PlainLines:
    """A line whenever another quarter of an op is done."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __call__(self, step: Step) -> None:
        if step.total and step.done * 4 // step.total > (step.done - 1) * 4 // step.total:
            self._console.print(f"{step.op}: step {step.done} of {step.total}, {step.said}".rstrip(", "))
