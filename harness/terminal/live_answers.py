"""What a terminal shows while a run goes on: a line per op and backend, and how far the run is."""

from collections.abc import Sequence

from rich.console import Console, ConsoleOptions, RenderResult
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from harness.runs.progress import Standing, Step
from harness.terminal.looks import name_text

_BAR_WIDTH = 24
_CHANGED = "•"
"""Stands before the lines that the latest step changed."""
_NAME_ROOM = 24
"""Columns of an op's name, and of a backend's."""
_FEWEST_LINES = 3
"""The heads of the columns, an op, and the last line."""


class LiveAnswers:
    """
    The answers as they stand, never higher than the terminal.

    A line per op and backend, folded where there is room for that, else cut; in a low terminal a line per op.
    """

    def __init__(self) -> None:
        self._ops: dict[str, tuple[Standing, ...]] = {}
        self._finished: set[str] = set()
        self._changed: set[tuple[str, str]] = set()
        self._step: Step | None = None

    def take(self, step: Step) -> None:
        """Take over what a step tells."""
        before = {(line.op, line.backend): line for lines in self._ops.values() for line in lines}
        of_step: dict[str, list[Standing]] = {}
        for line in step.standings:
            of_step.setdefault(line.op, []).append(line)
        self._ops |= {op: tuple(lines) for op, lines in of_step.items()}
        self._finished |= set(of_step) if step.done else set()
        if step.standings:
            self._changed = {
                (line.op, line.backend)
                for line in step.standings
                if _said(line) != _said(before.get((line.op, line.backend)))
            }
        self._step = step

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the lines that fit, and the last line."""
        if self._step is None:
            return
        # A row less than there are: the cursor stands below, and a full screen would scroll.
        rows = max((options.height or console.height) - 1, _FEWEST_LINES) - 1
        if self._ops:
            options = options.reset_height()
            for table in (self._by_backend(fold=True), self._by_backend(fold=False), self._by_op(rows - 1)):
                if len(console.render_lines(table, options)) <= rows:
                    yield table
                    break
        yield self._last_line(self._step)

    def _by_backend(self, *, fold: bool) -> Table:
        """Return a line per op and backend."""
        table, op_above = _empty_table(fold=fold), None
        for op, of_op in self._ops.items():
            for line in of_op:
                self._add(table, op if op != op_above else "", [line], line.backend, line.sentence)
                op_above = op
        return table

    def _by_op(self, rows: int) -> Table:
        """Return as many lines for an op each as there are rows for."""
        table = _empty_table(fold=False)
        shown = list(self._ops.items())
        if len(shown) > rows:
            shown = self._latest(max(rows - 1, 1))
        for op, of_op in shown:
            best = of_op[0]
            self._add(table, op, of_op, _count(len(of_op), "backend"), f"{best.backend} {best.sentence}")
        if len(shown) < min(len(self._ops), rows):
            table.add_row("", Text(f"and {len(self._ops) - len(shown)} more", style="dim"), "", "", "")
        return table

    def _latest(self, rows: int) -> list[tuple[str, tuple[Standing, ...]]]:
        """Return the ops to be shown where not all can be: those that the latest step changed come first."""
        changed = {op for op, _ in self._changed}
        first = sorted(self._ops, key=lambda op: (op not in changed, op in self._finished))[:rows]
        return [(op, of_op) for op, of_op in self._ops.items() if op in first]

    def _add(self, table: Table, op: str, of_op: Sequence[Standing], backend: str, answer: str) -> None:
        """Add a line, with a mark if the latest step changed it, and with how firm its answer is."""
        changed = any((line.op, line.backend) in self._changed for line in of_op)
        decided, cells = sum(line.decided for line in of_op), sum(line.cells for line in of_op)
        firm = Text(f"{decided} of {cells}", style="green" if decided == cells else "yellow")
        table.add_row(
            Text(_CHANGED if changed else "", style="cyan"),
            name_text(op, _NAME_ROOM),
            name_text(backend, _NAME_ROOM),
            firm,
            Text(answer),
        )

    def _last_line(self, step: Step) -> Table:
        """Return how much of the run's time is used, and what it is doing."""
        line = Table.grid(padding=(0, 1), expand=True)
        line.add_column(no_wrap=True)
        line.add_column(no_wrap=True)
        line.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        bar = ProgressBar(
            total=step.seconds if step.is_bounded else 1.0,
            completed=min(step.elapsed, step.seconds) if step.is_bounded else 0.0,
            width=_BAR_WIDTH,
            complete_style="cyan",
            finished_style="cyan",
        )
        line.add_row(Text(step.used), bar, Text(step.doing))
        return line


def _empty_table(*, fold: bool) -> Table:
    """Return a table without rows, whose answers are folded or cut."""
    table = Table(box=None, pad_edge=False, header_style="bold", expand=True)
    for head in ("", "op", "backend"):
        table.add_column(head, no_wrap=True)
    table.add_column("decided", no_wrap=True, justify="right")
    table.add_column("answer so far", no_wrap=not fold, overflow="ellipsis", ratio=1)
    return table


def _said(line: Standing | None) -> tuple[str, int] | None:
    """Return what of a line is shown."""
    return None if line is None else (line.sentence, line.decided)


def _count(number: int, word: str) -> str:
    """Return a number of things."""
    return f"{number} {word}{'' if number == 1 else 's'}"
