"""The one file of a finished run: it is made of those of its ops, and nothing is lost on the way."""

import errno
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

import harness
from harness.errors import CorruptStoreError
from harness.runs.lifecycle import finish
from harness.store import frame as frame_module
from harness.store.cells_file import RUN_FILE
from harness.store.check import check
from harness.store.latest import ops_of
from harness.store.merge import merge
from harness.store.op_files import join_ops, op_files, read_blocks, read_cells, read_cost, read_ops, write_op
from harness.store.runs import Run, read_run, read_runs
from tests.support.damage import as_schema_1, as_schema_2, rewrite, rewrite_rows
from tests.support.runs import scripted_cell, write_run

OPS = ("abs", "mm", "sin")


class Killed(BaseException):
    """What ends a writer between two of its steps."""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a run of three ops that has not come to its end."""
    cells = [
        scripted_cell(backend, n, [seconds, seconds * 1.01], op=op)
        for op in OPS
        for n in (16, 64)
        for backend, seconds in (("numpy", 1e-6), ("torch-cpu", 2e-6))
    ]
    return write_run(tmp_path, cells, complete=False)


@pytest.fixture
def results(run: Run) -> Path:
    """Return the store of that run alone."""
    return run.folder.parents[2]


def files(run: Run) -> set[str]:
    """Return the names of a run's files."""
    return {path.name for path in run.folder.iterdir() if not path.name.startswith(".")}


def test_a_finished_run_is_one_file_that_says_all_that_those_of_its_ops_said(run: Run, results: Path) -> None:
    cells, blocks, cost = (
        harness.load(results),
        harness.blocks(results, harness.load(results)),
        read_cost(run),
    )
    values = read_cells(run)
    done = finish(run.folder)
    assert files(run) == {"run.json", RUN_FILE, f"{RUN_FILE}.sha256"}
    pd.testing.assert_frame_equal(harness.load(results), cells)
    pd.testing.assert_frame_equal(harness.blocks(results, cells), blocks)
    pd.testing.assert_frame_equal(
        harness.blocks(results, cells[cells["op"] == "mm"]),
        blocks[blocks["op"] == "mm"].reset_index(drop=True),
    )
    assert (str(read_cells(done)), read_cost(done), ops_of(done)) == (str(values), cost, OPS)
    assert check(results).faults == ()


