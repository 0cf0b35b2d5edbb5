"""What timeit, torch.utils.benchmark and pyperf read on the harness's calls, and how long they need.

Prints a line per timer, and ends with 1 if one of them reads something else. All calls take about 6 minutes.
timeit is asked for CPU seconds, too: what it reads more in seconds is what other work took of the processor.
pyperf comes with the extra ``test``. Run in the project's folder; a single call for a first look:

    python scripts/peers.py
    python scripts/peers.py --library numpy --function abs --size 1024 --repeats 1
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
import timeit
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from harness.machine.host_counters import Host
from harness.statistics.means import differences_of, means_of
from harness.statistics.multiple_comparisons import agreeing_share
from harness.timing.contender import Contender
from harness.timing.loop import floor, timed_loop
from harness.timing.noise import round_median
from harness.timing.rules import Rules
from harness.timing.sampling import measure
from harness.units import interval, ratio, seconds

OURS = "harness"
LIBRARIES, FUNCTIONS, SIZES = ("numpy", "torch"), ("abs", "sin", "mean"), (16, 1024, 65536)
BAND = 0.03
"""Relative difference that no interval has to tell, and that all calls together may have."""
ROUNDS = 3
"""Processes of each timer."""
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_LIMIT = 900.0  # seconds after which a process hangs
Names = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of a library's function on n float32 elements, on one thread."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one timer read of one call, per process, and the seconds that this took."""

    medians: tuple[float, ...]
    needed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How a timer's readings compare with the harness's."""

    timer: str
    share: float
    """Of the calls, those that differ by no more than 3 % and chance explain."""
    furthest: str
    over: float
    """Its times over the harness's, geometric mean; wide intervals agree with anything, this does not."""
    needed: float
    ours_needed: float

    @property
    def passed(self) -> bool:
        """Whether the two read the same."""
        return self.share == 1.0 and abs(self.over - 1) <= BAND


