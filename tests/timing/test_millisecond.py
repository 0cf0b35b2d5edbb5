"""Part 2: a call of exactly 1 ms must read 1 ms wherever the harness shows a time."""

import io
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from harness.validation.streams import STREAMS, ScriptedHost
from rich.console import Console, RenderableType

from harness.asv.benchmark import tracked
from harness.model import Case, Cell, Round, Span, Status
from harness.store.frame import frame
from harness.store.runs import read_cells, read_run, write_facts, write_op
from harness.timing.contender import Contender
from harness.timing.loop import timed_loop
from harness.timing.noise import round_median
from harness.timing.rules import Rules
from harness.timing.sampling import measure
from harness.validation.check import Check
from harness.validation.deadline import PART

MILLISECOND = 1e-3
NUMBERS = (1, 7, 1000)
"""Calls in a block."""
_BACKENDS = ("numpy", "torch-cpu")
_FACTS = {
    "machine": {"name": "scripted"},
    "libraries": {},
    "settings": {},
    "quick": False,
    "begin": "1970-01-01T00:00:00+00:00",
    "end": "1970-01-01T00:00:00+00:00",
}
"""What a run has to say of itself; the scripted clock begins at zero."""
_CELL = Case(op="millisecond", backend="numpy", n=16, dtype="float32", span=Span.CALL)


def millisecond() -> list[Check]:
    """
    Time a scripted call of 1 ms through the real loop, store it, and read it back in every form.

    Returns
    -------
    list of Check
        One per form: the reading furthest from 1 ms over all lengths of a block.
    """
    found: dict[str, list[float]] = {}
    for number in NUMBERS:
        for form, seconds in readings(scripted_round(number)).items():
            found.setdefault(form, []).append(seconds)
    numbers = ", ".join(map(str, NUMBERS))
    return [
        Check(
            part=PART,
            name=f"a scripted call of 1 ms, in {form}",
            measured=max(seconds, key=lambda value: abs(value - MILLISECOND)),
            unit="seconds",
            low=MILLISECOND * (1 - 1e-9),
            high=MILLISECOND * (1 + 1e-9),
            detail=f"blocks of {numbers} calls",
        )
        for form, seconds in found.items()
    ]


def scripted_round(number: int) -> Round:
    """
    Return what the real loop and the real sampling make of a call of 1 ms.

    Parameters
    ----------
    number : int
        Calls in a block.

    Returns
    -------
    Round
    """
    host = ScriptedHost(stream=STREAMS[0], random=np.random.default_rng(0))

    def call() -> None:
        host.clock += MILLISECOND

    run = timed_loop("call()", "", {"call": call}, clock=host.now)
    contender = Contender(backend="numpy", run=run, floor=0.0, subtract=True)
    block = (number + 0.5) * MILLISECOND
    (found,) = measure([contender], Rules(block=block), host, seed=0).rounds
    if found.number != number:
        raise AssertionError(f"a block has {found.number} calls instead of {number}")
    return found


def readings(found: Round) -> Mapping[str, float]:
    """
    Return the seconds that each form of a result shows.

    Parameters
    ----------
    found : Round
        What was measured; it is stored three times, as three rounds.

    Returns
    -------
    mapping of str to float
        By form.
    """
    return dict(_readings(found))


def _readings(found: Round) -> Iterator[tuple[str, float]]:
    """Yield every form of a result with the seconds that it shows."""
    from harness.figures.curves import curves_of

    from harness.terminal.tables import cell_table

    cell = Cell(case=_CELL, status=Status.OK, rounds=(found,) * 3, max_error=0.0, tolerance=1e-6)
    yield "asv's tracked value", tracked([cell])[_CELL.backend, _CELL.n]["seconds"][0]
    with tempfile.TemporaryDirectory(prefix="harness-validate-") as name:
        folder = Path(name) / "scripted" / "scripted"
        write_facts(folder, _FACTS)
        write_op(folder, _CELL.op, [cell], {})
        run = read_run(folder)
        (stored,) = read_cells(run)
        yield "the store", round_median(next(round_ for round_ in stored.rounds if round_))
        cells = frame([run])
        flat = cells.drop(columns="round_seconds")
        yield "CSV", float(pd.read_csv(io.StringIO(flat.to_csv(index=False)))["seconds"].item())
        flat.to_parquet(Path(name) / "cells.parquet", index=False)
        yield "Parquet", float(pd.read_parquet(Path(name) / "cells.parquet")["seconds"].item())
    (curve,) = curves_of(cells, "seconds", _CELL.op)
    yield "plot data", float(curve.value[0])
    yield "the table", _first_time(cell_table(flat))


def _first_time(table: RenderableType) -> float:
    """Return the first duration in what a terminal shows of a table."""
    text = io.StringIO()
    Console(file=text, width=160).print(table)
    value, unit = re.findall(r"([\d.]+) (s|ms|µs|ns)\b", text.getvalue())[0]
    return float(value) * {"s": 1.0, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9}[unit]
