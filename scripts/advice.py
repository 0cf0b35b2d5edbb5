"""How right advice is, held against what is measured: sizes between, and chains as one function.

    python scripts/advice.py                             # some ten minutes
    python scripts/advice.py --seconds 20 --rounds 10    # a first look

1. At a size between two that were measured, is the backend that is advised the fastest, and what does it cost
   where it is not? It may be up to 5 % slower than the fastest, which is the margin. Which one that is tells
   another measurement, of many rounds and at those sizes alone.
2. By how much do the predicted speedups miss those of that measurement?
3. A chain of ops takes the sum of its calls and one transfer: off by how much, of the chain as one function?
"""

import argparse
import math
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import harness
from harness.advice.ratio_curve import is_spoiled
from harness.advice.score import overtaken, score
from harness.answers.verdict import MARGIN
from harness.asv.machine_name import known_machine
from harness.functions.contest import contest
from harness.functions.measure import DEFAULT_SECONDS
from harness.functions.result import Result
from harness.model import EVERY, Op
from harness.runs.job import new_job
from harness.runs.lifecycle import finish
from harness.runs.measure import measure_run
from harness.runs.settings import MOST_SECONDS
from harness.spellings.contenders import op_of
from harness.store.frame import frame
from harness.units import share
from harness.workers.parents import FOR_FUNCTIONS, Parents

OPS = {"abs": "xp.abs(x)", "sin": "xp.sin(x)", "mean": "xp.mean(x)", "mm": "xp.matmul(a, b)"}
CHAINS = {
    ("abs", "sin"): "xp.sin(xp.abs(x))",
    ("sin", "mean"): "xp.mean(xp.sin(x))",
    ("abs", "sin", "mean"): "xp.mean(xp.sin(xp.abs(x)))",
}
GRID = [4**power for power in range(4, 12)]
BETWEEN = [math.isqrt(2 * n) ** 2 for n in GRID[:-1]]
"""Half-way between two sizes each; squares, since the elements of a matrix are."""
LARGEST = {"mm": GRID[5]}
"""A product of larger matrices takes longer than all else."""
CALLS = (1, 10)
"""Per transfer."""
RIGHT = 0.95
"""Share of sizes at which the advised backend has to be the fastest, or within the margin of it."""
MOST_COST = 0.1
"""What it may cost at the others, relatively."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an advice."""

    place: str
    advised: str
    fastest: str
    cost: float
    """By how much the advised backend is slower than the fastest, relatively."""
    told: bool
    """Whether the advice says that other work spoiled the times of the fastest."""


def outcomes(cells: pd.DataFrame, reference: pd.DataFrame) -> Iterator[Outcome]:
    """Yield what became of the advice of cells at each op, size and number of calls of the reference."""
    for (op, n), rows in reference.groupby(["op", "n"]):
        for calls in CALLS:
            truth = harness.advise(rows, op, int(n), calls)
            speedups = {truth.baseline: 1.0, **{one.backend: one.speedup for one in truth.choices}}
            advice = harness.advise(cells, op, int(n), calls)
            advised = advice.advised.backend if advice.advised else advice.baseline
            fastest = max(speedups, key=speedups.__getitem__)
            yield Outcome(
                place=f"{op} at {n}, {calls} calls per transfer",
                advised=advised,
                fastest=fastest,
                cost=speedups[fastest] / speedups[advised] - 1,
                told=fastest in advice.spoiled,
            )


def outcome_lines(found: Sequence[Outcome]) -> Iterator[str]:
    """Yield how often the advised backend was right, and where it was not."""
    wrong = [one for one in found if one.cost > MARGIN]
    right = len(found) - len(wrong)
    yield f"between sizes: the fastest, or within {share(MARGIN)} of it, in {right} of {len(found)} cases"
    for one in sorted(wrong, key=lambda one: -one.cost):
        unknown = ", spoiled by other work, as is said" if one.told else ""
        yield f"  {one.place}: {one.advised} costs {share(one.cost)} more than {one.fastest}{unknown}"


def is_right(found: Sequence[Outcome]) -> bool:
    """Return whether advice is right often enough, and never dear where it is not."""
    return (
        sum(one.cost <= MARGIN for one in found) >= RIGHT * len(found)
        and max(one.cost for one in found) <= MOST_COST
    )


