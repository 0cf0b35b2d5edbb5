"""Time to answer against error of the answer: the harness at several budgets, and what else times functions.

Every tool says of the same calls how many times faster than NumPy Torch is, several times and in shuffled
order, between two long runs of the harness that are the reference. Prints a table and where the harness is
beaten, writes all readings as JSON, and draws docs/frontier.svg. Needs about an hour of a machine left alone:

    python scripts/frontier.py
    python scripts/frontier.py --small
    python scripts/frontier.py --read build/frontier.json
"""

import argparse
import math
import os
import platform
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

from harness.asv.catalogue import asked_ops
from harness.figures.run_figures import to_svg
from harness.units import share, size
from scripts.frontier_figure import frontier_figure
from scripts.frontier_readings import Sitting, read, write
from scripts.frontier_score import (
    OFF,
    OURS,
    Reading,
    Reference,
    Summary,
    peers_median,
    percent,
    reference_of,
    scored,
    summaries,
    table,
    verdicts,
)
from scripts.frontier_timers import TIMERS
from scripts.frontier_tools import ASV, PROJECT, by_asv, by_harness, by_timer

PLAIN = ("sin", "abs", "mm", "mean", "mean_square")
"""Ops that are one expression of arrays in both libraries, so that any timer can be given them."""
BUDGETS = (10, 20, 40, 80)
SMALL = {"op": ["abs"], "max_size": 16, "budgets": [], "rounds": 2, "repeats": 1, "within": math.inf}
"""What a first look has instead of the defaults; two rounds tell too little to leave a cell out for."""
Tools = Mapping[str, Callable[[], Reading]]


def main() -> int:
    """Measure, or read what was measured, and print and draw what it says."""
    options = _options()
    if options.read:
        sitting = read(options.read)
    else:
        sitting = measured(options)
        write(sitting, options.output)
        _say(f"all readings: {options.output}")
    found, reference = judged(sitting, options.within)
    lines = [*table(found), "", *verdicts(found), "", *remarks(sitting, reference)]
    sys.stdout.writelines(f"{line}\n" for line in lines)
    options.figure.parent.mkdir(parents=True, exist_ok=True)
    options.figure.write_bytes(to_svg(frontier_figure(found, reference, caption(sitting))))
    _say(f"figure: {options.figure}")
    return 0


def measured(options: argparse.Namespace) -> Sitting:
    """Let every tool measure, in an order drawn anew for each repeat, between two references."""
    ops = asked_ops(PROJECT, options.op)
    sizes = [4**power for power in range(2, 16) if options.min_size <= 4**power <= options.max_size]
    budgets: dict[str, list[str]] = {f"{OURS} --quick": ["--quick"], OURS: []}
    budgets |= {f"{OURS} --seconds {budget:g}": [f"--seconds={budget:g}"] for budget in options.budgets}
    if options.small:
        del budgets[OURS]
    tools: Tools = {
        **{tool: partial(by_harness, ops, sizes, tool, words) for tool, words in budgets.items()},
        **{tool: partial(by_timer, ops, sizes, tool) for tool in TIMERS},
        ASV: partial(by_asv, ops, sizes, ASV),
    }
    reference = partial(by_harness, ops, sizes, "reference", [f"--rounds={options.rounds}"])
    begin = datetime.now(UTC).isoformat(timespec="seconds")
    before = _told("reference before", reference)
    readings, failures = _in_turn(tools, options.repeats)
    after = _told("reference after", reference)
    facts = {
        "begin": begin,
        "end": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
        "versions": {name: version(name) for name in ("numpy", "torch", "asv")},
        "ops": [op.name for op in ops],
        "sizes": sizes,
        "rounds": options.rounds,
        "repeats": options.repeats,
        "failures": failures,
    }
    return Sitting(facts=facts, before=before, after=after, readings=tuple(readings))


