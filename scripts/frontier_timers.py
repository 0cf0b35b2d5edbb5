"""The process in which a timer times calls: from JSON on its input to their seconds on its output.

It imports nothing that a user of the timer would not, since its start is part of the time to an answer.
"""

import json
import sys
import timeit
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

BASELINE, BACKENDS = "numpy", ("torch-cpu", "torch-cpu-1t")
PERFPLOT, TORCH, TIMEIT = "perfplot-like", "torch.utils.benchmark", "timeit"
_TARGET = 1.0  # seconds for the repeats of a call, as perfplot has by default
_REPEATS = 5  # of timeit, as its command has by default
Names = dict[str, Any]


class Call(NamedTuple):
    """A call of a library's function on n float32 elements, as text."""

    op: str
    backend: str
    n: int
    setup: str
    statement: str


def _by_best(call: Call, names: Names) -> float:
    """Return the least of as many calls as the first one says fit into the target, as perfplot does."""
    exec(f"def kernel(): return {call.statement}", names)  # noqa: S102 - a text of this project
    timer = timeit.Timer("kernel()", globals=names)
    first = timer.timeit(1)
    return min(first, *timer.repeat(max(int(_TARGET / first) - 1, 1), 1))


def _by_torch(call: Call, names: Names) -> float:
    """Return the median of blocked autorange, on as many threads as the call has."""
    import torch
    from torch.utils.benchmark import Timer

    timer = Timer(call.statement, globals=names, num_threads=torch.get_num_threads())
    return float(timer.blocked_autorange().median)


def _by_timeit(call: Call, names: Names) -> float:
    """Return the best of five, each with as many calls as autorange finds, as ``python -m timeit`` does."""
    timer = timeit.Timer(call.statement, globals=names)
    number, _ = timer.autorange()
    return min(timer.repeat(_REPEATS, number)) / number


TIMERS: Mapping[str, Callable[[Call, Names], float]] = {
    PERFPLOT: _by_best,
    TORCH: _by_torch,
    TIMEIT: _by_timeit,
}
"""The timers that time one call in the process that they are in."""


def _times(calls: Sequence[Call], timer: Callable[[Call, Names], float]) -> list[float]:
    """Return the seconds of calls, each on the threads of its backend, one after another."""
    if all(call.backend == BASELINE for call in calls):
        return [timer(call, _names(call)) for call in calls]
    import torch

    every, times = torch.get_num_threads(), []
    for call in calls:
        torch.set_num_threads(1 if call.backend.endswith("-1t") else every)
        times.append(timer(call, _names(call)))
    return times


def _names(call: Call) -> Names:
    """Return the operands of a call, and its library."""
    names: Names = {}
    exec(call.setup, names)  # noqa: S102 - a text of this module
    return names


if __name__ == "__main__":
    json.dump(_times([Call(*fields) for fields in json.load(sys.stdin)], TIMERS[sys.argv[1]]), sys.stdout)
