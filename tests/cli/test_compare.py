"""The command that holds two runs against each other: what it reads, prints and fails at."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from harness.answers.comparison import COLUMNS
from harness.model import TIMED, Cell, Status
from harness.store.runs import write_facts
from harness.validation.record import place
from tests.support.command_line import Harness
from tests.support.runs import MACHINE, scripted_cell, write_run
from tests.support.steady_cells import STEADY, steady_cells

BASE, HEAD = (f"2026010{day}T000000Z-000000" for day in (1, 2))


@pytest.fixture
def call(call: Harness, store: Path) -> Harness:
    """Return a function that calls the command line with this store."""
    return lambda *words: call(*words, "--results", store)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Return a store with two runs; in the later one a cell is slower by 10 %, and one is missing."""
    write_run(tmp_path, steady_cells(), run=BASE)
    run = write_run(tmp_path, steady_cells(1.1)[:-1], run=HEAD)
    libraries = {**run.facts["libraries"], "numpy": "2.1.0", "note": "a | b\n<b>@all</b> *x*\x1b"}
    write_facts(run.folder, {**run.facts, "libraries": libraries, "begin": "2026-01-02T00:00:00+00:00"})
    return tmp_path


def exported(call: Harness, store: Path, run: str) -> Path:
    """Return the Parquet file that a run's cells were exported to."""
    path = store / "elsewhere" / f"{run}.parquet"
    call("cells", "--machine", MACHINE, "--run", run, "--format", "parquet", "--output", path)
    return path


def test_a_run_a_machine_a_folder_and_a_file_are_all_compared_alike(call: Harness, store: Path) -> None:
    folder = store / "runs" / MACHINE / HEAD
    files = exported(call, store, BASE), exported(call, store, HEAD)
    answers = [
        call("compare", a, b, "--format", "json").out
        for a, b in ((BASE, HEAD), (BASE, MACHINE), (BASE, folder), files)
    ]
    assert set(answers) == {answers[0]}
    found = json.loads(answers[0])
    assert (found["a"], found["b"]) == (f"{MACHINE}/{BASE}", f"{MACHINE}/{HEAD}")
    assert (found["in_both"], found["in_either"]) == (5, 6)
    assert found["geometric_mean"]["value"] == pytest.approx(1.1 ** (1 / 5))
    (slow,) = (cell for cell in found["cells"] if cell["verdict"] == "slower")
    assert (slow["backend"], slow["n"], slow["ratio"]) == ("torch-cpu", 64, pytest.approx(1.1))
    assert found["cells"][-1]["status_b"] is None
    assert {"name": "libraries.numpy", "a": "2.0.0", "b": "2.1.0"} in found["differences"]


def test_the_table_begins_with_what_differs_and_ends_with_what_it_comes_to(call: Harness) -> None:
    lines = [line for line in call("compare", BASE, HEAD).out.splitlines() if line.strip()]
    assert lines[2].split() == ["libraries.numpy", "2.0.0", "2.1.0"]
    assert "5 of 6 cells have a time in both runs: 0 faster, 4 same, 1 slower, 0 unsure." in lines
    assert "A slow-down to 1.01× the time would have been told in half" in "\n".join(lines)
    assert "one to 1.10× in 100%;" in "\n".join(lines)
    assert re.search(r"64 +640 ns +704 ns +1\.10× \(1\.10 to 1\.10\) +slower", "\n".join(lines))


def test_csv_has_a_line_per_cell(call: Harness) -> None:
    lines = call("compare", BASE, HEAD, "--format", "csv").out.splitlines()
    assert lines[0] == ",".join(COLUMNS)
    assert len(lines) == 7


def test_only_the_cells_that_are_asked_for_are_compared(call: Harness) -> None:
    answer = call("compare", BASE, HEAD, "--backend", "numpy", "--op", "abs", "--span", "call")
    assert "3 of 3 cells have a time in both runs: 0 faster, 3 same, 0 slower, 0 unsure." in answer.out
    assert call("compare", BASE, HEAD, "--backend", "jax").code == 3


