"""How far a run is: a live bar per op in a terminal, plain lines elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from harness.runs.progress import Step


@contextmanager
def progress(console: Console) -> Iterator[Callable[[Step], None]]:
    """
    Yield a function that is to be told every step, and shows on this console how far the sweeps are.

    The first noisy cell of an op is said at once, in a line that stays.
    """
    if not console.is_terminal:
        yield _PlainLines(console)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[finding]}"),
    )
    with Progress(*columns, console=console) as bars:
        yield _Bars(console, bars)


class _Bars:
    """A bar per op."""

    def __init__(self, console: Console, bars: Progress) -> None:
        self._bars, self._noise_lines = bars, _NoiseLines(console)
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, step: Step) -> None:
        self._noise_lines(step)
        if step.op not in self._tasks:
            self._tasks[step.op] = self._bars.add_task(step.op, finding="")
        finding = step.latest + _noisy_count(step)
        self._bars.update(self._tasks[step.op], completed=step.done, total=step.total, finding=finding)


class _PlainLines:
    """A line whenever another quarter of an op is done."""

    def __init__(self, console: Console) -> None:
        self._console, self._noise_lines = console, _NoiseLines(console)

    def __call__(self, step: Step) -> None:
        self._noise_lines(step)
        if step.total and step.done * 4 // step.total > (step.done - 1) * 4 // step.total:
            line = f"{step.op}: step {step.done} of {step.total}, {step.latest}".rstrip(", ")
            self._console.print(line + _noisy_count(step))


class _NoiseLines:
    """A line whenever the first cell of an op turns noisy."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._ops: set[str] = set()

    def __call__(self, step: Step) -> None:
        if step.noisy and step.op not in self._ops:
            self._ops.add(step.op)
            self._console.print(
                f"{step.op}: other work disturbs this machine since {step.latest.partition(':')[0]}; "
                "those cells turn noisy and get no verdict",
                style="yellow",
                markup=False,
            )


def _noisy_count(step: Step) -> str:
    """Return how many cells have been noisy so far, where there are any."""
    return f", {step.noisy} cell{'s' if step.noisy > 1 else ''} noisy" if step.noisy else ""
