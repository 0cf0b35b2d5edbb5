"""The store: what is written comes back, and what is no part of it is refused by name."""

import json
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import harness
from harness.errors import (
    CorruptStoreError,
    EmptyStoreError,
    MeasureError,
    UnknownNameError,
)
from harness.model import Case, Cell, DeviceState, Round, Span, Status
from harness.store.files import write_sealed
from harness.store.runs import read_cells, read_run, read_runs, write_facts, write_op
from tests.support.runs import MACHINE, scripted_cell, write_run

finite = st.floats(0, allow_infinity=False)
line = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=200)
name = st.text("abcxyz-_019é:", min_size=1, max_size=30).filter(lambda text: text.strip(":"))
told = st.none() | finite
a_state = st.builds(
    DeviceState,
    sample=st.integers(0, 10**6),
    sm_clock=told,
    memory_clock=told,
    temperature=told,
    power=told,
    reasons=line,
)
a_round = st.integers(1, 5).flatmap(
    lambda count: st.builds(
        Round,
        number=st.integers(1, 10**9),
        samples=st.tuples(*[finite] * count),
        disturbed=st.tuples(st.just(True), *[st.booleans()] * (count - 1)),  # noqa: FBT003 - a value
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


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(a_cell, max_size=5, unique_by=lambda cell: cell.case))
def test_stored_then_loaded_is_identity(tmp_path: Path, cells: list[Cell]) -> None:
    run = write_run(tmp_path, [scripted_cell("numpy", 16, [1.0])])
    write_op(run.folder, "abs", cells, {})
    assert read_cells(run) == cells


def test_the_frame_has_the_figures_of_the_store(results: Path) -> None:
    cells = harness.load(results)
    row = cells[(cells.backend == "numpy") & (cells.n == 16) & (cells.span == "call")].iloc[0]
    assert row.seconds == pytest.approx(1e-6)
    assert row.low < row.seconds < row.high
    assert (row.rounds, row.samples, row.disturbed, row.status) == (3, 9, 0.0, "ok")
    skipped = cells[cells.backend == "torch-cuda"].iloc[0]
    assert math.isnan(skipped.seconds)
    assert skipped.reason == "Torch finds no cuda device"


def test_an_unfinished_run_is_read_and_marked(tmp_path: Path) -> None:
    run = write_run(tmp_path, [scripted_cell("numpy", 16, [1.0])], complete=False)
    assert not run.complete
    assert len(harness.load(tmp_path)) == 1


def test_drafts_of_a_killed_writer_are_passed_over(results: Path) -> None:
    folder = next(read_runs(results)).folder
    (folder / ".sin.parquet.4711").write_bytes(b"half a fi")
    assert set(harness.load(results)["op"]) == {"abs"}


def test_a_folder_without_files_is_no_run_yet(results: Path) -> None:
    (results / "runs" / MACHINE / "20270101T000000Z-000000").mkdir()
    assert len(list(read_runs(results))) == 1


def test_runs_and_machines_are_chosen_by_name(results: Path) -> None:
    write_run(results, [scripted_cell("numpy", 16, [1.0])], run="20260202T000000Z-000000")
    assert len(set(harness.load(results)["run"])) == 2
    assert len(harness.load(results, run="20260202T000000Z-000000")) == 1
    with pytest.raises(UnknownNameError, match="no machine is called 'moon'; there are: scripted"):
        harness.load(results, machine="moon")
    with pytest.raises(UnknownNameError, match="no run is called '1'; there are: 2026"):
        harness.load(results, run="1")


def test_an_empty_store_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EmptyStoreError, match="measure with `harness run`"):
        harness.load(tmp_path / "nowhere")


def parquet_of(results: Path) -> Path:
    return next(read_runs(results)).folder / "abs.parquet"


def rewrite(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(change(pq.read_table(path, partitioning=None)), sink)
    write_sealed(path, sink.getvalue())


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
    path = parquet_of(results)
    spoil(path)
    with pytest.raises(CorruptStoreError) as caught:
        harness.load(results)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"schema": 99}',
        '{"schema": 1}',
        "\x00",
        '{"schema": 1, "machine": 3}',
        "[" * 10**5,
    ],
)
def test_a_spoiled_run_json_is_named(results: Path, text: str) -> None:
    path = parquet_of(results).with_name("run.json")
    path.write_text(text)
    with pytest.raises(CorruptStoreError) as caught:
        harness.load(results)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("place", ["runs/notes.txt", f"runs/{MACHINE}/notes.txt"])
def test_a_foreign_file_is_named(results: Path, place: str) -> None:
    (results / place).write_text("hello")
    with pytest.raises(CorruptStoreError, match=r"notes\.txt does not belong in the store"):
        harness.load(results)


def test_a_foreign_file_in_a_run_is_named(results: Path) -> None:
    parquet_of(results).with_name("notes.txt").write_text("hello")
    with pytest.raises(CorruptStoreError, match=r"notes\.txt does not belong in the store"):
        harness.load(results)


def test_a_run_that_lost_its_run_json_is_named(results: Path) -> None:
    parquet_of(results).with_name("run.json").unlink()
    with pytest.raises(CorruptStoreError, match=r"no run\.json"):
        harness.load(results)


def test_a_file_is_replaced_whole_or_not_at_all(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk fills up while run.json is replaced: the old one stays as it was."""
    run = next(read_runs(results))
    before = (run.folder / "run.json").read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(MeasureError, match=r"run\.json cannot be written \(No space left on device\)"):
        write_facts(run.folder, {**run.facts, "end": None})
    assert (run.folder / "run.json").read_bytes() == before
    assert read_run(run.folder).complete


def test_two_runs_at_once_keep_to_their_own_files(tmp_path: Path) -> None:
    def one(number: int) -> None:
        cells = [scripted_cell("numpy", 16, [float(number)])]
        write_run(tmp_path, cells, run=f"20260101T000000Z-{number:06d}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(1, 33)))
    cells = harness.load(tmp_path)
    assert sorted(cells["seconds"]) == [float(number) for number in range(1, 33)]
    assert all(int(run[-6:]) == seconds for run, seconds in zip(cells["run"], cells["seconds"], strict=True))


def test_run_json_is_json_for_any_reader(results: Path) -> None:
    facts = json.loads(parquet_of(results).with_name("run.json").read_text())
    assert facts["schema"] == 1
