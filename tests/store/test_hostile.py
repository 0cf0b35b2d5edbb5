"""A store that was damaged, or written by somebody with bad intent: a typed error, never a wrong number."""

import json
import math
import os
import struct
import sys
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
from harness.cli.app import main
from harness.errors import CorruptStoreError, HarnessError, MeasureError
from harness.names import one_line
from harness.runs.job import new_job
from harness.runs.settings import QUICK
from harness.runs.sweep import sweep
from harness.store.files import LARGEST, seal_of, write_sealed
from harness.store.frame import latest
from harness.store.run_json import digest
from harness.store.runs import read_run, read_runs
from tests.support.runs import MACHINE, count, scripted_cell, write_run
from tests.support.sweeps import ABS, job_for

VALUES: list[Any] = [
    None, True, 0, -1, 2**63 - 1, -(2**70), 1e308, math.nan, math.inf, "", "x" * 10_000, "[/bold]", "\x1b[2J",
    "../../a", "a/b", "\ud800", "\x00", "ﷺ" * 300, [], [[]], [None], {}, {"name": []}, "numpy", "$^$",
]  # fmt: skip
"""What somebody could put where something else belongs."""
COMMANDS = [("speedup",), ("crossover",), ("cells",), ("cells", "--format", "json"), ("check",)]


def parquet(table: pa.Table) -> bytes:
    """Return a table as an uncompressed Parquet file."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="none")
    return bytes(sink.getvalue())


def damaged(content: bytes, random: Random) -> bytes:
    """Return a file's content after one of the things that happen to files, never as it was."""
    at, length = random.randrange(len(content)), random.randrange(1, 200)
    what: list[Callable[[], bytes]] = [
        lambda: content[:at],
        lambda: content[at:],
        lambda: content[:at] + bytes([content[at] ^ 1 << random.randrange(8)]) + content[at + 1 :],
        lambda: content[:at] + bytes(length) + content[at + length :],
        lambda: content[:at] + random.randbytes(length) + content[at + length :],
        lambda: content[:at] + random.randbytes(length) + content[at:],
        lambda: content[:at] + content[at + length :],
        lambda: content + content[at:],
        lambda: b"",
    ]
    while (hurt := random.choice(what)()) == content:
        pass  # zeros where zeros were
    return hurt


def answers(results: Path) -> list[pd.DataFrame]:
    """Return everything that is computed from a store."""
    cells = harness.load(results)
    return [cells, harness.speedup(cells), harness.crossover(cells)]


