"""How far a measurement is, shown where it was called from: a notebook, a terminal, or nowhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from harness.functions.surroundings import is_notebook
from harness.runs.progress import Tell


@contextmanager
def progress() -> Iterator[Tell]:
    """Yield a function that is to be told every step."""
    from harness.terminal.console import err
    from harness.terminal.progress import progress as in_a_terminal

    if is_notebook():
        from harness.functions.notebook_progress import in_a_notebook

        with in_a_notebook() as tell:
            yield tell
    elif sys.stderr.isatty():
        with in_a_terminal(err) as tell:
            yield tell
    else:
        yield lambda _step: None
