"""The figures of very many cells at once: the same as those of each alone."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import harness
from harness.machine.ceilings import rates
from harness.model import TIMED, Case, Cell, Round, Span, Status
from harness.statistics.arrays import Floats, Marks
from harness.statistics.geometric_mean import estimate
from harness.store.op_files import write_op
from harness.store.runs import Run, write_facts
from harness.timing.noise import round_median
from tests.support.ceilings import CEILINGS
from tests.support.runs import on_disk, scripted_cell, write_run

seconds = st.floats(1e-9, 1e3)
a_round = st.integers(1, 9).flatmap(
    lambda count: st.builds(
        Round,
        number=st.integers(1, 1000),
        samples=st.tuples(*[seconds] * count),
        disturbed=st.tuples(*[st.booleans()] * count),
        passes=st.lists(st.integers(0, 4), min_size=count, max_size=count).map(sorted).map(tuple)
        | st.just(()),
        cores=st.none() | st.floats(0, 64),
        floor=st.floats(0, 1e-9),
        faults_per_call=st.floats(0, 10),
        steady=st.booleans(),
        first=st.none() | seconds,
        enqueue=st.none() | seconds,
    )
)
a_cell = st.builds(
    Cell,
    case=st.builds(
        Case,
        op=st.just("abs"),
        backend=st.sampled_from(["numpy", "torch-cpu-1t", "nobody-knows"]),
        n=st.integers(1, 2**40),
        dtype=st.sampled_from(["float32", "float64"]),
        span=st.sampled_from(Span),
    ),
    status=st.sampled_from(Status),
    reason=st.sampled_from(["", "shares the memory"]),
    rounds=st.tuples(a_round, *[st.none() | a_round] * 2) | st.tuples(st.none(), a_round),
    max_error=st.floats(0, 1),
    tolerance=st.floats(1, 2),
    moved=st.floats(1, 1e12) | st.just(math.nan),
    flop=st.floats(1, 1e12) | st.just(math.nan),
)


def row_of(run: Run, cell: Cell) -> dict[str, Any]:
    """Return what `harness.load` has to say of a cell, computed from that cell alone."""
    timed = [round_ for round_ in cell.rounds if round_ is not None] if cell.status in TIMED else []
    medians = (
        [math.nan if round_ is None else round_median(round_) for round_ in cell.rounds] if timed else []
    )
    time = estimate(medians)
    samples = sum(len(round_.samples) for round_ in timed)
    middle = {
        name: [value for round_ in timed if (value := getattr(round_, name)) is not None]
        for name in ("floor", "first", "enqueue", "cores")
    }
    return {
        "machine": run.machine,
        "run": run.id,
        **{key: str(value) if key == "span" else value for key, value in asdict(cell.case).items()},
        "status": str(cell.status),
        "reason": cell.reason,
        "seconds": time.value,
        "low": time.low,
        "high": time.high,
        "rounds": len(timed),
        "samples": samples,
        "disturbed": sum(sum(round_.disturbed) for round_ in timed) / samples if samples else math.nan,
        "faults_per_call": sum(f.faults_per_call for f in timed) / len(timed) if timed else math.nan,
        "max_error": cell.max_error,
        "tolerance": cell.tolerance,
        **asdict(rates(cell, time.value, CEILINGS)),
        **{name: median(values) if values else math.nan for name, values in middle.items()},
        "throttled": sum(round_.throttled for round_ in timed) / samples if samples else math.nan,
        "quick": False,
        "looks": 1,
        "round_seconds": medians,
        "unsteady": sum(not round_.steady for round_ in timed),
    }


def passes_of(cell: Cell) -> tuple[Floats, Marks]:
    """Return the seconds of a cell's passes and their marks, computed one by one."""
    rounds = cell.rounds if cell.status in TIMED else ()
    width = max((max(round_.passes, default=0) + 1 for round_ in rounds if round_), default=0)
    seconds, marked = np.full((len(rounds), width), np.nan), np.full((len(rounds), width), fill_value=False)
    for row, round_ in enumerate(rounds):
        if round_ is None:
            continue
        places = round_.passes or (0,) * len(round_.samples)
        for place in set(places):
            samples, bad = (
                [value for value, of in zip(values, places, strict=True) if of == place]
                for values in (round_.samples, round_.disturbed)
            )
            seconds[row, place] = median(samples) if round_.passes else round_median(round_)
            marked[row, place] = 2 * sum(bad) >= len(bad)
    return seconds, marked


@on_disk
@given(st.lists(a_cell, min_size=1, max_size=8, unique_by=lambda cell: cell.case))
def test_many_cells_at_once_have_the_figures_of_each_alone(tmp_path: Path, cells: Sequence[Cell]) -> None:
    run = write_run(tmp_path, [scripted_cell("numpy", 16, [1.0])])
    write_facts(run.folder, {**run.facts, "ceilings": [asdict(ceiling) for ceiling in CEILINGS]})
    write_op(run.folder, "abs", cells, {})
    shown = [cell for cell in cells if cell.case.span is not Span.CONTROL]
    table = harness.load(tmp_path)
    assert len(table) == len(shown)
    if not shown:
        return
    expected = pd.DataFrame([row_of(run, cell) for cell in shown])
    flat = [name for name in expected.columns if name != "round_seconds"]
    pd.testing.assert_frame_equal(table[flat], expected[flat], rtol=1e-12, atol=0)
    for cell, seconds, marked in zip(shown, table["pass_seconds"], table["pass_marked"], strict=True):
        for lists, right in zip((seconds, marked), passes_of(cell), strict=True):
            assert [len(row) for row in lists] == [right.shape[1]] * len(right)
            # Passes are held in single precision.
            np.testing.assert_array_equal(np.reshape(lists, right.shape), right.astype(np.float32))
    for medians, right in zip(table["round_seconds"], expected["round_seconds"], strict=True):
        assert medians == pytest.approx(right, rel=0, nan_ok=True)