def test_a_comment_shows_the_cells_that_differ_and_no_name_acts_as_markup(call: Harness) -> None:
    printed = call("compare", BASE, HEAD, "--format", "markdown").out
    rows = [line for line in printed.splitlines() if line.startswith("| abs ")]
    assert rows == [
        "| abs | torch-cpu | float32 | call | 256 | 1 | missing: not in this run |",
        (
            "| abs | torch-cpu | call | float32 | 64 | 640 ns | 704 ns | 1.10× (1.10 to 1.10) "
            "| slower provisional | – | – | – |"
        ),
    ]
    note = r"| libraries.note |  | a \| b &lt;b&gt;&#64;all&lt;/b&gt; \*x\*"
    assert note + "\N{REPLACEMENT CHARACTER} |" in printed.splitlines()


def test_a_comment_has_what_a_cell_of_the_later_run_moves_and_computes(call: Harness, store: Path) -> None:
    for run, slow in (("20260103T000000Z-000000", 1.0), ("20260104T000000Z-000000", 2.0)):
        cell = scripted_cell("numpy", 64, [slow * 1e-6 * f for f in STEADY])
        write_run(store, [replace(cell, moved=512.0, flop=128.0)], run=run)
    runs = "20260103T000000Z-000000", "20260104T000000Z-000000"
    rows = call("compare", *runs, "--format", "markdown").out.splitlines()
    head, _, row = next(
        rows[at : at + 3] for at, line in enumerate(rows) if line.startswith("| op | backend | span")
    )
    assert head.endswith("| verdict | B moves | B computes | of ceiling |")
    assert row.endswith(" | 256 MB/s | 64.0 MFLOP/s | – |")  # no ceiling is stored


def test_a_comment_of_many_cells_stays_below_githubs_limit(call: Harness, store: Path) -> None:
    for run, slow in (("20260103T000000Z-000000", 1.0), ("20260104T000000Z-000000", 2.0)):
        many = [scripted_cell("numpy", n, [slow * n * 1e-8 * f for f in STEADY]) for n in range(1, 1500)]
        write_run(store, many, run=run)
    printed = call(
        "compare", "20260103T000000Z-000000", "20260104T000000Z-000000", "--format", "markdown"
    ).out
    assert len(printed) < 65_536
    assert printed.endswith("and 1299 more with smaller ratios.\n")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ((BASE, HEAD), 0, ""),
        (
            (BASE, HEAD, "--fail-on-slower"),
            13,
            f"cells of {MACHINE}/{HEAD} that are slower by more than 1 %: 1,",
        ),
        (
            (BASE, HEAD, "--fail-on-slower", "5"),
            13,
            "worst abs on torch-cpu at n = 64: 1.10× the time; cells without a time any more: 1",
        ),
        (
            (BASE, HEAD, "--fail-on-slower", "20"),
            14,
            f"none in {MACHINE}/{HEAD}: 1, first abs on torch-cpu at n = 256: missing: not in this run",
        ),
        (
            (BASE, HEAD, "--fail-on-slower", "20", "--backend", "numpy"),
            0,
            "3 of 3 cells that could be judged nothing is slower by more than 20 %; all of it is provisional",
        ),
        ((HEAD, BASE, "--fail-on-slower"), 0, "in the 5 of 5 cells that could be judged"),
        ((BASE, BASE, "--fail-on-slower"), 0, "in the 6 of 6 cells that could be judged"),
        ((BASE, HEAD, "5"), 2, "goes with --fail-on-slower only"),
        ((BASE, HEAD, "inf", "--fail-on-slower"), 2, "the third word inf is PCT, at least 0"),
        ((BASE, HEAD, "--fail-on-slower", "-5"), 2, "No such option"),
    ],
)
def test_a_slower_cell_fails_only_if_that_is_asked_for(
    call: Harness, words: tuple[str, ...], code: int, sentence: str
) -> None:
    answer = call("compare", *words)
    assert answer.code == code
    assert sentence in answer.err
    assert bool(answer.err) == bool(sentence)


