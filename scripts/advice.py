"""How right advice is, held against what is measured: chains as one function, and sizes between.

    python scripts/advice.py                  # some five minutes; leave the machine alone
    python scripts/advice.py --seconds 10     # a first look

1. A chain of ops takes the sum of its calls and one transfer: off by how much, of the chain as one function?
2. At a size between two that were measured, is the backend that is advised the fastest, and what does it cost
   where it is not? It may be up to 5 % slower than the fastest, which is the margin.
"""

import argparse
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

import harness
from harness.answers.verdict import MARGIN
from harness.functions.result import Result
from harness.units import share

OPS = {"abs": "xp.abs(x)", "sin": "xp.sin(x)", "mean": "xp.mean(x)"}
CHAINS = {
    ("abs", "sin"): "xp.sin(xp.abs(x))",
    ("sin", "mean"): "xp.mean(xp.sin(x))",
    ("abs", "sin", "mean"): "xp.mean(xp.sin(xp.abs(x)))",
}
GRID = [4**power for power in range(4, 12)]
BETWEEN = [2 * n for n in GRID[:-1]]
RIGHT = 0.95
"""Share of sizes at which the advised backend has to be the fastest, or within the margin of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an advice at a size."""

    place: str
    advised: str
    fastest: str
    cost: float
    """By how much the advised backend is slower than the fastest, relatively."""


def chain_errors(
    cells: pd.DataFrame, chains: Mapping[tuple[str, ...], Result]
) -> Iterator[tuple[str, float, bool]]:
    """Yield where a chain was predicted, its relative error, and whether the intervals meet."""
    for ops, measured in chains.items():
        speedups = measured.speedups
        rows = speedups[(speedups["span"] == "round_trip") & speedups["speedup"].notna()]
        for row in rows.itertuples():
            advice = harness.advise(cells, ops, int(row.n))
            choice = next((one for one in advice.choices if one.backend == row.backend), None)
            if choice is not None:
                held = choice.low <= row.high and row.low <= choice.high
                error = math.expm1(abs(math.log(choice.speedup / row.speedup)))
                yield f"{', '.join(ops)} on {row.backend} at {row.n}", error, held


def outcomes(cells: pd.DataFrame) -> Iterator[Outcome]:
    """Yield what became of the advice of the grid at each size between, for one call with its transfers."""
    known = cells[cells["n"].isin(GRID)]
    times = cells[(cells["span"] == "round_trip") & cells["seconds"].notna() & cells["n"].isin(BETWEEN)]
    for (op, n), rows in times.groupby(["op", "n"]):
        seconds = dict(zip(rows["backend"], rows["seconds"], strict=True))
        advice = harness.advise(known, op, int(n))
        advised = advice.best.backend if advice.best else advice.baseline
        fastest = min(seconds, key=seconds.__getitem__)
        cost = seconds[advised] / seconds[fastest] - 1
        yield Outcome(place=f"{op} at {n}", advised=advised, fastest=fastest, cost=cost)


def chain_line(errors: Sequence[tuple[str, float, bool]]) -> str:
    """Return how far chains were off."""
    place, worst, _ = max(errors, key=lambda one: one[1])
    middle, most = np.quantile([error for _, error, _ in errors], [0.5, 0.95]).tolist()
    meet = share(sum(held for *_, held in errors) / len(errors))
    return (
        f"chains: off by {share(middle)} in the middle of {len(errors)}, by {share(most)} in 95 of 100, "
        f"at most {share(worst)} ({place}); {meet} of the intervals meet"
    )


def between_lines(found: Sequence[Outcome]) -> Iterator[str]:
    """Yield at how many sizes the advised backend was right, and where it was not."""
    wrong = [one for one in found if one.cost > MARGIN]
    right = len(found) - len(wrong)
    yield f"between sizes: the fastest, or within {share(MARGIN)} of it, at {right} of {len(found)}"
    for one in wrong:
        yield f"  {one.place}: {one.advised} costs {share(one.cost)} more than {one.fastest}"


def main() -> int:
    """Measure, and print an answer to each question; 1 if the second is no."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=45.0, help="of each function; default 45")
    seconds = parser.parse_args().seconds
    sizes = sorted([*GRID, *BETWEEN])
    results = [harness.measure(text, name=name, sizes=sizes, seconds=seconds) for name, text in OPS.items()]
    cells = pd.concat([result.frame for result in results], ignore_index=True)
    chains = {
        names: harness.measure(text, name=" ".join(names), sizes=GRID, seconds=seconds)
        for names, text in CHAINS.items()
    }
    found = list(outcomes(cells))
    lines = [chain_line(list(chain_errors(cells, chains))), *between_lines(found)]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if sum(one.cost <= MARGIN for one in found) >= RIGHT * len(found) else 1


if __name__ == "__main__":
    sys.exit(main())
