"""What the method is to reach, measured on this machine as it is: time, what is decided, and how rightly.

The runs are made one after another into a folder of their own, the reference of many rounds last; each figure
is of these runs alone. Example:

    python scripts/aims.py --reference 40
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

import harness
from harness.answers.kinds import ONE_THREAD, SEVERAL_THREADS
from harness.answers.speedup import log_ratios
from harness.model import WAITED_FOR, State, Verdict
from harness.store.op_files import read_cost
from harness.store.runs import Run, read_runs

PROJECT = Path(__file__).parent.parent
KEY = ["op", "backend", "n", "dtype", "span"]
PLANTED = 1.1
COMPARED = ("abs", "mean", "backward")
"""Ops of the comparison of two equal runs, up to `COMPARED_SIZE` elements."""
COMPARED_SIZE = 4**8


class Line(NamedTuple):
    """One line of the table."""

    what: str
    measured: str
    aim: str


class Timed(NamedTuple):
    """A run, and the seconds until its answer and until its end."""

    run: Run
    cells: pd.DataFrame
    answer: float
    end: float


def main() -> int:
    """Make the runs, and print what they reached."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--reference", type=int, metavar="ROUNDS", help="also make a reference of so many rounds"
    )
    parser.add_argument(
        "--results", type=Path, help="where the runs go, and stay; default a temporary folder"
    )
    parser.add_argument("--small", action="store_true", help="one op and few sizes, to try the script itself")
    options = parser.parse_args()
    few = ("--op", "abs", "--max-size", "1024") if options.small else ()
    with tempfile.TemporaryDirectory(prefix="harness-aims-") as temporary:
        results = options.results or Path(temporary)
        quick = _run(results, "--quick", *few)
        first, second = _run(results, *few), _run(results, *few)
        sin = _run(results, "--op", "sin", *few[2:])
        lines = [
            *of_quick(quick),
            *of_default(first),
            *of_two(first, second),
            _wall("sin alone", sin, "20 s"),
        ]
        if options.reference:
            reference = _run(results, "--rounds", str(options.reference), *few)
            lines += against(reference, first, second)
    sys.stdout.write("| | measured | aim |\n|---|---|---|\n")
    sys.stdout.writelines(f"| {line.what} | {line.measured} | {line.aim} |\n" for line in lines)
    return 0


def _run(results: Path, *words: str) -> Timed:
    """Measure by the command line, and return the run."""
    sys.stderr.write(f"harness run {' '.join(words)}\n")
    began = time.perf_counter()
    command = [
        sys.executable,
        "-c",
        "from harness.cli.app import main; main()",
        "run",
        "--results",
        str(results),
    ]
    done = subprocess.run([*command, *words], cwd=PROJECT, check=True, stdout=subprocess.PIPE, text=True)
    end = time.perf_counter() - began
    run = max(read_runs(results), key=lambda run: run.id)
    said = re.search(r"^(\d+) s to the answer", done.stdout, re.MULTILINE)
    if said is None:
        raise ValueError(f"harness run does not say what its answer took: {done.stdout}")
    return Timed(run, harness.load(results, machine=run.machine, run=run.id), float(said[1]), end)


def _wall(what: str, timed: Timed, aim: str) -> Line:
    """Return how long the answer of a run took."""
    return Line(f"{what}, wall to the answers (to the end)", f"{timed.answer:.0f} s ({timed.end:.0f} s)", aim)


def of_quick(timed: Timed) -> Iterator[Line]:
    """Yield what a quick run reached."""
    yield _wall("`--quick`", timed, "45 s")
    yield _decided("`--quick`", timed, "80 %")
    yield _undecided("`--quick`", timed, "6")


def of_default(timed: Timed) -> Iterator[Line]:
    """Yield what a default run reached."""
    yield _wall("default", timed, "150 s")
    yield _decided("default", timed, "90 %")
    yield _undecided("default", timed, "2")
    ratios = _ratios(timed)
    half = np.sqrt(ratios["high"] / ratios["low"]) - 1
    for kind, name, aim in ((ONE_THREAD, "one thread", "5 %"), (SEVERAL_THREADS, "several threads", "10 %")):
        yield Line(
            f"half-width of an interval, {name}, median", f"{half[ratios['kind'] == kind].median():.1%}", aim
        )
    cost = read_cost(timed.run)
    yield Line("process starts, share of the wall", f"{cost['starts'] / timed.answer:.1%}", "5 %")
    yield Line(
        "timed blocks, share of the rounds' wall",
        f"{cost['timed'] / (cost['wall'] - cost['starts']):.0%}",
        "40 %",
    )
    marked = [(marks & np.isfinite(seconds)).sum() for marks, seconds in _passes(timed.cells)]
    passes = [np.isfinite(seconds).sum() for _marks, seconds in _passes(timed.cells)]
    yield Line("passes that other work disturbed", f"{sum(marked) / sum(passes):.0%}", "")


