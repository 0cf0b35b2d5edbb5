"""A store that was damaged, or written by somebody with bad intent: a typed error, never a wrong number."""

import json
import math
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import harness
from harness.errors import CheckError, CorruptStoreError, HarnessError
from harness.model import Round, Span
from harness.store.cells_file import RUN_FILE
from harness.store.check import check
from harness.store.control import controls
from harness.store.files import write_sealed
from harness.store.op_files import join_ops, read_cells, write_op
from harness.store.run_json import digest
from harness.store.runs import read_run, read_runs, write_facts
from tests.support.command_line import Harness
from tests.support.damage import damaged, op_file, parquet, rewrite, rewrite_rows
from tests.support.runs import MACHINE, count, scripted_cell, write_run

VALUES: list[Any] = [
    None, True, 0, -1, 2**63 - 1, -(2**70), 1e308, math.nan, math.inf, "", "x" * 10_000, "[/bold]", "\x1b[2J",
    "../../a", "a/b", "\ud800", "\x00", "ﷺ" * 300, [], [[]], [None], {}, {"name": []}, "numpy", "$^$",
]  # fmt: skip
"""What somebody could put where something else belongs."""
COMMANDS = [("speedup",), ("crossover",), ("cells",), ("cells", "--format", "json"), ("check",)]


@pytest.fixture
def results(results: Path) -> Path:
    """Return the store with passes, controls, and all that a run can tell of itself."""
    (run,) = read_runs(results)
    write_facts(run.folder, {**run.facts, "looks": 3, "stopped": False})
    cells = [replace(cell, rounds=tuple(map(in_passes, cell.rounds))) for cell in read_cells(run)]
    base = [cell for cell in cells if (cell.case.backend, cell.case.span) == ("numpy", Span.CALL)]
    controls = [replace(cell, case=replace(cell.case, span=Span.CONTROL)) for cell in base]
    write_op(run.folder, "abs", [*cells, *controls], {"timed": 1.0})
    return results


def in_passes(round_: Round | None) -> Round | None:
    """Return a round of three samples as one of two passes, which used a core and a half."""
    return None if round_ is None else replace(round_, passes=(0, 0, 1), cores=1.5)


def answers(results: Path) -> list[pd.DataFrame]:
    """Return everything that is computed from a store."""
    cells = harness.load(results)
    of_runs = [controls(run) for run in read_runs(results)]
    return [cells, harness.speedup(cells), harness.crossover(cells), *of_runs]


@pytest.fixture
def randoms() -> Iterator[Random]:
    """Return a source of chance for each attempt."""
    return (Random(seed) for seed in range(count(100, 10_000)))  # noqa: S311 - the same faults each time


def test_damage_is_told_by_the_files_name_and_changes_no_figure(
    results: Path, randoms: Iterator[Random]
) -> None:
    """Nothing is compressed here, so that damage can hit a time without breaking the format."""
    (run,) = read_runs(results)
    rewrite(run.folder / "abs.parquet", lambda table: table)
    files = {path: path.read_bytes() for path in run.folder.iterdir()}
    expected, refused = answers(results), 0
    run_facts = read_run(run.folder).facts
    for random in randoms:
        path = random.choice(sorted(files))
        path.write_bytes(damaged(files[path], random))
        try:
            for table, right in zip(answers(results), expected, strict=True):
                pd.testing.assert_frame_equal(table, right, check_exact=True)
            assert read_run(run.folder).facts == run_facts
        except CorruptStoreError as error:
            refused += 1
            assert str(path).removesuffix(".sha256") in str(error)  # noqa: PT017 - it need not be raised
        path.write_bytes(files[path])
    assert refused > 0


def test_a_single_flipped_bit_in_a_time_is_told(results: Path) -> None:
    path = op_file(results)
    content = bytearray(parquet(pq.read_table(path, partitioning=None)))
    write_sealed(path, bytes(content))
    content[content.index(struct.pack("<d", 1e-6))] ^= 1
    path.write_bytes(content)
    with pytest.raises(CorruptStoreError, match=r"it is not what abs\.parquet\.sha256 says"):
        harness.load(results)


