"""Which run answers for an op: the latest complete one of the machine that holds it."""

from pathlib import Path

import pytest

from harness.errors import EmptyStoreError, UnknownNameError
from harness.store.frame import frame
from harness.store.latest import latest_parts, latest_with, rows_of
from harness.store.runs import read_runs
from tests.support.functions import LATER, NORM, write_functions
from tests.support.runs import MACHINE, scripted_cell, write_run

FIRST, LAST = "20260101T000000Z-000000", "20260404T000000Z-000000"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Return a store of a run of two ops, a later one of a function, and one of it that was killed."""
    cells = [scripted_cell("numpy", 16, [1.0, 1.1], op=op) for op in ("abs", "sin")]
    write_run(tmp_path, cells, run=FIRST)
    write_functions(tmp_path, run=LATER)
    write_functions(tmp_path, run=LAST, complete=False)
    write_functions(tmp_path, run="20270101T000000Z-000000", machine="another", ops=("abs",))
    return tmp_path


@pytest.mark.parametrize(
    ("ops", "run"), [((), LATER), ((NORM,), LATER), (("abs",), FIRST), (("sin", "abs"), FIRST)]
)
def test_the_latest_complete_run_with_all_the_ops_is_meant(
    store: Path, ops: tuple[str, ...], run: str
) -> None:
    assert latest_with(read_runs(store), MACHINE, ops).id == run


def test_an_op_of_no_run_and_ops_of_different_runs_are_refused(store: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"no op is called 'cos'; there are: norm \(v2\), abs, sin"):
        latest_with(read_runs(store), MACHINE, ["abs", "cos"])
    with pytest.raises(EmptyStoreError, match=r"no complete run of 'scripted' holds all of abs, norm"):
        latest_with(read_runs(store), MACHINE, ["abs", NORM])


def test_every_op_has_the_latest_run_that_holds_it(store: Path) -> None:
    write_functions(store, run="20260303T000001Z-000000", ops=("sin",), functions={})

    parts = latest_parts(read_runs(store), MACHINE)

    assert [(part.run.id, part.ops) for part in parts] == [
        ("20260303T000001Z-000000", ("sin",)),
        (LATER, (NORM,)),
        (FIRST, ("abs",)),
    ]
    cells = frame([part.run for part in parts])
    kept = cells[rows_of(parts, cells)]
    assert set(zip(kept["op"], kept["run"], strict=True)) == {
        (op, part.run.id) for part in parts for op in part.ops
    }
    assert len(kept) == len(cells) - 1  # without the sin of the first run
    assert rows_of(parts, cells.iloc[:0]).size == 0