def test_nothing_is_slower_by_what_two_runs_of_the_same_differ_by(call: Harness, store: Path) -> None:
    assert "Verdicts tell differences above 1.00%" in call("compare", BASE, HEAD).out
    told = call("compare", HEAD, BASE, "--aa-error", "20", "--fail-on-slower", "5")
    assert (told.code, "Verdicts tell differences above 20.00%" in told.out) == (0, True)
    assert "nothing is slower by more than 20 %" in told.err
    facts = {"schema": 1, "aa_error": 0.2, "when": "2026-01-01T00:00:00+00:00", "quick": False}
    place(store, MACHINE).parent.mkdir()
    place(store, MACHINE).write_text(json.dumps(facts))
    assert "0 faster, 4 same, 0 slower, 1 unsure" in call("compare", BASE, HEAD).out
    assert "1 slower" in call("compare", BASE, HEAD, "--aa-error", "0").out


@pytest.mark.parametrize("slow", [1.0, 2.0])
def test_a_gate_over_runs_of_different_machines_says_that_they_differ(
    call: Harness, store: Path, slow: float
) -> None:
    run = write_run(store, steady_cells(slow), run="20260103T000000Z-cccccc")
    assert "the machines differ" not in call("compare", BASE, run.id, "--fail-on-slower", "5").err
    machine = {**run.facts["machine"], "cpu": "another of the pool"}
    write_facts(run.folder, {**run.facts, "machine": machine})
    told = call("compare", BASE, run.id, "--fail-on-slower", "5")
    assert told.code == (13 if slow > 1 else 0)
    assert (
        "the machines differ (machine.cpu a scripted clock against another of the pool), which may"
        in told.err
    )


def test_the_verdicts_of_a_quick_run_are_marked_as_provisional(call: Harness, store: Path) -> None:
    run = write_run(store, steady_cells(2.0), run="20260103T000000Z-cccccc")
    write_facts(run.folder, {**run.facts, "quick": True})
    printed = call("compare", BASE, run.id).out
    assert re.search(r"64 +640 ns +1\.28 µs +2\.00× \(.*\) +slower provisional", printed)
    assert "0 faster, 5 same, 1 slower, 0 unsure" in printed
    assert "Provisional verdicts rest on a quick run, or on fewer than 4 rounds." in printed
    rows = json.loads(call("compare", BASE, run.id, "--format", "json").out)["cells"]
    assert {row["provisional"] for row in rows} == {True}


def test_verdicts_of_enough_rounds_are_not_provisional(call: Harness, store: Path) -> None:
    runs = [f"2026010{day}T000000Z-eeeeee" for day in (4, 5)]
    for run, slow in zip(runs, (1.0, 2.0), strict=True):
        times = [slow * 1e-6 * f for f in (0.999, 1.0, 1.001, 1.0)]
        write_run(store, [scripted_cell("numpy", n, times) for n in (16, 64)], run=run)
    printed = call("compare", *runs).out
    assert "0 faster, 0 same, 2 slower, 0 unsure" in printed
    assert "rovisional" not in printed


def test_a_gate_that_can_judge_nothing_is_not_passed(call: Harness, store: Path) -> None:
    runs = [f"2026010{day}T000000Z-dddddd" for day in (4, 5)]
    for run, seconds in zip(runs, (1.0, 2.0), strict=True):
        write_run(store, [scripted_cell("numpy", n, [seconds]) for n in (16, 64)], run=run)
    answer = call("compare", *runs, "--fail-on-slower")
    assert answer.code == 12
    assert "could be judged in no cell; measure both with more rounds" in answer.err
    assert "0 faster, 0 same, 0 slower, 2 unsure" in answer.out
    assert "2 of them can have no verdict: they have a single round" in answer.out
    assert "rovisional" not in answer.out


def test_runs_that_scatter_too_much_to_be_judged_are_not_passed(call: Harness, store: Path) -> None:
    runs = [f"2026010{day}T000000Z-abcdef" for day in (4, 5)]
    for run, slow in zip(runs, (1.0, 1.1), strict=True):
        times = [slow * 1e-6 * f for f in (0.8, 1.0, 1.3)]
        write_run(store, [scripted_cell("numpy", n, times) for n in (16, 64)], run=run)
    answer = call("compare", *runs, "--fail-on-slower", "5")
    assert (answer.code, "0 faster, 0 same, 0 slower, 2 unsure" in answer.out) == (12, True)
    assert call("compare", *runs, "--fail-on-slower", "200").code == 0


