"""The calls that other timers are given too, and the process in which they take turns with ours.

Run as ``python -m harness.validation.calls REPEATS``: calls in, their times out.
"""

import json
import sys
import time
import timeit
from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from harness.machine.instruments import Host
from harness.timing.contender import Contender
from harness.timing.loop import floor, timed_loop
from harness.timing.noise import round_median
from harness.timing.rules import Rules
from harness.timing.sampling import measure

if TYPE_CHECKING:
    from collections.abc import Callable

OURS = "harness"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """
    A call of a library on n float32 elements, on one thread.

    Attributes
    ----------
    library : str
        ``numpy`` or ``torch``.
    function : str
        Such as ``abs``.
    n : int
        Elements of the operand.
    """

    library: str
    function: str
    n: int

    @property
    def setup(self) -> str:
        """What comes before it, as text."""
        draw = f"np.random.default_rng(0).standard_normal({self.n}, dtype=np.float32)"
        if self.library == "numpy":
            return f"import numpy as np; x = {draw}"
        return f"import numpy as np, torch; torch.set_num_threads(1); x = torch.tensor({draw})"

    @property
    def statement(self) -> str:
        """What is timed, as text."""
        return f"{'np' if self.library == 'numpy' else 'torch'}.{self.function}(x)"


def by_harness(call: Call, names: dict[str, Any]) -> float:
    """Return the seconds per iteration of our loop, floor included, as the others have theirs included."""
    empty = floor("", {})
    run = timed_loop(call.statement, "", names)
    contender = Contender(backend=call.library, run=run, floor=empty, subtract=False)
    return round_median(measure([contender], Rules(), Host(), seed=0).rounds[0])


def by_timeit(call: Call, names: dict[str, Any], repeats: int) -> float:
    """Return the median of ``timeit.repeat``, with as many calls as ``autorange`` finds."""
    timer = timeit.Timer(call.statement, globals=names)
    number, _ = timer.autorange()
    return median(timer.repeat(repeats, number)) / number


def by_torch(call: Call, names: dict[str, Any]) -> float:
    """Return the median of ``torch.utils.benchmark``'s blocked autorange on one thread."""
    from torch.utils.benchmark import Timer

    return float(Timer(call.statement, globals=names, num_threads=1).blocked_autorange().median)


def main() -> None:
    """Time the calls by every method, in turn, and print seconds per call and seconds needed."""
    repeats = int(sys.argv[1])
    request = json.load(sys.stdin)
    methods: list[tuple[str, Callable[[Call, dict[str, Any]], float]]] = [
        (OURS, by_harness),
        ("timeit", lambda call, names: by_timeit(call, names, repeats)),
        ("torch.utils.benchmark", by_torch),
    ]
    turn = request["order"] % len(methods)
    found: list[dict[str, tuple[float, float]]] = []
    for fields in request["calls"]:
        call, names = Call(**fields), dict[str, Any]()
        exec(call.setup, names)  # noqa: S102 - a text of this module
        times: dict[str, tuple[float, float]] = {}
        for name, method in (*methods[turn:], *methods[:turn]):
            began = time.perf_counter()
            times[name] = method(call, names), time.perf_counter() - began
        found.append(times)
    json.dump(found, sys.stdout)


def request(calls: tuple[Call, ...], order: int) -> str:
    """Return what `main` takes on its input."""
    return json.dumps({"calls": [asdict(call) for call in calls], "order": order})


if __name__ == "__main__":
    main()
