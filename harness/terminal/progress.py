"""How far a run is, and the answers as they firm up: live in a terminal, lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from rich.console import Console
from rich.live import Live

from harness.fleet.steps import asked_of, written
from harness.runs.progress import STARTING, Standing, Step, Tell
from harness.terminal.live_answers import LiveAnswers
from harness.terminal.signs_of_life import SILENCE, Watch, looking


@contextmanager
def progress(console: Console, silence: float = SILENCE) -> Iterator[Tell]:
    """
    Yield a function that is to be told every step, and shows on this console what there is so far.

    After so many seconds of `silence` it says what is being done.
    """
    steps = asked_of()
    if steps:
        yield written(steps)
        return
    if not console.is_terminal or console.is_dumb_terminal:
        lines = _PlainLines(console)
        watch = Watch(lines.take, lines.say_what_is_done, silence=silence)
        with looking(watch):
            yield watch
        lines.end()
        return
    answers = LiveAnswers()
    answers.take(STARTING)
    # Drawn when there is something new, and where that takes long, so nothing flickers; and gone when the run
    # has ended, since the answer follows.
    with Live(answers, console=console, auto_refresh=False, transient=True) as live:

        def draw(step: Step) -> bool:
            answers.take(step)
            live.refresh()
            return True

        watch = Watch(draw, lambda step: draw(replace(step, standings=())), silence=silence)
        with looking(watch):
            yield watch


class _PlainLines:
    """A line for each op when it is done, and for those that are not when the run ends."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._open: dict[str, tuple[Standing, ...]] = {}
        self._latest: Step | None = None

    def take(self, step: Step) -> bool:
        """Take a step; return whether there was something to print."""
        self._latest = step
        ops = dict.fromkeys(standing.op for standing in step.standings)
        self._open |= {op: tuple(line for line in step.standings if line.op == op) for op in ops}
        for op in ops if step.done else ():
            self._print(op, step.elapsed)
        return step.done

    def say_what_is_done(self, step: Step) -> None:
        """Print how far the run is."""
        self._console.print(f"{step.used}: {step.doing}")

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
