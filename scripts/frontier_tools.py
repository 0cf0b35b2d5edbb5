"""How each tool of `scripts/frontier.py` comes to speedups of the same calls, and how long it takes."""

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import harness
from harness.model import Op, Span, Verdict
from harness.store.runs import read_runs
from scripts import frontier_timers
from scripts.frontier_score import Cell, Reading
from scripts.frontier_timers import BACKENDS, BASELINE, TIMEIT, Call

PROJECT = Path(__file__).parent.parent
ASV = "asv"
_LIMIT = 7200.0  # seconds after which a process hangs


def calls_of(ops: Sequence[Op], sizes: Sequence[int]) -> list[Call]:
    """Return the calls to time: per op and size NumPy's, and then the others'."""
    return [
        Call(op.name, backend, n, setup_of(op, backend, str(op.shape(n))), statement_of(op, backend))
        for op in ops
        for n in sizes
        for backend in (BASELINE, *BACKENDS)
    ]


def statement_of(op: Op, backend: str) -> str:
    """Return what is timed."""
    return op.spelling["numpy" if backend == BASELINE else "torch"]


def setup_of(op: Op, backend: str, shape: str, owner: str = "") -> str:
    """Return the lines that make the operands, seeded and normal as the harness's; an owner has a dot."""
    draw = f"generator.standard_normal({shape}, dtype=np.float32)"
    made = draw if backend == BASELINE else f"torch.tensor({draw})"
    imports = "import numpy as np" if backend == BASELINE else "import numpy as np, torch"
    return "\n".join(
        [imports, "generator = np.random.default_rng(0)", *(f"{owner}{x} = {made}" for x in op.operands)]
    )


def by_harness(ops: Sequence[Op], sizes: Sequence[int], tool: str, words: Sequence[str]) -> Reading:
    """Return the speedups of a run in a project of its own, and the seconds until its answer."""
    with tempfile.TemporaryDirectory(prefix="harness-frontier-") as folder:
        # Beside its results a run writes into the history that asv keeps for the project.
        shutil.copytree(PROJECT / "benchmarks", Path(folder) / "benchmarks")
        shutil.copy(PROJECT / "asv.conf.json", folder)
        chosen = [f"--op={op.name}" for op in ops] + [f"--backend={backend}" for backend in BACKENDS]
        extent = [f"--min-size={sizes[0]}", f"--max-size={sizes[-1]}", "--no-plots", "--machine=frontier"]
        command = ["-c", "from harness.cli.app import main; main()", "run", *chosen, *extent, *words]
        began = time.time()
        _python(command, folder=folder)
        results = Path(folder) / "results"
        (run,) = read_runs(results)
        ended = datetime.fromisoformat(run.facts["end"]).timestamp()
        loading = time.perf_counter()
        cells = harness.load(results)
        speedups = harness.speedup(cells)
        answered = time.perf_counter() - loading
    rows = speedups[(speedups["span"] == Span.CALL.value) & speedups["n"].isin(sizes)]
    named = {Cell(row.op, row.backend, row.n): row for row in rows.itertuples()}
    return Reading(
        tool=tool,
        seconds=ended - began + answered,  # not what it needs for asv's history and for its page
        speedups={cell: float(row.speedup) for cell, row in named.items()},
        unsure=frozenset(cell for cell, row in named.items() if row.verdict == Verdict.UNSURE.value),
        half_widths={cell: math.log(row.high / row.low) / 2 for cell, row in named.items()},
        disturbed=float(cells["disturbed"].mean()),
    )


def by_timer(ops: Sequence[Op], sizes: Sequence[int], tool: str) -> Reading:
    """Return the speedups by a timer of functions: in one process, but timeit in one per backend."""
    calls = calls_of(ops, sizes)
    apart = [[call for call in calls if call.backend == backend] for backend in (BASELINE, *BACKENDS)]
    began = time.perf_counter()
    times: dict[Cell, float] = {}
    for part in apart if tool == TIMEIT else [calls]:
        read = json.loads(_python([str(frontier_timers.__file__), tool], text=json.dumps(part)))
        times |= {Cell(call.op, call.backend, call.n): value for call, value in zip(part, read, strict=True)}
    return _reading(tool, time.perf_counter() - began, times)


