"""Stores of somebody's own functions: names, sizes and dtypes that the nine ops do not have."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.model import WAITED_FOR, Case, Cell, Round, Span, Status
from harness.store.op_files import write_op
from harness.store.runs import Run, read_run, write_facts
from tests.support.runs import MACHINE, scripted_facts

NORM = "norm (v2)"
SIZES = (8, 100, 1000, 12345)
RIVALS = {"old@numpy": (4e-7, 5e-9), "new@numpy": (2e-6, 1e-9), "new@torch-cpu": (4e-6, 4e-10)}
"""Seconds of a call and per element, by label."""
MARKUP = "&lt;[red]$x^2$ Ω " + "long " * 36 + "é"
"""An op's name of 200 bytes that would be markup in a page, a figure and a terminal."""
LATER = "20260303T000000Z-000000"


def told_of(*keys: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - values of JSON
    """Return what a run tells of a function with these spellings."""
    sources = {key: f"def {key}(x):\n    return np.sqrt(np.sum(x * x))  # <{key}>" for key in keys}
    return {
        "sources": sources,
        "hashes": {key: hashlib.sha256(text.encode()).hexdigest() for key, text in sources.items()},
        "inputs": "one standard normal vector of n elements",
        "check": "each against old in float64",
        "fresh": False,
        **changes,
    }


def write_functions(  # noqa: PLR0913 - what a store of functions can differ in
    results: Path,
    *,
    ops: Sequence[str] = (NORM,),
    costs: Mapping[str, tuple[float, float]] = RIVALS,
    sizes: Sequence[int] = SIZES,
    dtypes: Sequence[str] = ("float32",),
    baseline: str | None = "old@numpy",
    run: str = LATER,
    machine: str = MACHINE,
    functions: Mapping[str, Any] | None = None,
    spans: Sequence[Span] = WAITED_FOR,
    complete: bool = True,
) -> Run:
    """Write a run of functions whose calls cost a start and a slope, with a control of the baseline."""
    folder = results / "runs" / machine / run
    keys = tuple(dict.fromkeys(label.partition("@")[0] for label in costs))
    facts = scripted_facts(complete=complete)
    facts["machine"] = {**facts["machine"], "name": machine}
    facts["settings"] = {"rounds": 5, **({"baseline": baseline} if baseline else {})}
    facts["functions"] = {op: told_of(*keys) for op in ops} if functions is None else functions
    write_facts(folder, facts)
    for op in ops:
        cases = [
            Case(op=op, backend=label, n=n, dtype=dtype, span=span)
            for dtype in dtypes
            for span in (*spans, Span.CONTROL)
            for n in sizes
            for label in (costs if span is not Span.CONTROL else [baseline or "numpy"])
            if label in costs
        ]
        cells = [_cell(case, *costs[case.backend]) for case in cases]
        write_op(folder, op, cells, {"timed": 1.0, "warm_up": 1.0, "starts": 1.0, "wall": 4.0})
    return read_run(folder)


def _cell(case: Case, start: float, slope: float) -> Cell:
    """Return a cell whose rounds are some per cent apart."""
    return Cell(
        case=case,
        status=Status.OK,
        rounds=tuple(
            Round(
                number=10,
                samples=((start + case.n * slope) * (1 + 0.01 * ((3 * index + len(case.backend)) % 5)),) * 4,
                disturbed=(False,) * 4,
                passes=(0, 0, 1, 1),
                cores=1.0,
                floor=1e-10,
                faults_per_call=0.0,
                steady=True,
            )
            for index in range(5)
        ),
        max_error=1e-7,
        tolerance=1e-6,
    )
