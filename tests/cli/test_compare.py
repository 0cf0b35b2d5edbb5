"""The commands that compare runs and export them: what they read, print and write, and how they say no."""

import json
import math
import re
import shlex
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pyarrow.parquet as pq
import pyperf
import pytest
import typer
import yaml

from harness.answers.comparison import COLUMNS
from harness.cli.app import app, main
from harness.model import Cell, Status
from harness.store.runs import write_facts
from harness.validation.record import place
from tests.support.projects import PROJECT
from tests.support.runs import MACHINE, scripted_cell, write_run

BASE, HEAD, EXPORTED = (f"2026010{day}T000000Z-000000" for day in (1, 2, 5))
STEADY = (0.999, 1.0, 1.001)


class Said(NamedTuple):
    """Exit code, output and error output of a command."""

    code: object
    out: str
    err: str


Harness = Callable[..., Said]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], store: Path) -> Harness:
    """Return a function that calls the command line in this process."""

    def run(*words: str | Path) -> Said:
        monkeypatch.setattr(sys, "argv", ["harness", *map(str, words), "--results", str(store)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capfd.readouterr()
        return Said(ended.value.code, captured.out, captured.err)

    return run


def cells(slow: float = 1.0, *, op: str = "abs", status: Status = Status.OK) -> list[Cell]:
    """Return six cells of which that of 64 elements on torch-cpu takes longer by a factor."""
    return [
        scripted_cell(
            backend,
            n,
            [n * 1e-8 * f * (slow if (backend, n) == ("torch-cpu", 64) else 1) for f in STEADY],
            op=op,
            status=status,
        )
        for backend in ("numpy", "torch-cpu")
        for n in (16, 64, 256)
    ]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Return a store with two runs; in the later one a cell is slower by 10 %, and one is missing."""
    write_run(tmp_path, cells(), run=BASE)
    run = write_run(tmp_path, cells(1.1)[:-1], run=HEAD)
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
    said = call("compare", BASE, HEAD, "--backend", "numpy", "--op", "abs", "--span", "call")
    assert "3 of 3 cells have a time in both runs: 0 faster, 3 same, 0 slower, 0 unsure." in said.out
    assert call("compare", BASE, HEAD, "--backend", "jax").code == 3


def test_a_comment_shows_the_cells_that_differ_and_no_name_acts_as_markup(call: Harness) -> None:
    said = call("compare", BASE, HEAD, "--format", "markdown").out
    rows = [line for line in said.splitlines() if line.startswith("| abs ")]
    assert rows == [
        "| abs | torch-cpu | call | float32 | 64 | 640 ns | 704 ns | 1.10× (1.10 to 1.10) | slower |"
    ]
    note = r"| libraries.note |  | a \| b &lt;b&gt;&#64;all&lt;/b&gt; \*x\*"
    assert note + "\N{REPLACEMENT CHARACTER} |" in said.splitlines()


def test_a_comment_of_many_cells_stays_below_githubs_limit(call: Harness, store: Path) -> None:
    for run, slow in (("20260103T000000Z-000000", 1.0), ("20260104T000000Z-000000", 2.0)):
        many = [scripted_cell("numpy", n, [slow * n * 1e-8 * f for f in STEADY]) for n in range(1, 1500)]
        write_run(store, many, run=run)
    said = call("compare", "20260103T000000Z-000000", "20260104T000000Z-000000", "--format", "markdown").out
    assert len(said) < 65_536
    assert said.endswith("and 1299 more with smaller ratios.\n")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((BASE, HEAD), 0, ""),
        (
            (BASE, HEAD, "--fail-on-slower"),
            1,
            f"cells of {MACHINE}/{HEAD} that are slower by more than 1 %: 1,",
        ),
        ((BASE, HEAD, "--fail-on-slower", "5"), 1, "worst abs on torch-cpu at n = 64: 1.10× the time"),
        ((BASE, HEAD, "--fail-on-slower", "20"), 0, ""),
        ((HEAD, BASE, "--fail-on-slower"), 0, ""),
        ((BASE, BASE, "--fail-on-slower"), 0, ""),
        ((BASE, HEAD, "5"), 2, "goes with --fail-on-slower only"),
        ((BASE, HEAD, "--fail-on-slower", "-5"), 2, "No such option"),
    ],
)
def test_a_slower_cell_fails_only_if_that_is_asked_for(
    call: Harness, words: tuple[str, ...], code: int, said: str
) -> None:
    answer = call("compare", *words)
    assert answer.code == code
    assert said in answer.err
    assert bool(answer.err) == bool(said)


def test_nothing_is_slower_by_what_two_runs_of_the_same_differ_by(call: Harness, store: Path) -> None:
    assert "Verdicts tell differences above 1.00%" in call("compare", BASE, HEAD).out
    told = call("compare", BASE, HEAD, "--aa-error", "20", "--fail-on-slower", "5")
    assert (told.code, "Verdicts tell differences above 20.00%" in told.out) == (0, True)
    facts = {"schema": 1, "aa_error": 0.2, "when": "2026-01-01T00:00:00+00:00", "quick": False}
    place(store, MACHINE).parent.mkdir()
    place(store, MACHINE).write_text(json.dumps(facts))
    assert "0 faster, 5 same, 0 slower" in call("compare", BASE, HEAD).out
    assert "1 slower" in call("compare", BASE, HEAD, "--aa-error", "0").out


def test_a_quick_run_fails_nothing_and_says_so(call: Harness, store: Path) -> None:
    run = write_run(store, cells(2.0), run="20260103T000000Z-cccccc")
    write_facts(run.folder, {**run.facts, "quick": True})
    answer = call("compare", BASE, run.id, "--fail-on-slower")
    assert answer.code == 0
    assert "no cell could have a verdict, so nothing could fail" in answer.err
    assert "0 faster, 0 same, 0 slower, 6 unsure" in answer.out
    assert "quick" in answer.out
    assert "would have been told" not in answer.out


def test_what_a_file_does_not_tell_is_said(call: Harness, store: Path) -> None:
    path = store / "filtered.parquet"
    pd.read_parquet(exported(call, store, HEAD)).query("n == 16").to_parquet(path)
    said = call("compare", BASE, path).out
    assert f"{MACHINE}/{HEAD} does not tell its machine, libraries and settings." in said
    assert "2 of 6 cells have a time in both runs" in said


@pytest.mark.parametrize(
    ("text", "code", "said"),
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
    call: Harness, store: Path, monkeypatch: pytest.MonkeyPatch, text: str, code: int, said: str
) -> None:
    monkeypatch.chdir(store)
    write_run(store, [replace(cell, case=replace(cell.case, op="sin")) for cell in cells()], run="other")
    write_run(store, cells(), run="twice")
    (store / "runs" / "another").mkdir()
    (store / "runs" / MACHINE / "twice").rename(store / "runs" / "another" / "twice")
    write_run(store, cells(), run="twice")
    (store / "pyproject.toml").write_text("[project]")
    (store / "op.parquet").write_bytes((store / "runs" / MACHINE / BASE / "abs.parquet").read_bytes())
    whole = pd.read_parquet(exported(call, store, BASE))
    whole.assign(n="many").to_parquet(store / "text.parquet")
    pd.concat([whole, whole.assign(run="x")]).to_parquet(store / "two.parquet")
    _with_facts(exported(call, store, BASE), store / "facts.parquet", b"[]")
    answer = call("compare", BASE, text)
    assert answer.code == code
    assert said in answer.err
    assert "Traceback" not in answer.err


def _with_facts(source: Path, target: Path, facts: bytes) -> None:
    """Copy a file of cells with other facts in its metadata."""
    table = pq.read_table(source)
    pq.write_table(table.replace_schema_metadata({**table.schema.metadata, b"harness_run": facts}), target)


def export(call: Harness, store: Path, to: str) -> str:
    """Return what a run with a noisy and a skipped cell is exported as."""
    more = [
        scripted_cell("numpy-1t", 16, [1.0] * 3, status=Status.NOISY),
        scripted_cell("torch-cuda", 16, [], status=Status.SKIPPED),
    ]
    write_run(store, [*cells(), *more], run=EXPORTED)
    path = store / "out" / "run.json"
    said = call("export", "--to", to, "--machine", MACHINE, "--run", EXPORTED, "--output", path)
    assert said.code == 0
    assert said.err.startswith("6 of 8 cells")
    return path.read_text()


def test_pyperf_reads_its_export(call: Harness, store: Path) -> None:
    suite = pyperf.BenchmarkSuite.loads(export(call, store, "pyperf"))
    assert suite.get_benchmark_names()[0] == "abs/numpy/call/float32/16"
    assert len(suite) == 6
    benchmark = suite.get_benchmark("abs/numpy/call/float32/16")
    assert benchmark.median() == pytest.approx(16e-8)
    assert benchmark.get_nrun() == 3
    assert benchmark.get_nvalue() == 9
    assert benchmark.get_unit() == "second"
    assert benchmark.get_metadata()["numpy_version"] == "2.0.0"
    assert benchmark.get_total_loops() == 1


def test_google_benchmark_has_a_repetition_per_round_and_their_aggregates(call: Harness, store: Path) -> None:
    found = json.loads(export(call, store, "google-benchmark"))
    assert {"date", "host_name", "num_cpus", "cpu_scaling_enabled", "library_build_type"} <= set(
        found["context"]
    )
    rows = [row for row in found["benchmarks"] if row["run_name"] == "abs/torch-cpu/call/float32/64"]
    assert [row["run_type"] for row in rows] == ["iteration"] * 3 + ["aggregate"] * 3
    assert [row.get("repetition_index") for row in rows[:3]] == [0, 1, 2]
    for row in rows:
        assert row["time_unit"] == "ns"
        assert row["cpu_time"] == row["real_time"]
        assert {"name", "iterations", "threads", "repetitions", "family_index"} <= set(row)
    by_name = {row.get("aggregate_name"): row["real_time"] for row in rows[3:]}
    assert by_name["median"] == pytest.approx(640)
    assert by_name["stddev"] == pytest.approx(0.64)
    assert rows[3]["name"] == "abs/torch-cpu/call/float32/64_mean"


def test_github_action_benchmark_is_told_a_value_with_its_range(call: Harness, store: Path) -> None:
    rows = json.loads(export(call, store, "github-action-benchmark"))
    assert len(rows) == 6
    assert set(rows[0]) == {"name", "unit", "value", "range", "extra"}
    assert rows[0]["name"] == "abs/numpy/call/float32/16"
    assert (rows[0]["unit"], rows[0]["value"]) == ("ns", pytest.approx(160))
    # Standard deviation 0.16 ns, over sqrt(3), times the quantile 4.30 of t with 2 degrees of freedom.
    assert rows[0]["range"] == "± 0.397"
    assert math.isfinite(rows[0]["value"])
    assert "3 rounds" in rows[0]["extra"]


def test_a_run_without_a_good_cell_exports_nothing(call: Harness, store: Path) -> None:
    write_run(store, cells(status=Status.NOISY), run=EXPORTED)
    path = store / "run.json"
    said = call("export", "--to", "pyperf", "--machine", MACHINE, "--output", path, "--run", EXPORTED)
    assert said.code == 4
    assert not path.exists()


def test_every_command_of_the_workflow_has_these_options() -> None:
    page = (PROJECT / "docs" / "how-to" / "ci.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    steps = yaml.safe_load(block)["jobs"]["compare"]["steps"]
    lines = "\n".join(step.get("run", "") for step in steps).splitlines()
    words = [
        shlex.split(line.partition(" > ")[0])[1:] for line in lines if line.startswith(".venv/bin/harness")
    ]
    assert [name for name, *_ in words] == ["run", "cells", "run", "cells", "compare"]
    known = getattr(typer.main.get_command(app), "commands")  # noqa: B009 - Typer does not export its group
    for name, *options in words:
        known[name].make_context(name, options)