def by_asv(ops: Sequence[Op], sizes: Sequence[int], tool: str) -> Reading:
    """Return the speedups by benchmarks of asv's own kind, in a project of their own, as asv times them."""
    with tempfile.TemporaryDirectory(prefix="harness-frontier-") as folder:
        settings = {"version": 1, "project": "calls", "repo": ".", "branches": ["HEAD"]}
        settings["environment_type"] = "existing"  # the libraries that all others time
        (Path(folder) / "asv.conf.json").write_text(json.dumps(settings), encoding="utf-8")
        (Path(folder) / "benchmarks").mkdir()
        (Path(folder) / "benchmarks" / "__init__.py").touch()
        (Path(folder) / "benchmarks" / "calls.py").write_text(asv_text(ops, sizes), encoding="utf-8")
        # asv wants a repository, and keeps its list of machines in the home folder.
        git = ["git", "-c", "user.name=frontier", "-c", "user.email=frontier@localhost"]
        for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "calls"]):
            _run([*git, *words], folder=folder)
        commit = _run(["git", "rev-parse", "HEAD"], folder=folder).strip()
        _python(["-m", "asv", "machine", "--yes"], folder=folder, HOME=folder)
        began = time.perf_counter()
        _python(
            ["-m", "asv", "run", "--python=same", f"--set-commit-hash={commit}"], folder=folder, HOME=folder
        )
        needed = time.perf_counter() - began
        times = _asv_times(Path(folder) / "results", ops)
    return _reading(tool, needed, times)


def asv_text(ops: Sequence[Op], sizes: Sequence[int]) -> str:
    """Return a module of asv's benchmarks as its users write them: a class per function and backend."""
    lines = ["import numpy as np", "import torch"]
    for op in ops:
        shapes = {n: op.shape(n) for n in sizes}
        for backend in (BASELINE, *BACKENDS):
            _, *made = setup_of(op, backend, f"{shapes}[n]", owner="self.").splitlines()
            one_thread = ["torch.set_num_threads(1)"] if backend.endswith("-1t") else []
            body = "; ".join(f"{x} = self.{x}" for x in op.operands)
            lines += [
                "",
                f"class {_class_name(op.name, backend)}:",
                f"    params = {list(sizes)}",
                "    def setup(self, n):",
                *(f"        {line}" for line in (*one_thread, *made)),
                "    def time_call(self, n):",
                f"        {body}; {statement_of(op, backend)}",
            ]
    return "\n".join([*lines, ""])


def _asv_times(results: Path, ops: Sequence[Op]) -> dict[Cell, float]:
    """Return the medians that asv stored, NaN where it has none."""
    from asv.results import iter_results

    (found,) = iter_results(str(results))
    times: dict[Cell, float] = {}
    for op in ops:
        for backend in (BASELINE, *BACKENDS):
            name = f"calls.{_class_name(op.name, backend)}.time_call"
            (sizes,) = found.get_result_params(name)
            values = found.get_result_value(name, [sizes])
            times |= {
                Cell(op.name, backend, int(n)): math.nan if value is None else value
                for n, value in zip(sizes, values, strict=True)
            }
    return times


def _class_name(op: str, backend: str) -> str:
    """Return what the benchmarks of a function on a backend are called, such as ``AbsTorchCpu1t``."""
    return "".join(word.capitalize() for word in f"{op}-{backend}".replace("_", "-").split("-"))


def _reading(tool: str, needed: float, times: Mapping[Cell, float]) -> Reading:
    """Return the speedups over NumPy that seconds per call give."""
    return Reading(
        tool=tool,
        seconds=needed,
        speedups={
            cell: times[cell._replace(backend=BASELINE)] / value
            for cell, value in times.items()
            if cell.backend != BASELINE
        },
        half_widths={},
    )


def _python(words: Sequence[str], *, text: str = "", folder: str | None = None, **variables: str) -> str:
    """Run this interpreter and return its output."""
    return _run([sys.executable, *words], text=text, folder=folder, **variables)


def _run(words: Sequence[str], *, text: str = "", folder: str | None = None, **variables: str) -> str:
    """Run a program in a folder and return its output; end this one, saying why, if it fails."""
    try:
        done = subprocess.run(
            words,
            input=text,
            cwd=folder,
            env=os.environ | variables,
            capture_output=True,
            text=True,
            check=True,
            timeout=_LIMIT,
        )
    except subprocess.TimeoutExpired as error:
        raise SystemExit(f"{words[:3]} took longer than {_LIMIT:g} s") from error
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise SystemExit(f"{words[:3]} failed: {last}") from error
    return done.stdout