def lossy(status: Status) -> list[Cell]:
    """Return the cells of a run whose second backend has no time; nothing else differs."""
    return [
        replace(cell, status=status, reason="error 1 against float64 <b>NumPy</b>", rounds=())
        if cell.case.backend == "torch-cpu"
        else cell
        for cell in steady_cells()
    ]


@pytest.mark.parametrize("status", [status for status in Status if status not in TIMED])
def test_cells_that_lost_their_time_are_listed_with_the_reason_in_every_form(
    call: Harness, store: Path, status: Status
) -> None:
    run = write_run(store, lossy(status), run="20260103T000000Z-bbbbbb")
    why = "error 1 against float64 <b>NumPy</b>"
    table, comma, comment, objects = (
        call("compare", BASE, run.id, "--format", form) for form in ("table", "csv", "markdown", "json")
    )
    assert [answer.code for answer in (table, comma, comment, objects)] == [0] * 4
    assert re.search(rf"abs +torch-cpu +float32 +call +16 to 256 +3 +{status}: {re.escape(why)}", table.out)
    assert "3 with a time in A have none in B." in table.out
    assert comma.out.count(f",{status},True,{why}\n") == 3
    escaped = why.replace("<", "&lt;").replace(">", "&gt;")
    assert f"| abs | torch-cpu | float32 | call | 16 to 256 | 3 | {status}: {escaped} |" in comment.out
    found = json.loads(objects.out)
    assert found["lost"] == 3
    assert [cell["reason"] for cell in found["cells"] if cell["lost"]] == [why] * 3
    gate = call("compare", BASE, run.id, "--fail-on-slower", "5")
    assert (gate.code, f"none in {run.machine}/{run.id}: 3, first abs on torch-cpu" in gate.err) == (14, True)


def test_a_file_tells_why_a_cell_is_lost_as_its_run_does(call: Harness, store: Path) -> None:
    run = write_run(store, lossy(Status.WRONG), run="20260103T000000Z-bbbbbb")
    path = exported(call, store, run.id)
    assert call("compare", BASE, path).out == call("compare", BASE, run.id).out
    pd.read_parquet(path).drop(columns="reason").to_parquet(store / "before.parquet")
    assert "wrong: " in call("compare", BASE, store / "before.parquet").out


def test_a_run_that_lost_everything_is_compared_all_the_same(call: Harness, store: Path) -> None:
    run = write_run(store, steady_cells(status=Status.CRASHED), run="20260103T000000Z-bbbbbb")
    answer = call("compare", BASE, run.id, "--fail-on-slower")
    assert answer.code == 14
    assert "0 of 6 cells have a time in both runs" in answer.out
    assert "6 with a time in A have none in B" in call("compare", BASE, run.id, "--format", "markdown").out
    assert call("compare", run.id, run.id).code == 4


def test_what_is_the_same_is_up_to_the_margin(call: Harness, store: Path) -> None:
    """A cell that may differ by 10 % is the same to whom 50 % is nothing; `unsure` is never provisional."""
    runs = [f"2026010{day}T000000Z-ffffff" for day in (4, 5)]
    for run, spread in zip(runs, ((0.95, 1.0, 1.05), (1.05, 0.97, 1.0)), strict=True):
        cells = [scripted_cell("numpy", n, [1e-6 * f for f in spread]) for n in (16, 64, 256, 1024)]
        write_run(store, cells, run=run)
    unsure, same = (call("compare", *runs, "--margin", margin).out for margin in ("0", "0.5"))
    assert "the same is within 1.00%" in unsure
    assert "4 unsure" in unsure
    assert "rovisional" not in unsure
    assert "the same is within 50.00%" in same
    assert "4 same" in same


