"""Whether a function that is handed over costs its own call, and nothing for having been carried.

Three questions, a line each; ends with 1 if one is answered with no. Leave the machine alone; some minutes.

    python scripts/own_functions.py
    python scripts/own_functions.py --seconds 30 --sizes 16,1024    # a first look

1. A library's own function costs what a text costs that calls it by a name: 1.00 within 2 % at n = 16.
   (``np.abs(x)`` looks its name up in the library at each call, some 50 ns, which a function does not.)
2. A def costs what timeit reads of it: its call, and no wrapper around it.
3. The ops of the tutorial that are plain functions, handed over, read as they do in a run, in 95 % of cells.
"""

import argparse
import math
import sys
import tempfile
import timeit
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import harness
from harness.asv.catalogue import declared_ops
from harness.asv.machine_name import known_machine
from harness.model import Op
from harness.runs.job import new_job
from harness.runs.lifecycle import finish
from harness.runs.measure import measure_run
from harness.runs.settings import Settings, checked
from harness.store.frame import frame
from harness.units import ratio
from harness.workers.parents import Parents

NEAR = 0.02
"""By which a ratio may be off 1, if its interval does not reach as far."""
SHARE = 0.95
"""Of cells that have to agree."""
SIZES = (16, 256, 4096, 65536)
BACKENDS = ("numpy", "torch-cpu")
PLAIN = ("abs", "sin", "mean", "mm", "mean_square")
"""The ops that are plain functions; the others record a graph or move an array, which no function does."""
REPEATS, NUMBER = 15, 20000
"""Of timeit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """One time over another, with its interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{ratio(self.value)} ({ratio(self.low)} to {ratio(self.high)})"


def is_near(one: Ratio, most: float = NEAR) -> bool:
    """Return whether a ratio is 1 within a share, or its interval has a value that is."""
    return one.low <= 1 + most and one.high >= 1 - most


def over(one: Ratio, other: Ratio) -> Ratio:
    """Return a ratio over another, as if their errors had nothing to do with one another."""
    centre = math.log(one.value / other.value)
    half = math.hypot(*(math.log(each.high / each.low) / 2 for each in (one, other)))
    return Ratio(value=math.exp(centre), low=math.exp(centre - half), high=math.exp(centre + half))


def agreeing(pairs: Sequence[tuple[Ratio, Ratio]]) -> float:
    """Return the share of pairs that differ by no more than their intervals; NaN without any."""
    if not pairs:
        return math.nan
    return sum(is_near(over(one, other), 0.0) for one, other in pairs) / len(pairs)


def spread(values: Sequence[float]) -> Ratio:
    """Return the median of some values with the middle 80 % of them."""
    low, high = np.quantile(values, [0.1, 0.9])
    return Ratio(value=median(values), low=float(low), high=float(high))


def speedups(cells: Any, baseline: str) -> dict[tuple[str, int], Ratio]:  # noqa: ANN401 - a data frame
    """Return the speedups of calls by backend and size, of those that have one."""
    told = harness.speedup(cells, baseline)
    calls = told[(told["span"] == "call") & told["speedup"].notna()]
    return {
        (str(row.backend), int(row.n)): Ratio(value=row.speedup, low=row.low, high=row.high)
        for row in calls.itertuples()
    }


def of_text_and_call(spend: float) -> Ratio:
    """Return the time of a text over that of the library's function that it calls."""
    result = harness.measure(
        text="absolute(x)",
        call=np.abs,
        setup="from numpy import absolute",
        on="numpy",
        sizes=[16],
        seconds=spend,
        name="text and call",
    )
    return speedups(result.frame, "text@numpy")["call@numpy", 16]


def own(x: Any) -> Any:  # noqa: ANN401 - an array
    """Return what a function of a user's does."""
    return np.abs(x)


def of_def(spend: float) -> tuple[Ratio, Ratio]:
    """Return a def's time over its text's: as it is measured here, and as timeit reads it."""
    result = harness.measure(
        of_def=own, text="np.abs(x)", on="numpy", sizes=[16], seconds=spend, name="def and text"
    )
    measured = speedups(result.frame, "of_def@numpy")["text@numpy", 16]
    x = np.random.default_rng(0).standard_normal(16, dtype=np.float32)
    names = {"own": own, "np": np, "x": x}
    ratios = []
    for _ in range(REPEATS):
        of_own, of_text = (
            timeit.timeit(call, globals=names, number=NUMBER) for call in ("own(x)", "np.abs(x)")
        )
        ratios.append(of_own / of_text)
    return measured, spread(ratios)


def of_ops(spend: float, sizes: Sequence[int]) -> list[tuple[Ratio, Ratio]]:
    """Return speedups of ops in a run, and of the same texts handed over, by cell."""
    declared = declared_ops(Path(__file__).parents[1])
    pairs: list[tuple[Ratio, Ratio]] = []
    for name in PLAIN:
        op = declared[name]
        in_a_run = of_declared(replace(op, sizes=tuple(sizes)), spend)
        result = harness.measure(
            numpy=op.spelling["numpy"],
            torch=op.spelling["torch"],
            inputs=matrices if op.square else None,
            on=BACKENDS,
            sizes=sizes,
            seconds=spend,
            name=name,
        )
        handed_over = speedups(result.frame, "numpy")
        pairs += [(in_a_run[cell], handed_over[cell]) for cell in in_a_run.keys() & handed_over.keys()]
    return pairs


def matrices(n: int, rng: np.random.Generator) -> tuple[Any, Any]:
    """Return two square matrices of so many elements."""
    shape = (math.isqrt(n),) * 2
    one, other = (rng.standard_normal(shape, dtype=np.float32) for _ in range(2))
    return one, other


def of_declared(op: Op, spend: float) -> Mapping[tuple[str, int], Ratio]:
    """Return the speedups of an op by its declared texts, as `harness run` measures them."""
    settings = checked(Settings(backends=BACKENDS, seconds=spend))
    with tempfile.TemporaryDirectory() as results:
        job = new_job(results=Path(results), project=Path.cwd(), machine=known_machine(), settings=settings)
        with Parents(settings.hang_limit, settings.start) as parents:
            measure_run(job, [op], parents)
        return speedups(frame([finish(job.folder, stopped=False)]), "numpy")


def main() -> int:
    """Measure, print a line per question, and return how many were answered with no."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="of each measurement")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="of the ops")
    asked = parser.parse_args()
    call = of_text_and_call(asked.seconds)
    _tell(f"a library's function as a text that calls it: {call}, wanted 1 within {NEAR:.0%}", is_near(call))
    measured, by_timeit = of_def(asked.seconds)
    same = is_near(over(measured, by_timeit))
    _tell(f"a def over its text: {measured}, by timeit {by_timeit}", same)
    pairs = of_ops(asked.seconds, [int(n) for n in asked.sizes.split(",")])
    share = agreeing(pairs)
    _tell(f"ops handed over and in a run agree in {share:.0%} of {len(pairs)} cells", share >= SHARE)
    return int(not (is_near(call) and same and share >= SHARE))


def _tell(found: str, passed: bool) -> None:  # noqa: FBT001 - the answer to a question
    """Print what was found and whether it is what was wanted."""
    sys.stdout.write(f"{found}: {'yes' if passed else 'NO'}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
