"""Results of `harness.measure` whose cells are scripted."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.functions.result import Result
from harness.model import EVERY, WAITED_FOR, Cell, Status
from harness.ops.parts import parts
from harness.spellings.contenders import op_of
from harness.store.runs import read_run, write_facts
from tests.support.runs import scripted_cell, write_run

SIZES = (16, 256, 4096)


def crossing(
    backend: str = "torch-cpu",
    op: str = "norm",
    **other: Any,  # noqa: ANN401 - a cell's own
) -> Iterator[Cell]:
    """Yield cells of NumPy and of a contender that overtakes it at about 256 elements."""
    for span in WAITED_FOR:
        for n in SIZES:
            for name, seconds in (("numpy", n * 1e-9), (backend, 2e-7 + n * 2e-10)):
                times = [seconds * factor for factor in (0.999, 1.0, 1.0, 1.001)]
                more = other if name == backend else {}
                yield scripted_cell(name, n, times, op=op, span=span, **more)


def wrong(backend: str, reason: str) -> Iterator[Cell]:
    """Yield cells of a contender whose result is not right."""
    for span in WAITED_FOR:
        for n in SIZES:
            yield scripted_cell(backend, n, [], op="norm", span=span, status=Status.WRONG, reason=reason)


def scripted_result(folder: Path, cells: Iterator[Cell] | list[Cell], **facts: object) -> Result:
    """Return a result with these cells, and facts beside those of every scripted run."""
    run = write_run(folder, list(cells))
    settings: Mapping[str, object] = {"rounds": 4, "baseline": "numpy"}
    write_facts(run.folder, {**run.facts, "settings": settings, **facts})
    return Result(run=read_run(run.folder), op=op_of({EVERY: "xp.sum(x)"}, name="norm"), margin=0.05)


def scripted_gradient(folder: Path) -> Result:
    """Return a result of the passes of a gradient."""
    passes = parts(op_of({EVERY: "xp.sum(x)"}, name="norm"))
    result = scripted_result(folder, [cell for part in passes for cell in crossing(op=part.name)])
    return replace(result, op=passes[-1], parts=passes)
