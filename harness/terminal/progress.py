"""How far a run is, and the answers as they firm up: live in a terminal, a line per finished op elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live

from harness.runs.progress import Step, Tell
from harness.terminal.live_answers import LiveAnswers


@contextmanager
def progress(console: Console) -> Iterator[Tell]:
    """Yield a function that is to be told every step, and shows on this console what there is so far."""
    if not console.is_terminal or console.is_dumb_terminal:
        yield _PlainLines(console)
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
    """A line for each op when it is done."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __call__(self, step: Step) -> None:
        if not step.done:
            return
        for op in dict.fromkeys(standing.op for standing in step.standings):
            told = "; ".join(
                f"{standing.backend} {standing.sentence} ({standing.decided} of {standing.cells} decided)"
                for standing in step.standings
                if standing.op == op
            )
            self._console.print(f"{op}, at {step.elapsed:.0f} s: {told}")
