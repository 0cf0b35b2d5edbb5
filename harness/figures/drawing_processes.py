"""The processes that draw figures: how many, what each is given, and who draws what one that dies had."""

import math
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing import get_context

from harness.figures.drawings import Drawing
from harness.machine.processors import affinity, cpu_quota

_FEWEST = 4
"""Figures from which on others help: a process is ready after 0.7 s, a figure takes 0.25 s."""
_MOST = 8
"""Helpers at most: each takes some 0.2 GB of memory."""
File = tuple[str, bytes]
"""A file's name and its content."""


@contextmanager
def drawn(drawings: Sequence[Drawing], processors: int | None = None) -> Iterator[Iterator[File]]:
    """
    Begin to draw in other processes, one less than there are processors; yield the files.

    Whoever asks for the files draws what no other process has begun.
    """
    helpers = min((processors or _processors()) - 1, _MOST, len(drawings) - 1)
    # Helpers take from the front, who asks takes from the back. (Futures that wait in the pool could be
    # cancelled instead, but in Python 3.11 a pool that breaks with one of those never ends.)
    waiting, helped = deque(drawings), list[Future[list[File]]]()
    with ExitStack() as stack:
        if helpers > 0 and len(drawings) >= _FEWEST:
            with suppress(ImportError, OSError):  # a sandbox without semaphores: then all is drawn here
                # A fork would copy locks that other threads hold; and every system can spawn.
                pool = ProcessPoolExecutor(helpers, get_context("spawn"), initializer=_leave_ctrl_c)
                stack.enter_context(pool)
                threads = stack.enter_context(ThreadPoolExecutor(helpers))
                stack.callback(waiting.clear)
                helped += (threads.submit(_help, pool, waiting) for _ in range(helpers))
        yield _files(waiting, helped)


def _processors() -> int:
    """Return how many processors' worth of time this process may use."""
    count = len(affinity())
    return min(count, math.ceil(cpu_quota() or count))


def _help(pool: Executor, waiting: deque[Drawing]) -> list[File]:
    """Let another process draw one figure after another; put back what it could not draw."""
    files: list[File] = []
    for drawing in _taken(waiting.popleft):
        try:
            files += pool.submit(_draw, drawing).result()
        except (BrokenProcessPool, OSError):  # it died, or there is no room for a process
            waiting.append(drawing)
            break
    return files


def _files(waiting: deque[Drawing], helped: Sequence[Future[list[File]]]) -> Iterator[File]:
    """Yield the files of all figures."""
    for drawing in _taken(waiting.pop):
        yield from _draw(drawing)
    for future in helped:
        yield from future.result()
    for drawing in _taken(waiting.pop):  # put back
        yield from _draw(drawing)


def _taken(take: Callable[[], Drawing]) -> Iterator[Drawing]:
    """Take figures from an end of those that wait, while there are any."""
    with suppress(IndexError):
        while True:
            yield take()


def _draw(drawing: Drawing) -> list[File]:
    """Draw a figure in whichever process this is; Matplotlib is loaded where the first one is drawn."""
    from harness.figures.run_figures import draw

    return draw(drawing)


def _leave_ctrl_c() -> None:
    """Leave Ctrl-C, which reaches all of a terminal's processes, to the one that asked."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
