"""How far a measurement is, in a notebook: plain HTML in one place, and gone when it has ended.

No widgets: they need a package beside the front end, and fail in some.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from harness.functions.html import render
from harness.runs.progress import Standing, Step, Tell

Bundle = dict[str, str]
"""What is shown, by MIME type."""
PAUSE = 0.5
"""Seconds at least from one picture to the next. Between steps there is none: its drawing would disturb."""


@contextmanager
def in_a_notebook() -> Iterator[Tell]:
    """Yield a function that is to be told every step, and shows the latest."""
    from IPython.display import display

    handle = display(_bundle("ready the processes that measure", None, ()), raw=True, display_id=True)
    try:
        yield paced(lambda bundle: handle.update(bundle, raw=True))
    finally:
        handle.update({"text/plain": "", "text/html": ""}, raw=True)


def paced(show: Callable[[Bundle], None], now: Callable[[], float] = time.monotonic) -> Tell:
    """Return a function that is told every step and shows the latest, not too often."""
    shown = -math.inf
    answers: tuple[Standing, ...] = ()

    def tell(step: Step) -> None:
        nonlocal shown, answers
        answers = step.standings or answers
        if now() - shown >= PAUSE:
            shown = now()
            show(_of(step, answers))

    return tell


def _of(step: Step, answers: tuple[Standing, ...]) -> Bundle:
    """Return a step with the answers so far."""
    share = min(step.elapsed / step.seconds, 1.0) if step.is_bounded else None
    return _bundle(f"{step.used}: {step.doing}", share, answers)


def _bundle(line: str, share: float | None, answers: tuple[Standing, ...]) -> Bundle:
    """Return what is shown."""
    html = render("progress.html.j2", line=line, share=share, answers=answers)
    return {"text/plain": line, "text/html": html}