def test_the_command_line_says_damage_in_one_line(
    results: Path, randoms: Iterator[Random], call: Harness
) -> None:
    path = op_file(results)
    content = path.read_bytes()
    for random, command in zip(randoms, COMMANDS * count(4, 200), strict=False):
        path.write_bytes(damaged(content, random))
        words = [command[0], str(results)] if command == ("check",) else [*command, "--results", str(results)]
        answer = call(*words, *(["--machine", MACHINE] if command != ("check",) else []))
        assert answer.code in {CorruptStoreError.exit_code, CheckError.exit_code}
        assert len(answer.err.splitlines()) == 1
        assert str(path) in answer.err + answer.out


def hostile_table(path: Path, random: Random) -> None:
    """Replace a value in an op's table by one that fits its column, and seal the file as its writer would."""

    def spoil(rows: list[dict[str, Any]]) -> None:
        row = random.choice(rows)
        if random.random() < 0.5:
            row[random.choice(list(row))] = random.choice(VALUES)
        elif row["rounds"]:
            fields = random.choice(row["rounds"])
            fields[random.choice(list(fields))] = random.choice([*VALUES, [random.choice(VALUES)] * 3])
        else:
            rows.append(row)

    rewrite_rows(path, spoil, schema=random.choice([2, 3]))


def hostile_facts(path: Path, random: Random) -> None:
    """Replace a value anywhere in a run's facts, and give them the digest that belongs to them."""
    facts = json.loads(path.read_bytes())
    facts.pop("digest")
    place: Any = facts
    while True:
        key = random.choice(list(place) if isinstance(place, dict) else range(len(place)))
        if not isinstance(place[key], dict | list) or not place[key] or random.random() < 0.3:
            break
        place = place[key]
    place[key] = random.choice(VALUES)
    text = json.dumps(facts | {"digest": digest(facts)}, ensure_ascii=False)
    path.write_text(text, encoding="utf-8")


def hostile_bytes(path: Path, random: Random) -> None:
    """Damage a file, and seal what came of it."""
    write_sealed(path, damaged(path.read_bytes(), random))


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("abs.parquet", hostile_table),
        ("abs.parquet", hostile_bytes),
        ("cells.parquet", hostile_table),
        ("cells.parquet", hostile_bytes),
        ("run.json", hostile_facts),
    ],
)
def test_what_a_stranger_wrote_is_answered_from_or_refused(
    results: Path,
    randoms: Iterator[Random],
    call: Harness,
    name: str,
    spoil: Callable[[Path, Random], None],
) -> None:
    """Whatever it says, no error but a typed one comes out, and no control character gets to a terminal."""
    if name == RUN_FILE:
        join_ops(op_file(results).parent)
    path = next(results.glob(f"runs/*/*/{name}"))
    before = {file: file.read_bytes() for file in path.parent.iterdir()}
    refused = 0
    for random in randoms:
        try:
            spoil(path, random)
        except (pa.ArrowException, OverflowError, UnicodeEncodeError, TypeError):
            continue  # the value cannot even be written
        try:
            answers(results)
            for command in COMMANDS[:3] if random.random() < 0.05 else ():
                call(*command, "--results", results, "--machine", MACHINE)
        except HarnessError as error:
            refused += 1
            corrupt = isinstance(error, CorruptStoreError)
        else:
            corrupt = False
        assert check(results).faults or not corrupt
        for file, content in before.items():
            file.write_bytes(content)
    assert refused > 0


@pytest.mark.parametrize("name", ["a\nb", "\x1b[2J", "a:b", "\u202egnp", "x" * 201])
def test_a_folder_that_no_run_can_have_is_told_on_one_printable_line(
    results: Path, call: Harness, name: str
) -> None:
    write_run(results, [scripted_cell("numpy", 16, [1.0])], run=name)
    answer = call("cells", "--results", results)
    assert answer.code == CorruptStoreError.exit_code
    assert "does not belong in the store" in answer.err
    assert all(mark.isprintable() for mark in answer.err.replace("\n", ""))


@pytest.mark.parametrize("text", ["[/bold] [red]x", ":smile: $x^$ <b>&amp;", "x" * 400])
def test_text_is_printed_and_drawn_as_it_stands(tmp_path: Path, call: Harness, text: str) -> None:
    cells = [scripted_cell(b, n, [1.0, 1.0], reason=text) for b in ("numpy", "torch-cpu") for n in (16, 64)]
    write_run(tmp_path, cells)
    for command in ("cells", "speedup", "crossover", "plot")[: 4 if "$" in text else 3]:
        answer = call(command, "--results", tmp_path, "--machine", MACHINE)
        assert answer.code == 0
        assert command == "plot" or text.replace(" ", "") in "".join(answer.out.split())
