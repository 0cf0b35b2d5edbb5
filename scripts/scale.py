"""How time, memory and sizes grow with the number of machines in a store.

Scripted stores of full sweeps, ten rounds of ten passes each, are written into a folder of their own; each
step runs in a process of its own, whose peak of memory is taken from the system. Example:

    python scripts/scale.py --machines 2 10 100 1000
"""

import argparse
import importlib
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

PROJECT = Path(__file__).parent.parent
BACKENDS = ("numpy", "numpy-1t", "torch-cpu", "torch-cpu-1t")
STEPS = ("load", "speedup", "crossover", "report", "in parts")
"""The last is all answers of a hundred machines at a time."""
ANSWERS = "both answers"
"""What speedup and crossover take together."""
AIMS = {2: {"report": 3.0}, 1000: {"load": 5.0, ANSWERS: 5.0, "report": 15.0, "load memory": 1e9}}
"""Seconds and bytes that a store may take, by number of machines."""
Figures = dict[str, float]
"""Seconds, bytes and counts, by what they are of."""


def main() -> int:
    """Measure every number of machines, and print what they take and how that grows."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--machines", type=int, nargs="+", default=[2, 10, 100, 1000], help="how many, rising"
    )
    parser.add_argument("--folder", type=Path, help="where the stores go, and stay; default a temporary one")
    parser.add_argument("--step", choices=STEPS, help="do only this in this process, on the store --folder")
    options = parser.parse_args()
    if options.step:
        sys.stdout.write(json.dumps(_step(options.step, options.folder)))
        return 0
    with tempfile.TemporaryDirectory(prefix="harness-scale-") as temporary:
        rows = [
            _measured(count, (options.folder or Path(temporary)) / str(count)) for count in options.machines
        ]
    _print(rows)
    return 0


def _step(step: str, results: Path) -> Figures:
    """Do one step; return the seconds that it took, its imports left out."""
    from harness.answers.crossover import crossover
    from harness.answers.speedup import speedup
    from harness.cli.publish import write_report
    from harness.store.frame import load, load_in_parts

    importlib.import_module("harness.report.page")  # before the clock starts
    if step == "report":
        return _timed(lambda: write_report(results))
    if step == "load":
        return _timed(lambda: load(results))
    if step == "in parts":
        return _timed(lambda: [(len(speedup(part)), len(crossover(part))) for part in load_in_parts(results)])
    cells = load(results)
    return _timed(lambda: (speedup if step == "speedup" else crossover)(cells)) | {"cells": len(cells)}


def _timed(call: Callable[[], object]) -> Figures:
    """Return the seconds that a call takes, and those of processors' time."""
    begin, busy = time.perf_counter(), time.process_time()
    call()
    return {"seconds": time.perf_counter() - begin, "busy": time.process_time() - busy}


def _measured(count: int, results: Path) -> Figures:
    """Return what a store of so many machines takes."""
    sys.path.insert(0, str(PROJECT))
    from tests.support.stores import write_many

    if not results.exists():
        write_many(results, count, backends=BACKENDS)
    figures: Figures = {"machines": count, "store": _size(results / "runs")}
    for step in STEPS:
        child = _child(step, results)
        figures |= {step: child["seconds"], f"{step} CPU": child["busy"], f"{step} memory": child["peak"]}
        figures["cells"] = child.get("cells", figures.get("cells", math.nan))
    figures[ANSWERS] = figures["speedup"] + figures["crossover"]
    return figures | {"page": _size(results / "report.html"), "beside": _size(results / "report-data")}


def _child(step: str, results: Path) -> Figures:
    """Do a step in a process of its own; return what it says and its peak of memory, in bytes."""
    command = [sys.executable, str(Path(__file__)), "--step", step, "--folder", str(results)]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as child:
        assert child.stdout  # noqa: S101 - it was asked for
        answer = child.stdout.read()
        _, code, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(code)
    if child.returncode:
        raise SystemExit(f"{step} on {results} ended with {child.returncode}")
    return {**json.loads(answer), "peak": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)}


def _size(path: Path) -> int:
    """Return the bytes of a file, or of all files in a folder; 0 where there is none."""
    return sum(file.stat().st_size for file in [path, *path.rglob("*")] if file.is_file())


def _print(rows: Sequence[Figures]) -> None:
    """Print a line per quantity, its figures and how it grows, and one per aim."""
    heads = [f"{row['machines']:.0f}" for row in rows]
    steps = [f"{a} to {b}" for a, b in pairwise(heads)]
    sys.stdout.write(_line("machines", heads, [f"n^ ({step})" for step in steps]))
    for name in rows[0]:
        if name == "machines":
            continue
        unit, scale = (" s", 1.0) if name.removesuffix(" CPU") in (*STEPS, ANSWERS) else (" MB", 1e6)
        if name == "cells":
            unit, scale = "", 1.0
        values = [row[name] for row in rows]
        growth = [
            f"{math.log(b[name] / a[name]) / math.log(b['machines'] / a['machines']):.2f}"
            if a[name] > 0 < b[name]
            else "–"
            for a, b in pairwise(rows)
        ]
        texts = [f"{value / scale:,.{0 if name == 'cells' else 2}f}{unit}" for value in values]
        sys.stdout.write(_line(name, texts, growth))
    for row in rows:
        for name, aim in AIMS.get(int(row["machines"]), {}).items():
            sys.stdout.write(f"{name} of {row['machines']:.0f} machines: {row[name] / aim:.2f} of the aim\n")


def _line(name: str, texts: Sequence[str], growth: Sequence[str]) -> str:
    """Return one line of the table."""
    return f"{name:18}" + "".join(f"{text:>16}" for text in (*texts, *growth)) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
