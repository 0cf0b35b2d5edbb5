"""How far a run is, and the answers as they firm up: live in a terminal, a line per finished op elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live

from harness.runs.progress import Standing, Step, Tell
from harness.terminal.live_answers import LiveAnswers


@contextmanager
def progress(console: Console) -> Iterator[Tell]:
    """Yield a function that is to be told every step, and shows on this console what there is so far."""
    if not console.is_terminal or console.is_dumb_terminal:
        lines = _PlainLines(console)
        yield lines
        lines.end()
        return
    answers = LiveAnswers()
    # Drawn when there is something new and at no other time, so nothing flickers; and gone when the run has
    # ended, since the answer follows.
    with Live(answers, console=console, auto_refresh=False, transient=True) as live:

        def tell(step: Step) -> None:
            answers.take(step)
            live.refresh()

        yield tell


class _PlainLines:
    """A line for each op when it is done, and for those that are not when the run ends."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._open: dict[str, tuple[Standing, ...]] = {}
        self._latest: Step | None = None

    def __call__(self, step: Step) -> None:
        self._latest = step
        ops = dict.fromkeys(standing.op for standing in step.standings)
        self._open |= {op: tuple(line for line in step.standings if line.op == op) for op in ops}
        for op in ops if step.done else ():
            self._print(op, step.elapsed)

    def end(self) -> None:
        """Print the ops that were not done when the time was over."""
        for op in list(self._open):
            self._print(op, self._latest.elapsed if self._latest else 0.0)

    def _print(self, op: str, elapsed: float) -> None:
        """Print what there is to say of an op, once."""
        told = "; ".join(
            f"{line.backend} {line.sentence} ({line.decided} of {line.cells} decided)"
            for line in self._open.pop(op)
        )
        self._console.print(f"{op}, at {elapsed:.0f} s: {told}")