def test_two_dtypes_of_one_run_are_compared_and_judged(call: Harness, store: Path) -> None:
    double = [
        replace(cell, case=replace(cell.case, dtype="float64"))
        for cell in steady_cells(1.1)
        if cell.case.n != 256
    ]
    run = write_run(store, [*steady_cells(), *double], run="20260103T000000Z-bbbbbb")
    answer = call("compare", run.id, "--over", "dtype", "--backend", "torch-cpu")
    assert answer.code == 0
    assert re.search(rf"run +{MACHINE}/{run.id} float32 +{MACHINE}/{run.id} float64", answer.out)
    assert re.search(r"float64 / float32 +64 +640 ns +704 ns +1\.10× \(.*\) +slower", answer.out)
    assert "2 of 3 cells have a time in both runs" in answer.out
    swapped = ("--over", "dtype", "--dtype", "float64", "--dtype", "float32")
    assert "float32 / float64" in call("compare", run.id, run.id, *swapped).out
    assert call("compare", run.id, run.id, "5", "--over", "dtype", "--fail-on-slower").code == 13
    assert call("compare", run.id, run.id, "5", *swapped, "--fail-on-slower").code == 0
    alone = write_run(store, double, run="20260104T000000Z-bbbbbb")
    named = ("--over", "dtype", "--dtype", "float32", "--dtype", "float64")
    assert "4 of 6 cells have a time in both runs" in call("compare", BASE, alone.id, *named).out


def test_only_the_dtype_that_is_asked_for_is_compared(call: Harness) -> None:
    assert "5 of 6 cells" in call("compare", BASE, HEAD, "--dtype", "float32").out
    answer = call("compare", BASE, HEAD, "--dtype", "float64")
    assert (answer.code, "no dtype is called 'float64'; there are: float32" in answer.err) == (3, True)


def test_one_run_alone_is_no_comparison(call: Harness) -> None:
    answer = call("compare", BASE)
    assert (answer.code, "a comparison needs B, a second run; or --over" in answer.err) == (2, True)
    assert call("compare", BASE, "--over", "dtype").code == 2


def test_what_a_file_does_not_tell_is_said(call: Harness, store: Path) -> None:
    path = store / "filtered.parquet"
    pd.read_parquet(exported(call, store, HEAD)).query("n == 16").to_parquet(path)
    printed = call("compare", BASE, path).out
    assert f"{MACHINE}/{HEAD} does not tell its machine, libraries and settings." in printed
    assert "2 of 6 cells have a time in both runs" in printed


@pytest.mark.parametrize(
    ("text", "code", "sentence"),
    [
        ("m" * 10_000, 3, "no file, run folder, run or machine is called 'mmm"),
        ("moon", 3, f"no file, run folder, run or machine is called 'moon'; there are: another, {MACHINE}"),
        ("other", 4, "no cell in common that has a time in both"),
        ("twice", 2, "several machines have a run"),
        ("pyproject.toml", 5, "cannot be read"),
        ("op.parquet", 5, "lacks machine, run, seconds, quick, round_seconds; compare takes a run's folder"),
        ("text.parquet", 5, "cannot be read"),
        ("two.parquet", 2, "holds cells of 2 runs"),
        ("facts.parquet", 5, "holds facts that are no JSON object"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(
    call: Harness, store: Path, monkeypatch: pytest.MonkeyPatch, text: str, code: int, sentence: str
) -> None:
    monkeypatch.chdir(store)
    write_run(
        store, [replace(cell, case=replace(cell.case, op="sin")) for cell in steady_cells()], run="other"
    )
    write_run(store, steady_cells(), run="twice")
    (store / "runs" / "another").mkdir()
    (store / "runs" / MACHINE / "twice").rename(store / "runs" / "another" / "twice")
    write_run(store, steady_cells(), run="twice")
    (store / "pyproject.toml").write_text("[project]")
    (store / "op.parquet").write_bytes((store / "runs" / MACHINE / BASE / "abs.parquet").read_bytes())
    whole = pd.read_parquet(exported(call, store, BASE))
    whole.assign(n="many").to_parquet(store / "text.parquet")
    pd.concat([whole, whole.assign(run="x")]).to_parquet(store / "two.parquet")
    _with_facts(exported(call, store, BASE), store / "facts.parquet", b"[]")
    answer = call("compare", BASE, text)
    assert answer.code == code
    assert sentence in answer.err
    assert "Traceback" not in answer.err


def _with_facts(source: Path, target: Path, facts: bytes) -> None:
    """Copy a file of cells with other facts in its metadata."""
    table = pq.read_table(source)
    pq.write_table(table.replace_schema_metadata({**table.schema.metadata, b"harness_run": facts}), target)