def test_a_writer_that_is_killed_between_any_two_steps_loses_nothing(
    run: Run, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where another kills it, and another, until one gets through."""
    cells, steps = harness.load(results), 0

    def until_killed(call: Callable[..., object], left: list[int]) -> Callable[..., object]:
        def counted(*words: object, **options: object) -> object:
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return call(*words, **options)

        return counted

    while True:
        left = [steps]
        with monkeypatch.context() as patch:
            for name in ("replace", "unlink"):
                patch.setattr(Path, name, until_killed(getattr(Path, name), left))
            try:
                finish(run.folder)
                break
            except Killed:
                steps += 1
        pd.testing.assert_frame_equal(harness.load(results), cells)
        assert read_cost(run)["wall"] == 4.0 * len(OPS)
        assert check(results).faults == ()
        assert [str(copied.name) for copied in merge([results], results.parent / f"{steps}").copied] == [
            run.id
        ]
    assert steps > 3
    assert files(run) == {"run.json", RUN_FILE, f"{RUN_FILE}.sha256"}


def test_every_step_of_one_writer_leaves_a_readable_store(
    run: Run, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a reader beside it sees them: facts, seal, file, and each part with its seal."""
    cells = harness.load(results)
    seen: list[tuple[tuple[str, ...], set[str]]] = []

    def watched(call: Callable[..., object]) -> Callable[..., object]:
        def looking(*words: object, **options: object) -> object:
            answer = call(*words, **options)
            with monkeypatch.context() as patch:
                patch.setattr(Path, "replace", replaced)
                patch.setattr(Path, "unlink", unlinked)
                pd.testing.assert_frame_equal(harness.load(results), cells)
                seen.append((check(results).faults, files(run)))
            return answer

        return looking

    replaced, unlinked = Path.replace, Path.unlink
    monkeypatch.setattr(Path, "replace", watched(replaced))
    monkeypatch.setattr(Path, "unlink", watched(unlinked))
    finish(run.folder)
    assert len(seen) == 3 + 2 * len(OPS)
    assert all(faults == () for faults, _ in seen)


def test_a_reader_that_found_the_files_of_ops_reads_the_one_that_took_their_place(
    run: Run, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells, calls = harness.load(results), []

    def late(paths: list[Path]) -> object:
        calls.append(paths)
        finish(run.folder)
        return read_ops(paths)

    monkeypatch.setattr(frame_module, "read_ops", late)
    pd.testing.assert_frame_equal(harness.load(results), cells)
    assert [[path.stem for path in paths] for paths in calls] == [list(OPS), ["cells"]]


def test_a_full_disk_leaves_the_files_of_the_ops(
    run: Run, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells, before, written = harness.load(results), files(run), Path.replace

    def replaced(path: Path, target: Path) -> Path:
        if target.name == RUN_FILE:
            raise OSError(errno.ENOSPC, "No space left on device")
        return written(path, target)

    monkeypatch.setattr(Path, "replace", replaced)
    assert finish(run.folder).complete
    assert files(run) == before | {f"{RUN_FILE}.sha256"}
    pd.testing.assert_frame_equal(harness.load(results), cells)
    assert check(results).faults == ()


def test_an_op_that_was_measured_after_the_end_stays_beside_the_file(run: Run, results: Path) -> None:
    finish(run.folder)
    write_op(run.folder, "tan", [scripted_cell("numpy", 16, [1e-6], op="tan")], {"wall": 1.0})
    finish(run.folder)
    assert files(run) >= {RUN_FILE, "tan.parquet"}
    assert set(harness.load(results)["op"]) == {*OPS, "tan"}
    assert ops_of(run) == (*OPS, "tan")
    assert check(results).faults == ()
    other = results.parent / "other"
    merge([results], other)
    pd.testing.assert_frame_equal(harness.load(other), harness.load(results))


def test_an_op_that_is_called_like_the_file_keeps_its_own(run: Run, results: Path) -> None:
    write_op(run.folder, "cells", [scripted_cell("numpy", 16, [1e-6], op="cells")], {"wall": 1.0})
    before, cells = files(run), harness.load(results)
    assert finish(run.folder).complete
    assert files(run) == before
    pd.testing.assert_frame_equal(harness.load(results), cells)
    assert set(cells["op"]) == {*OPS, "cells"}
    assert check(results).faults == ()


@pytest.mark.parametrize("before", [as_schema_1, as_schema_2])
def test_files_of_before_become_part_of_the_one(
    run: Run, results: Path, before: Callable[[pa.Table], pa.Table]
) -> None:
    rewrite(run.folder / "mm.parquet", before)
    cells, blocks = harness.load(results), harness.blocks(results, harness.load(results))
    finish(run.folder)
    pd.testing.assert_frame_equal(harness.load(results), cells)
    pd.testing.assert_frame_equal(harness.blocks(results, cells), blocks)


def test_a_run_without_ops_has_no_file(tmp_path: Path) -> None:
    run = write_run(tmp_path, [], complete=False)
    finish(run.folder)
    assert files(run) == {"run.json"}
    assert any("has no cells" in fault for fault in check(tmp_path).faults)


def test_a_damaged_file_is_named_and_those_of_its_ops_are_not_taken_for_it(run: Run, results: Path) -> None:
    kept = {path.name: path.read_bytes() for path in run.folder.glob("mm.parquet*")}
    whole = finish(run.folder).folder / RUN_FILE
    for name, content in kept.items():
        (run.folder / name).write_bytes(content)
    whole.write_bytes(whole.read_bytes()[:-1])
    with pytest.raises(CorruptStoreError, match=r"cells\.parquet cannot be read"):
        harness.load(results)
    assert any("cells.parquet cannot be read" in fault for fault in check(results).faults)


@pytest.mark.parametrize(
    ("costs", "sentence"),
    [
        ({"abs": {}, "mm": {}}, "a row is of the op 'sin'"),
        ([], "it does not tell its ops"),
        ({"abs": {}, "mm": {}, "sin": {}, "\x1b[2J": {}}, "it tells of an op that cannot be called so"),
    ],
)
def test_a_file_that_holds_other_ops_than_it_tells_is_refused(
    run: Run, results: Path, costs: object, sentence: str
) -> None:
    metadata = {b"harness_schema": b"3", b"harness_costs": json.dumps(costs).encode()}
    path = finish(run.folder).folder / RUN_FILE
    rewrite(path, lambda table: table.replace_schema_metadata(metadata))
    with pytest.raises(CorruptStoreError, match=sentence):
        harness.load(results)
    assert any(sentence in fault for fault in check(results).faults)


def test_only_the_file_of_the_run_may_hold_several_ops(run: Run, results: Path) -> None:
    """Else a file could hide behind the name of another op."""
    metadata = {b"harness_schema": b"3", b"harness_costs": b'{"abs": {}, "mm": {}, "sin": {}}'}
    rewrite_rows(run.folder / "abs.parquet", lambda rows: rows[0].update(op="sin"), schema=3)
    rewrite(run.folder / "abs.parquet", lambda table: table.replace_schema_metadata(metadata))
    with pytest.raises(CorruptStoreError, match="a row is of the op 'sin'"):
        harness.load(results)


def test_the_same_case_of_two_ops_is_no_repetition_and_of_one_it_is(run: Run, results: Path) -> None:
    path = finish(run.folder).folder / RUN_FILE
    assert len(harness.load(results)) == 4 * len(OPS)
    rewrite_rows(path, lambda rows: rows.append(rows[-1]), schema=3)
    with pytest.raises(CorruptStoreError, match="torch-cpu at n = 64 is there twice"):
        harness.load(results)


def test_the_blocks_of_an_op_that_is_gone_are_missed(run: Run, results: Path) -> None:
    cells = harness.load(results)
    with pytest.raises(CorruptStoreError, match=r"tan\.parquet cannot be read: it is missing"):
        harness.blocks(results, cells.assign(op="tan"))
    (paths,) = [list(op_files(run.folder))]
    assert len(read_blocks(paths)[0]) == len(cells)


def test_a_store_may_lie_in_a_folder_of_any_name(run: Run, results: Path) -> None:
    """On Linux a name is bytes, and Arrow opens only what is in UTF-8."""
    finish(run.folder)
    odd = results.parent / os.fsdecode(b"a \xe9")
    try:
        shutil.copytree(results, odd)
    except OSError:
        pytest.skip("this system has no such names")
    (moved,) = read_runs(odd)
    assert ops_of(moved) == OPS
    write_op(moved.folder, "tan", [scripted_cell("numpy", 16, [1e-6], op="tan")], {})
    assert set(harness.load(odd)["op"]) == {*OPS, "tan"}


def test_a_run_joined_twice_is_as_joined_once(run: Run) -> None:
    join_ops(run.folder)
    before = (run.folder / RUN_FILE).read_bytes()
    join_ops(run.folder)
    assert (run.folder / RUN_FILE).read_bytes() == before
    assert replace(read_run(run.folder)) == next(read_runs(run.folder.parents[2]))
