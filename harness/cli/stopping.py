"""What Ctrl-C does to a measurement: it ends the rounds, and never the answer from those that were made."""

import atexit
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from harness.runs.progress import Step, Tell

_IMPATIENT = 3
"""The press of Ctrl-C that ends the program whatever it does."""


class Stop:
    """How often somebody asked for an end, and whether there are rounds that could end."""

    def __init__(self) -> None:
        self.pressed, self._is_done = 0, False

    def listening(self, tell: Tell) -> Tell:
        """Return what is to be told every step: it passes them on, and knows when the last round is made."""

        def told(step: Step) -> None:
            self._is_done |= step.done
            tell(step)

        return told

    def __call__(self, _signal: int, _frame: FrameType | None) -> None:
        """Take a signal: the first ends the rounds, and the answer comes whatever is pressed again."""
        self.pressed += 1
        if self.pressed >= _IMPATIENT or (self.pressed == 1 and not self._is_done):
            raise KeyboardInterrupt


@contextmanager
def stoppable() -> Iterator[Stop]:
    """Have Ctrl-C and SIGTERM stop what is measured; in a shell's background they stay ignored."""
    stop, signals = Stop(), (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in signals}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, stop)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        # Registered last, so done first when the program ends: what tidies up after it is not interrupted.
        atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)