def said_by(words: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """Call the command line; return its exit code, and let nothing through but an exit."""
    monkeypatch.setattr(sys, "argv", ["harness", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.fixture
def randoms() -> Iterator[Random]:
    """Return a source of chance for each attempt."""
    return (Random(seed) for seed in range(count(100, 10_000)))  # noqa: S311 - the same faults each time


def test_damage_is_told_by_the_files_name_and_changes_no_figure(
    results: Path, randoms: Iterator[Random]
) -> None:
    """Nothing is compressed here, so that damage can hit a time without breaking the format."""
    (run,) = read_runs(results)
    table = pq.read_table(run.folder / "abs.parquet", partitioning=None)
    write_sealed(run.folder / "abs.parquet", parquet(table))
    files = {path: path.read_bytes() for path in run.folder.iterdir()}
    expected, told = answers(results), 0
    run_facts = read_run(run.folder).facts
    for random in randoms:
        path = random.choice(sorted(files))
        path.write_bytes(damaged(files[path], random))
        try:
            for found, right in zip(answers(results), expected, strict=True):
                pd.testing.assert_frame_equal(found, right, check_exact=True)
            assert read_run(run.folder).facts == run_facts
        except CorruptStoreError as error:
            told += 1
            assert str(path).removesuffix(".sha256") in str(error)  # noqa: PT017 - it need not be raised
        path.write_bytes(files[path])
    assert told > 0


def test_a_single_flipped_bit_in_a_time_is_told(results: Path) -> None:
    path = next(results.glob("runs/*/*/abs.parquet"))
    content = bytearray(parquet(pq.read_table(path, partitioning=None)))
    write_sealed(path, bytes(content))
    content[content.index(struct.pack("<d", 1e-6))] ^= 1
    path.write_bytes(content)
    with pytest.raises(CorruptStoreError, match=r"it is not what abs\.parquet\.sha256 says"):
        harness.load(results)


def test_the_command_line_says_damage_in_one_line(
    results: Path,
    randoms: Iterator[Random],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    path = next(results.glob("runs/*/*/abs.parquet"))
    content = path.read_bytes()
    for random, command in zip(randoms, COMMANDS * count(4, 200), strict=False):
        path.write_bytes(damaged(content, random))
        words = [command[0], str(results)] if command == ("check",) else [*command, "--results", str(results)]
        assert said_by([*words, *(["--machine", MACHINE] if command != ("check",) else [])], monkeypatch) in {
            5,
            8,
        }
        said = capfd.readouterr()
        assert len(said.err.splitlines()) == 1
        assert str(path) in said.err + said.out


def hostile_table(path: Path, random: Random) -> None:
    """Replace a value in an op's table by one that fits its column, and seal the file as its writer would."""
    table = pq.read_table(path, partitioning=None)
    rows = table.to_pylist()
    row = random.choice(rows)
    if random.random() < 0.5:
        row[random.choice(list(row))] = random.choice(VALUES)
    elif row["rounds"]:
        found = random.choice(row["rounds"])
        key = random.choice(list(found))
        found[key] = random.choice([*VALUES, [random.choice(VALUES)] * 3])
    else:
        rows.append(row)
    write_sealed(path, parquet(pa.Table.from_pylist(rows, schema=table.schema)))


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
    [("abs.parquet", hostile_table), ("abs.parquet", hostile_bytes), ("run.json", hostile_facts)],
)
def test_what_a_stranger_wrote_is_answered_from_or_refused(
    results: Path,
    randoms: Iterator[Random],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    spoil: Callable[[Path, Random], None],
) -> None:
    """Whatever it says, no error but a typed one comes out, and no control character gets to a terminal."""
    path = next(results.glob(f"runs/*/*/{name}"))
    kept = {own: own.read_bytes() for own in path.parent.iterdir()}
    refused = 0
    for random in randoms:
        try:
            spoil(path, random)
        except (pa.ArrowException, OverflowError, UnicodeEncodeError, TypeError):
            continue  # the value cannot even be written
        try:
            answers(results)
            for command in COMMANDS[:3] if random.random() < 0.05 else ():
                said_by([*command, "--results", str(results), "--machine", MACHINE], monkeypatch)
            harness.load(results)
        except HarnessError:
            refused += 1
        for own, content in kept.items():
            own.write_bytes(content)
    assert refused > 0


IMPOSSIBLE: dict[str, Callable[[dict[str, Any]], object]] = {
    "no number": lambda row: row["rounds"][0].update(number=0),
    "a time that is not finite": lambda row: row["rounds"][0].update(samples=[1e-6, math.inf, 1e-6]),
    "a time that is no number": lambda row: row["rounds"][0].update(samples=[1e-6, math.nan, 1e-6]),
    "less time than the floor allows": lambda row: row["rounds"][0].update(samples=[1e-6, -1e-6, 1e-6]),
    "a negative floor": lambda row: row["rounds"][0].update(floor=-1.0),
    "an unknown mark": lambda row: row["rounds"][0].update(disturbed=[True, None, True]),
    "marks for other samples": lambda row: row["rounds"][0].update(disturbed=[True]),
    "no samples": lambda row: row["rounds"][0].update(samples=[], disturbed=[]),
    "no list of states": lambda row: row["rounds"][0].update(states=None),
    "a state that is none": lambda row: row["rounds"][0].update(states=[None]),
    "more rounds than any run has": lambda row: row.update(rounds=row["rounds"] * 1001),
    "no elements": lambda row: row.update(n=0),
    "a time without rounds": lambda row: row.update(rounds=[None]),
    "a wrong result with a time": lambda row: row.update(max_error=1.0),
    "a cell that is there twice": lambda row: row.update(n=64),
    "a backend that is no name": lambda row: row.update(backend="a/b"),
    "a reason with control characters": lambda row: row.update(reason="\x1b[2J"),
    "a reason of 10 000 characters": lambda row: row.update(reason="x" * 10_000),
}


@pytest.mark.parametrize("spoil", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_cannot_have_been_measured_is_refused(
    results: Path, spoil: Callable[[dict[str, Any]], object]
) -> None:
    path = next(results.glob("runs/*/*/abs.parquet"))
    table = pq.read_table(path, partitioning=None)
    rows = table.to_pylist()
    spoil(rows[0])
    write_sealed(path, parquet(pa.Table.from_pylist(rows, schema=table.schema)))
    with pytest.raises(CorruptStoreError, match=r"abs\.parquet cannot be read"):
        harness.load(results)


def test_a_small_file_that_would_unpack_to_a_huge_table_is_refused(results: Path) -> None:
    path = next(results.glob("runs/*/*/abs.parquet"))
    write_sealed(path, parquet(pa.table({"a": pa.nulls(3 * 10**7, pa.int8())})))
    with pytest.raises(CorruptStoreError, match=r"it would unpack to 30000000 rows"):
        harness.load(results)


@pytest.mark.parametrize("name", ["run.json", "abs.parquet", "abs.parquet.sha256"])
def test_a_huge_file_is_refused_unread(results: Path, name: str) -> None:
    path = next(results.glob(f"runs/*/*/{name}"))
    os.truncate(path, 2**40)  # sparse: it takes no room
    with pytest.raises(CorruptStoreError, match=rf"and no file of a run more than {LARGEST}"):
        harness.load(results)


@pytest.mark.parametrize("name", ["run.json", "abs.parquet"])
def test_a_pipe_in_the_place_of_a_file_is_refused_unopened(results: Path, name: str) -> None:
    path = next(results.glob(f"runs/*/*/{name}"))
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(CorruptStoreError, match="it is no regular file"):
        harness.load(results)


def test_a_file_without_its_seal_is_refused(results: Path) -> None:
    path = next(results.glob("runs/*/*/abs.parquet"))
    seal_of(path).unlink()
    with pytest.raises(CorruptStoreError, match=r"abs\.parquet\.sha256 cannot be read: it is missing"):
        harness.load(results)


def test_a_draft_of_a_run_that_was_killed_at_once_is_no_run(results: Path) -> None:
    """The first file of a run was not yet renamed when its writer was killed."""
    folder = results / "runs" / MACHINE / "20260301T000000Z-000000"
    folder.mkdir()
    (folder / ".run.json.4711").write_text("{")
    assert len(list(read_runs(results))) == 1


@pytest.mark.parametrize("name", ["a\nb", "\x1b[2J", "a:b", "\u202egnp", "x" * 201])
def test_a_folder_that_no_run_can_have_is_told_on_one_printable_line(
    results: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    write_run(results, [scripted_cell("numpy", 16, [1.0])], run=name)
    assert said_by(["cells", "--results", str(results)], monkeypatch) == CorruptStoreError.exit_code
    said = capfd.readouterr().err
    assert "does not belong in the store" in said
    assert all(mark.isprintable() for mark in said.replace("\n", ""))


@pytest.mark.parametrize("text", ["[/bold] [red]x", ":smile: $x^$ <b>&amp;", "x" * 400])
def test_text_is_printed_and_drawn_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], text: str
) -> None:
    cells = [scripted_cell(b, n, [1.0, 1.0], reason=text) for b in ("numpy", "torch-cpu") for n in (16, 64)]
    write_run(tmp_path, cells)
    for command in ("cells", "speedup", "crossover", "plot")[: 4 if "$" in text else 3]:
        words = [command, "--results", str(tmp_path), "--machine", MACHINE]
        assert said_by(words, monkeypatch) == 0
        said = capfd.readouterr().out
        assert command == "plot" or text.replace(" ", "") in "".join(said.split())


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\n\n first\nsecond", "first"),
        ("\x1b[2J\u202ex\t", "\N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER}x"),
        ("x" * 10_000, "x" * 499 + "…"),
        ("", ""),
    ],
)
def test_any_text_becomes_a_line_that_can_be_stored(text: str, line: str) -> None:
    assert one_line(text) == line
    assert one_line(line) == line


def test_a_run_after_the_clock_was_set_back_is_the_latest_all_the_same(tmp_path: Path) -> None:
    """The clock said 2099 once; every later run would hide behind that one otherwise."""
    write_run(tmp_path, [scripted_cell("numpy", 16, [1.0])], run="20991231T235959Z-ffffff")
    job = new_job(results=tmp_path, project=tmp_path, machine=MACHINE, settings=QUICK)
    write_run(tmp_path, [scripted_cell("numpy", 64, [1.0])], run=job.run)
    assert job.run.startswith("21000101T000000Z-")
    assert latest(read_runs(tmp_path), MACHINE).id == job.run


def test_an_op_with_a_hostile_name_is_written_nowhere(tmp_path: Path) -> None:
    for name in ("../../escaped", "a\nb", "x" * 10_000, ""):
        with pytest.raises(MeasureError, match="which cannot be a file's name; rename it"):
            sweep(replace(ABS, name=name), job_for(tmp_path))
    assert list(tmp_path.iterdir()) == []
