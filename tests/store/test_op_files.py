"""The files of a run's ops: what is written comes back, and what is none is refused by name."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import harness
from harness.errors import CorruptStoreError
from harness.model import Case, Cell, DeviceState, Round, Span, Status
from harness.store.check import check
from harness.store.files import write_sealed
from harness.store.op_files import read_cells, read_cost, write_op
from harness.store.runs import read_runs
from tests.support.damage import as_schema_1, as_schema_2, op_file, parquet, rewrite
from tests.support.functions import MARKUP, write_functions
from tests.support.runs import on_disk, scripted_cell, write_run

finite = st.floats(0, allow_infinity=False)
line = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=200)
name = st.text("abcxyz-_019é:", min_size=1, max_size=30).filter(lambda text: text.strip(":"))
reading = st.none() | finite
a_state = st.builds(
    DeviceState,
    sample=st.integers(0, 10**6),
    sm_clock=reading,
    memory_clock=reading,
    temperature=reading,
    power=reading,
    reasons=line,
)
a_round = st.integers(1, 5).flatmap(
    lambda count: st.builds(
        Round,
        number=st.integers(1, 10**9),
        samples=st.tuples(*[finite] * count),
        disturbed=st.tuples(st.just(True), *[st.booleans()] * (count - 1)),  # noqa: FBT003 - a value
        passes=st.lists(st.integers(0, 4), min_size=count, max_size=count).map(sorted).map(tuple)
        | st.just(()),
        cores=st.none() | st.floats(0, 64),
        floor=finite,
        faults_per_call=finite,
        steady=st.booleans(),
        first=st.none() | finite,
        enqueue=st.none() | finite,
        throttled=st.integers(0, 1),
        states=st.lists(a_state, max_size=2).map(tuple),
    )
)
a_cell = st.builds(
    Cell,
    case=st.builds(
        Case,
        op=st.just("abs"),
        backend=name,
        n=st.integers(1, 2**60),
        dtype=st.sampled_from(["float32", "float64"]),
        span=st.sampled_from(Span),
    ),
    status=st.sampled_from(Status),
    reason=line,
    rounds=st.tuples(a_round, st.none() | a_round),
    max_error=st.floats(0, 1),
    tolerance=st.floats(1, 2),
    moved=st.floats(0, 1e12),
    flop=st.floats(0, 1e12),
)


def of_before(round_: Round | None) -> Round | None:
    """Return what a store of before passes were kept held of a round."""
    return None if round_ is None else replace(round_, passes=(), cores=None)


@on_disk
@given(st.lists(a_cell, max_size=5, unique_by=lambda cell: cell.case))
def test_stored_then_loaded_is_identity(tmp_path: Path, cells: list[Cell]) -> None:
    run = write_run(tmp_path, [scripted_cell("numpy", 16, [1.0])])
    write_op(run.folder, "abs", cells, {})
    assert read_cells(run) == cells


@on_disk
@given(st.lists(a_cell, max_size=5, unique_by=lambda cell: cell.case))
def test_a_file_of_before_passes_were_kept_is_read_without_them(tmp_path: Path, cells: list[Cell]) -> None:
    run = write_run(tmp_path, [scripted_cell("numpy", 16, [1.0])])
    write_op(run.folder, "abs", cells, {})
    rewrite(op_file(tmp_path), as_schema_1)
    assert read_cells(run) == [replace(cell, rounds=tuple(map(of_before, cell.rounds))) for cell in cells]


def test_the_files_of_a_run_may_differ_in_their_schema(results: Path) -> None:
    """Each file tells its own version, and what became of a run with a newer harness is read all the same."""
    before = harness.load(results)
    (run,) = read_runs(results)
    assert run.facts["schema"] == 3
    other = [replace(cell, case=replace(cell.case, op="sin")) for cell in read_cells(run)]
    write_op(run.folder, "sin", other, {})
    write_op(run.folder, "sqrt", [replace(c, case=replace(c.case, op="sqrt")) for c in other], {})
    rewrite(op_file(results), as_schema_1)
    rewrite(run.folder / "sqrt.parquet", as_schema_2)
    both = harness.load(results)
    for op in ("abs", "sin", "sqrt"):
        of_op = both[both["op"] == op].reset_index(drop=True)
        pd.testing.assert_frame_equal(of_op.assign(op="abs"), before)
    assert both["op"].is_monotonic_increasing
    assert check(results).faults == ()


@pytest.mark.parametrize("version", [b"1", b"2", b"3"])
def test_columns_of_another_version_than_the_file_tells_are_refused(results: Path, version: bytes) -> None:
    path = op_file(results)
    metadata = {b"harness_schema": version, b"harness_cost": b"{}"}
    if version != b"1":
        rewrite(path, as_schema_1 if version == b"2" else as_schema_2)
    rewrite(path, lambda table: table.replace_schema_metadata(metadata))
    with pytest.raises(CorruptStoreError, match="its columns are not those of a run"):
        harness.load(results)


def test_drafts_of_a_killed_writer_are_passed_over(results: Path) -> None:
    folder = next(read_runs(results)).folder
    (folder / ".sin.parquet.4711").write_bytes(b"half a fi")
    assert set(harness.load(results)["op"]) == {"abs"}


SPOILED: dict[str, Callable[[Path], object]] = {
    "an empty file": lambda path: path.write_bytes(b""),
    "half a file": lambda path: write_sealed(path, path.read_bytes()[:500]),
    "text": lambda path: write_sealed(path, b"n,seconds\n16,1.0\n"),
    "a foreign table": lambda path: rewrite(path, lambda _table: pa.table({"a": [1]})),
    "another schema": lambda path: rewrite(
        path, lambda t: t.replace_schema_metadata({b"harness_schema": b"99", b"harness_cost": b"{}"})
    ),
    "a missing column": lambda path: rewrite(path, lambda t: t.drop_columns(["n"])),
    "an unknown status": lambda path: rewrite(
        path, lambda t: t.set_column(5, "status", pa.array(["fine"] * len(t)))
    ),
    "an unknown span": lambda path: rewrite(
        path, lambda t: t.set_column(4, "span", pa.array(["forever"] * len(t)))
    ),
    "the cells of another op": lambda path: rewrite(
        path, lambda t: t.set_column(0, "op", pa.array(["sin"] * len(t)))
    ),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_a_spoiled_parquet_file_is_named(results: Path, spoil: Callable[[Path], object]) -> None:
    path = op_file(results)
    spoil(path)
    with pytest.raises(CorruptStoreError) as caught:
        harness.load(results)
    assert str(path) in str(caught.value)


def test_a_foreign_file_in_a_run_is_named(results: Path) -> None:
    op_file(results).with_name("notes.txt").write_text("hello")
    with pytest.raises(CorruptStoreError, match=r"notes\.txt does not belong in the store"):
        harness.load(results)


def test_a_small_file_that_would_unpack_to_a_huge_table_is_refused(results: Path) -> None:
    path = op_file(results)
    write_sealed(path, parquet(pa.table({"a": pa.nulls(3 * 10**7, pa.int8())})))
    with pytest.raises(CorruptStoreError, match=r"it would unpack to 30000000 rows"):
        harness.load(results)


@pytest.mark.parametrize("cost", [None, b"{", b"[]", b'{"timed": "long"}'])
def test_a_file_that_does_not_tell_its_cost_is_named(results: Path, cost: bytes | None) -> None:
    path = op_file(results)
    metadata = {b"harness_schema": b"3"} | ({} if cost is None else {b"harness_cost": cost})
    rewrite(path, lambda table: table.replace_schema_metadata(metadata))
    (run,) = read_runs(results)
    with pytest.raises(CorruptStoreError, match="it does not tell its cost") as caught:
        read_cost(run)
    assert str(path) in str(caught.value)


def test_an_op_may_have_a_name_of_200_bytes(tmp_path: Path) -> None:
    run = write_functions(tmp_path, ops=(MARKUP,))
    assert {cell.case.op for cell in read_cells(run)} == {MARKUP}