def main() -> int:
    """Time the calls by every timer and print how they compare; return whether one reads something else."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--library", nargs="+", default=LIBRARIES, choices=LIBRARIES)
    parser.add_argument("--function", nargs="+", default=FUNCTIONS, help="names that both libraries have")
    parser.add_argument("--size", nargs="+", type=int, default=SIZES, help="elements of the operand")
    parser.add_argument("--repeats", type=int, default=5, help="of timeit")
    parser.add_argument(
        "--first", type=int, help="be one process that times calls from the input, this timer first"
    )
    options = parser.parse_args()
    if options.first is not None:
        calls = [Call(**fields) for fields in json.load(sys.stdin)]
        json.dump([times(call, options.first, options.repeats) for call in calls], sys.stdout)
        return 0
    calls = [
        Call(library=library, function=function, n=n)
        for function, n, library in product(options.function, options.size, options.library)
    ]
    agreements = compared(calls, options.repeats)
    sys.stdout.writelines(f"{line}\n" for line in table(agreements, len(calls)))
    return int(not all(agreement.passed for agreement in agreements))


def table(agreements: Sequence[Agreement], calls: int) -> list[str]:
    """Return a line per timer, below a head."""
    head = ("", "timer", f"of {calls} calls agree", "time/harness", "needed", "needed/harness", "furthest")
    rows = [
        (
            "ok" if row.passed else "FAIL",
            row.timer,
            f"{100 * row.share:.0f} %",
            ratio(row.over),
            seconds(row.needed),
            ratio(row.needed / row.ours_needed),
            row.furthest,
        )
        for row in agreements
    ]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, *rows)
    ]


def compared(calls: Sequence[Call], repeats: int) -> list[Agreement]:
    """Time calls by the harness and every other timer, in several processes."""
    text = json.dumps([asdict(call) for call in calls])
    processes: list[list[dict[str, tuple[float, float]]]] = []
    for order in range(ROUNDS):
        say(f"{len(calls)} calls by {len(METHODS)} timers in turn, process {order + 1} of {ROUNDS}")
        words = [str(Path(__file__)), "--first", str(order % len(METHODS)), "--repeats", str(repeats)]
        processes.append(json.loads(python(words, text)))
    readings = {
        timer: [
            Reading(
                medians=tuple(process[index][timer][0] for process in processes),
                needed=sum(process[index][timer][1] for process in processes),
            )
            for index in range(len(calls))
        ]
        for timer in METHODS
    }
    ours = readings.pop(OURS)
    agreements = [agreement(timer, calls, ours, other, paired=True) for timer, other in readings.items()]
    if find_spec("pyperf") is None:
        say("pyperf is left out, since it is not installed; `pip install '.[test]'`")
        return agreements
    say(f"{len(calls)} calls by pyperf")
    by_itself = [by_pyperf(call) for call in calls]
    return [*agreements, agreement("pyperf", calls, ours, by_itself, paired=False)]


def agreement(
    timer: str, calls: Sequence[Call], ours: Sequence[Reading], other: Sequence[Reading], *, paired: bool
) -> Agreement:
    """
    Return on how many calls another timer agrees with the harness, and how it does over all of them.

    Paired are timers that took turns in the same processes, so that what a process does to both cancels.
    """
    logs, own = (np.log([reading.medians for reading in readings]) for readings in (other, ours))
    means = means_of(logs - own) if paired else differences_of(means_of(own), means_of(logs))
    worst = int(np.argmax(np.abs(means.centre)))
    call, log, half = calls[worst], means.centre[worst], means.half_width()[worst]
    furthest = f"{ratio(math.exp(log))}{interval(math.exp(log - half), math.exp(log + half))}"
    return Agreement(
        timer=timer,
        share=agreeing_share(means.centre, means.error, means.freedom, BAND),
        furthest=f"{call.statement} at {call.n}: {furthest}",
        over=math.exp(means.centre.mean()),
        needed=sum(reading.needed for reading in other),
        ours_needed=sum(reading.needed for reading in ours),
    )


def times(call: Call, first: int, repeats: int) -> dict[str, tuple[float, float]]:
    """Return the seconds per call and the seconds needed of each timer, which take turns in this process."""
    names: Names = {}
    exec(call.setup, names)  # noqa: S102 - a text of this module
    readings = {}
    for timer in (*list(METHODS)[first:], *list(METHODS)[:first]):
        began = time.perf_counter()
        readings[timer] = METHODS[timer](call, names, repeats), time.perf_counter() - began
    return readings


def by_harness(call: Call, names: Names, _repeats: int) -> float:
    """Return the seconds per iteration of our loop, floor included, as the others have theirs included."""
    run = timed_loop(call.statement, "", names)
    contender = Contender(backend=call.library, run=run, floor=floor("", {}), subtract=False)
    return round_median(measure([contender], Rules(), Host(), seed=0).rounds[0])


def by_timeit(call: Call, names: Names, repeats: int) -> float:
    """Return the median of ``timeit.repeat``, with as many calls as ``autorange`` finds."""
    timer = timeit.Timer(call.statement, globals=names)
    number, _ = timer.autorange()
    return median(timer.repeat(repeats, number)) / number


def by_cpu_time(call: Call, names: Names, repeats: int) -> float:
    """Return the same in CPU seconds, which leave out what other work took of the processor meanwhile."""
    timer = timeit.Timer(call.statement, timer=time.process_time, globals=names)
    number, _ = timer.autorange()
    return median(timer.repeat(repeats, number)) / number


def by_torch(call: Call, names: Names, _repeats: int) -> float:
    """Return the median of ``torch.utils.benchmark``'s blocked autorange on one thread."""
    from torch.utils.benchmark import Timer

    return float(Timer(call.statement, globals=names, num_threads=1).blocked_autorange().median)


METHODS: Mapping[str, Callable[[Call, Names, int], float]] = {
    OURS: by_harness,
    "timeit": by_timeit,
    "timeit-cpu": by_cpu_time,
    "torch.utils.benchmark": by_torch,
}
"""The timers that can take turns in one process."""


def by_pyperf(call: Call) -> Reading:
    """Return what ``pyperf timeit`` reads of a call, in processes of its own."""
    import pyperf

    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="harness-peers-") as folder:
        path = Path(folder) / "pyperf.json"
        words = ["-m", "pyperf", "timeit", "--quiet", "--processes", str(ROUNDS), "--values", "3"]
        words += ["--inherit-environ", ",".join((*_THREADS, "PYTHONPATH")), "--output", str(path)]
        python([*words, "--setup", call.setup, call.statement])
        runs = pyperf.Benchmark.load(str(path)).get_runs()
    medians = tuple(median(run.values) for run in runs if run.values)
    return Reading(medians=medians, needed=time.perf_counter() - began)


def python(words: Sequence[str], text: str = "") -> str:
    """Run this interpreter on one thread and return its output."""
    environment = os.environ | dict.fromkeys(_THREADS, "1")
    try:
        done = subprocess.run(
            [sys.executable, *words],
            input=text,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=_LIMIT,
        )
    except subprocess.TimeoutExpired as error:
        raise SystemExit(f"{words[0]} took longer than {_LIMIT:g} s; is the machine busy?") from error
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise SystemExit(f"{words[0]} failed: {last}") from error
    return done.stdout


def say(line: str) -> None:
    """Tell on the error output what is being done."""
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