def judged(sitting: Sitting, within: float = OFF) -> tuple[list[Summary], Reference]:
    """Return how every tool did, the quickest first, and the reference."""
    reference = reference_of(sitting.before, sitting.after, within)
    peers = peers_median(sitting.readings)
    scores = [scored(reading, reference.speedups, peers) for reading in sitting.readings]
    return sorted(summaries(scores), key=lambda own: own.middle("seconds")), reference


def remarks(sitting: Sitting, reference: Reference) -> list[str]:
    """Return what must be known to read the table."""
    known = [run.disturbed for run in (sitting.before, *sitting.readings, sitting.after)]
    known = [value for value in known if not math.isnan(value)]
    judged_against = (
        f"{len(reference.speedups)} cells are judged, against the mean of two harness runs of "
        f"{sitting.facts['rounds']} rounds, before and after: it is known to {percent(reference.own_error)} "
        f"(root mean square), half an interval of one of them is {percent(reference.half_width)} (median); "
        f"{reference.left_out} cells are left out, since the two do not say well enough what is true"
    )
    busy = f"other work disturbed {share(min(known))} to {share(max(known))} of the samples of a harness run"
    return [judged_against, busy, *sitting.facts["failures"]]


def caption(sitting: Sitting) -> str:
    """Return what stands below the figure."""
    facts = sitting.facts
    sizes = f"{size(facts['sizes'][0])} to {size(facts['sizes'][-1])}"
    versions = ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
    return (
        f"{', '.join(facts['ops'])} at {sizes} elements, float32, NumPy against Torch on one and on all "
        f"threads; repeats of a tool: {facts['repeats']}\n{facts['machine']}; {versions}; {facts['begin']}"
    )


def _in_turn(tools: Tools, repeats: int) -> tuple[list[Reading], list[str]]:
    """Return the readings of all tools, each as often as there are repeats, and what failed."""
    draw, readings, failures = random.Random(0), [], []  # noqa: S311 - an order, no secret
    for repeat in range(repeats):
        for tool in draw.sample(list(tools), len(tools)):
            what = f"repeat {repeat + 1} of {repeats}: {tool}"
            try:
                readings.append(_told(what, tools[tool]))
            except SystemExit as error:  # the others' hour is not lost with it
                failures.append(f"{what}: {error}")
                _say(failures[-1])
    return readings, failures


def _told(what: str, measure: Callable[[], Reading]) -> Reading:
    """Return a reading, and tell how long it took."""
    began = time.perf_counter()
    reading = measure()
    _say(f"{what}: {time.perf_counter() - began:.0f} s, {reading.seconds:.1f} s of it to the answer")
    return reading


def _options(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Return what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--op", nargs="+", default=PLAIN[:3], choices=PLAIN)
    parser.add_argument("--min-size", type=int, default=16, help="smallest n in elements, a power of 4")
    parser.add_argument("--max-size", type=int, default=4**10, help="largest n in elements, a power of 4")
    parser.add_argument("--budgets", nargs="*", type=float, default=BUDGETS, help="seconds for the harness")
    parser.add_argument("--rounds", type=int, default=40, help="of each reference")
    parser.add_argument("--repeats", type=int, default=3, help="of each tool")
    parser.add_argument("--small", action="store_true", help="a first look: one op, one size, one repeat")
    parser.add_argument("--read", type=Path, help="measure nothing, but read what was written")
    parser.add_argument("--output", type=Path, default=Path("build/frontier.json"), help="all readings")
    parser.add_argument("--figure", type=Path, help="default docs/frontier.svg, --small beside the readings")
    parser.set_defaults(within=OFF)
    if parser.parse_args(words).small:
        parser.set_defaults(**SMALL)
    options = parser.parse_args(words)
    beside = options.output.with_suffix(".svg")
    options.figure = options.figure or (beside if options.small else PROJECT / "docs" / "frontier.svg")
    return options


def _say(line: str) -> None:
    """Tell on the error output what was done."""
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
