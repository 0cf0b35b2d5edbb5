"""A call of exactly 1 ms reads 1 ms wherever a time is shown: scripted, through the real loop and store."""

import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console, RenderableType

from harness.asv.benchmark import tracked
from harness.figures.lines import lines_of
from harness.model import Case, Cell, Round, Span, Status
from harness.store.frame import frame
from harness.store.op_files import read_cells
from harness.terminal.tables import cell_table
from harness.timing.contender import Contender
from harness.timing.loop import timed_loop
from harness.timing.noise import round_median
from harness.timing.rules import Rules
from harness.timing.sampling import measure
from tests.support.runs import write_run
from tests.support.streams import STREAMS, ScriptedHost
from tests.support.sweeps import ABS

MILLISECOND = 1e-3
CASE = Case(op="millisecond", backend="numpy", n=16, dtype="float32", span=Span.CALL)
SECONDS_OF = {"s": 1.0, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9}


@pytest.mark.parametrize("number", [1, 7, 1000])
def test_a_call_of_exactly_a_millisecond_reads_a_millisecond_everywhere(tmp_path: Path, number: int) -> None:
    measured = scripted_round(number)
    assert measured.number == number
    forms = readings(measured, tmp_path)
    assert set(forms) == {"the table", "the store", "CSV", "Parquet", "plot data", "asv's tracked value"}
    assert forms == {form: pytest.approx(MILLISECOND, rel=1e-9) for form in forms}


def scripted_round(number: int) -> Round:
    """Return what the real loop and sampling make of a call of 1 ms, in blocks of so many calls."""
    host = ScriptedHost(stream=STREAMS[0], random=np.random.default_rng(0))

    def call() -> None:
        host.clock += MILLISECOND

    run = timed_loop("call()", "", {"call": call}, clock=host.now)
    contender = Contender(backend="numpy", run=run, floor=0.0, subtract=True)
    block = (number + 0.5) * MILLISECOND
    (round_,) = measure([contender], Rules(block=block), host, seed=0).rounds
    return round_


def readings(measured: Round, folder: Path) -> dict[str, float]:
    """Return the seconds that each form of a result shows; the round is stored as three."""
    cell = Cell(case=CASE, status=Status.OK, rounds=(measured,) * 3, max_error=0.0, tolerance=1e-6)
    run = write_run(folder, [cell])
    (stored,) = read_cells(run)
    cells = frame([run])
    flat = cells.drop(columns=["round_seconds", "pass_seconds", "pass_marked"])
    flat.to_parquet(folder / "cells.parquet", index=False)
    (line,) = lines_of(cells, "seconds", CASE.op)
    return {
        "asv's tracked value": tracked(ABS, [cell])[CASE.backend, CASE.n]["seconds"][0],
        "the store": round_median(next(round_ for round_ in stored.rounds if round_)),
        "CSV": float(pd.read_csv(io.StringIO(flat.to_csv(index=False)))["seconds"].item()),
        "Parquet": float(pd.read_parquet(folder / "cells.parquet")["seconds"].item()),
        "plot data": float(line.value[0]),
        "the table": first_time(cell_table(flat)),
    }


def first_time(table: RenderableType) -> float:
    """Return the first duration in what a terminal shows of a table."""
    text = io.StringIO()
    Console(file=text, width=160).print(table)
    value, unit = re.findall(r"([\d.]+) (s|ms|µs|ns)\b", text.getvalue())[0]
    return float(value) * SECONDS_OF[unit]