def of_two(first: Timed, second: Timed) -> Iterator[Line]:
    """Yield what a comparison of two equal runs says, and of one that is 10 % slower in truth."""
    a, b = (_compared(timed.cells) for timed in (first, second))
    equal = harness.compare(a, b)
    judged = equal[equal["ratio"].notna()]
    yield Line(
        "two equal runs compared, cells unsure; false",
        f"{(judged['verdict'] == Verdict.UNSURE).mean():.0%}; "
        f"{judged['verdict'].isin([Verdict.FASTER, Verdict.SLOWER]).mean():.1%}",
        "50 %; 1 %",
    )
    slowed = harness.compare(
        a, b.assign(round_seconds=[[PLANTED * t for t in times] for times in b["round_seconds"]])
    )
    found = slowed["verdict"] == Verdict.SLOWER
    threaded = slowed["backend"].isin(["torch-cpu"])
    timed = slowed["ratio"].notna()
    yield Line(
        "10 % planted between two default runs, found; one thread, all threads",
        f"{found[timed & ~threaded].mean():.0%}; {found[timed & threaded].mean():.0%}",
        "90 %; 60 %",
    )


def against(reference: Timed, *others: Timed) -> Iterator[Line]:
    """Yield how right verdicts and intervals are, held against a run of many rounds."""
    known = _ratios(reference)[[*KEY, "speedup", "verdict"]]
    both = pd.concat([_ratios(other).merge(known, on=KEY, suffixes=("", "_known")) for other in others])
    both = both[both["speedup"].notna() & both["speedup_known"].notna()]
    sides = [Verdict.FASTER, Verdict.SLOWER]
    decided = both[(both["verdict"] != Verdict.UNSURE) & (both["verdict_known"] != Verdict.UNSURE)]
    opposite = decided["verdict"].isin(sides) & decided["verdict_known"].isin(sides)
    wrong = opposite & (decided["verdict"] != decided["verdict_known"])
    other = decided["verdict"] != decided["verdict_known"]
    held = (both["low"] <= both["speedup_known"]) & (both["speedup_known"] <= both["high"])
    yield Line(
        f"verdicts against {reference.cells['rounds'].max()} rounds, opposite; other in any way",
        f"{wrong.mean():.1%}; {other.mean():.1%} of {len(decided)}",
        "1 %",
    )
    yield Line(
        "default intervals that hold the reference's value", f"{held.mean():.0%} of {len(both)}", "93 %"
    )


def _ratios(timed: Timed) -> pd.DataFrame:
    """Return the speedups of a run with the figures behind them, of the spans that a user waits for."""
    ratios = log_ratios(timed.cells, "numpy")
    return ratios[ratios["speedup"].notna() & ratios["span"].isin(list(map(str, WAITED_FOR)))]


def _decided(what: str, timed: Timed, aim: str) -> Line:
    """Return how many cells have a verdict."""
    verdicts = _ratios(timed)["verdict"]
    return Line(
        f"cells decided, {what}", f"{(verdicts != Verdict.UNSURE).mean():.0%} of {len(verdicts)}", aim
    )


def _undecided(what: str, timed: Timed, aim: str) -> Line:
    """Return how many curves are undecided."""
    crossovers = harness.crossover(timed.cells)
    curves = crossovers.groupby(["op", "backend", "dtype", "span"])["state"].first()
    curves = curves[[key[1] in set(_ratios(timed)["backend"]) for key in curves.index]]
    return Line(f"curves undecided, {what}", f"{(curves == State.UNDECIDED).sum()} of {len(curves)}", aim)


def _compared(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the cells of the comparison."""
    return cells[cells["op"].isin(COMPARED) & (cells["n"] <= COMPARED_SIZE)]


def _passes(cells: pd.DataFrame) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the marks and the seconds of the passes of every cell that has any."""
    for marks, seconds in zip(cells["pass_marked"], cells["pass_seconds"], strict=True):
        if seconds:
            yield np.array(marks), np.array(seconds)


if __name__ == "__main__":
    sys.exit(main())