def error_lines(cells: pd.DataFrame, reference: pd.DataFrame) -> Iterator[str]:
    """Yield by how much predicted speedups miss the reference's, a line per op and span."""
    told = overtaken([harness.speedup(cells), harness.speedup(reference)])
    for (op, span), rows in told.groupby(["op", "span"], sort=False):
        of_span = score(rows)
        yield (
            f"  {op}, {span}: off by {share(of_span.median)} in the middle of {of_span.predictions}, "
            f"by {share(of_span.most)} in 95 of 100; {share(of_span.held)} of the intervals hold it"
        )


def chain_errors(
    cells: pd.DataFrame, chains: Mapping[tuple[str, ...], Result]
) -> Iterator[tuple[str, float, bool]]:
    """Yield where a chain was predicted, its relative error, and whether the intervals meet."""
    for ops, measured in chains.items():
        speedups = measured.speedups[~is_spoiled(measured.speedups)]
        rows = speedups[(speedups["span"] == "round_trip") & speedups["speedup"].notna()]
        for row in rows.itertuples():
            advice = harness.advise(cells, ops, int(row.n))
            choice = next((one for one in advice.choices if one.backend == row.backend), None)
            if choice is not None:
                held = choice.low <= row.high and row.low <= choice.high
                error = math.expm1(abs(math.log(choice.speedup / row.speedup)))
                yield f"{', '.join(ops)} on {row.backend} at {row.n}", error, held


def chain_line(errors: Sequence[tuple[str, float, bool]]) -> str:
    """Return how far chains were off."""
    place, worst, _ = max(errors, key=lambda one: one[1])
    middle, most = np.quantile([error for _, error, _ in errors], [0.5, 0.95]).tolist()
    meet = share(sum(held for *_, held in errors) / len(errors))
    return (
        f"chains: off by {share(middle)} in the middle of {len(errors)}, by {share(most)} in 95 of 100, "
        f"at most {share(worst)} ({place}); {meet} of the intervals meet"
    )


def matrices(n: int, rng: np.random.Generator) -> tuple[Any, Any]:
    """Return two square matrices of so many elements."""
    one, other = (rng.standard_normal((math.isqrt(n),) * 2) for _ in range(2))
    return one, other


def ordinary(seconds: float) -> pd.DataFrame:
    """Measure each op as whoever asks for advice does: a range of sizes, and more where curves cross."""
    results = [
        harness.measure(
            text,
            name=name,
            sizes=f"{GRID[0]}:{LARGEST.get(name, GRID[-1])}",
            seconds=seconds,
            inputs=matrices if name == "mm" else None,
            dtype="float32",
        )
        for name, text in OPS.items()
    ]
    return pd.concat([result.frame for result in results], ignore_index=True)


def of_many_rounds(rounds: int) -> pd.DataFrame:
    """Measure all ops at the sizes between, each round in a process of its own."""
    ops = [_between(name, text) for name, text in OPS.items()]
    settings = replace(contest(ops[0], None, MOST_SECONDS).settings, rounds=rounds, seconds=None)
    with tempfile.TemporaryDirectory() as results:
        job = new_job(results=Path(results), project=Path.cwd(), machine=known_machine(), settings=settings)
        with Parents(settings.hang_limit, settings.start, FOR_FUNCTIONS) as parents:
            measure_run(job, ops, parents)
        return frame([finish(job.folder, stopped=False)])


def _between(name: str, text: str) -> Op:
    """Return an op at the sizes between those of the grid."""
    return op_of(
        {EVERY: text},
        name=name,
        sizes=[n for n in BETWEEN if n < LARGEST.get(name, GRID[-1])],
        inputs=matrices if name == "mm" else None,
        dtype="float32",
    )


def main() -> int:
    """Measure, and print an answer to each question; 1 if advice is wrong too often, or dearly."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--seconds", type=float, default=DEFAULT_SECONDS, help="of each function; default %(default)s"
    )
    parser.add_argument("--rounds", type=int, default=40, help="of the reference; default %(default)s")
    asked = parser.parse_args()
    cells = ordinary(asked.seconds)
    reference = of_many_rounds(asked.rounds)
    chains = {
        names: harness.measure(text, name=" ".join(names), sizes=GRID, seconds=asked.seconds)
        for names, text in CHAINS.items()
    }
    found = list(outcomes(cells, reference))
    lines = [
        *outcome_lines(found),
        *error_lines(cells, reference),
        chain_line(list(chain_errors(cells, chains))),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if is_right(found) else 1


if __name__ == "__main__":
    sys.exit(main())
