"""The command line: what it prints, and how it says no."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

import harness
from harness.answers.crossover import COLUMNS as CROSSOVER_COLUMNS
from harness.answers.speedup import COLUMNS as SPEEDUP_COLUMNS
from harness.asv.run import Outcome
from harness.cli.app import main
from harness.machine.interference import Interference
from harness.model import Cache, Status
from harness.runs.job import Job
from harness.runs.progress import Step
from harness.runs.settings import Settings
from harness.store.frame import COLUMNS, FRAME_COLUMNS
from harness.store.runs import write_facts
from harness.validation.battery import BatteryResult
from harness.validation.battery import keep
from harness.validation.check import Check
from harness.validation.trials import Say
from tests.support.projects import PROJECT
from tests.support.runs import MACHINE, OWN_ERROR, scripted_cell, write_run

COMMANDS = [
    *("run", "speedup", "crossover", "cells", "plot", "compare", "export", "check", "merge"),
    *("report", "site"),
    *("ceilings", "doctor", "validate", "machine", "ops", "backends"),
]


class Said(NamedTuple):
    """Exit code, output and error output of a command."""

    code: object
    out: str
    err: str


Harness = Callable[..., Said]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Harness:
    """Return a function that calls the command line in this process, from the project's folder."""
    monkeypatch.chdir(PROJECT)

    def run(*words: str | Path) -> Said:
        monkeypatch.setattr(sys, "argv", ["harness", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capfd.readouterr()
        return Said(ended.value.code, captured.out, captured.err)

    return run


@pytest.fixture
def ask(call: Harness, results: Path) -> Harness:
    """Return a function that asks the scripted store."""
    return lambda command, *words: call(command, "--results", results, "--machine", MACHINE, *words)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(call: Harness, command: str) -> None:
    said = call(command, "--help")
    assert said.code == 0
    assert f"harness {command}" in said.out.partition("Example:")[2]


def test_help_loads_no_heavy_library() -> None:
    script = (
        "import sys; from harness.cli.app import main\n"
        "try: sys.argv = ['harness', '--help']; main()\n"
        "finally:\n"
        "    heavy = {'numpy', 'torch', 'pandas', 'matplotlib', 'pyarrow', 'scipy', 'asv'}\n"
        "    print(sorted(heavy & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert said.stdout.splitlines()[-1] == "[]"


def test_importing_harness_loads_no_heavy_library() -> None:
    script = (
        "import sys, harness; print(sorted({'numpy', 'torch', 'pandas', 'matplotlib'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_a_misspelt_function_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="spedup"):
        harness.spedup  # noqa: B018 - the access is the test


@pytest.mark.parametrize(
    ("command", "columns"),
    [("cells", COLUMNS), ("speedup", SPEEDUP_COLUMNS), ("crossover", CROSSOVER_COLUMNS)],
)
def test_json_is_a_list_of_flat_objects_and_csv_is_the_same(
    ask: Harness, command: str, columns: list[str]
) -> None:
    rows = json.loads(ask(command, "--format", "json").out)
    lines = ask(command, "--format", "csv").out.splitlines()
    assert [list(row) for row in rows] == [list(columns)] * len(rows)
    assert lines[0] == ",".join(columns)
    assert len(lines) == len(rows) + 1


def test_unknown_figures_are_null(ask: Harness) -> None:
    rows = json.loads(ask("cells", "--backend", "torch-cuda", "--format", "json").out)
    assert {row["seconds"] for row in rows} == {None}
    assert {row["reason"] for row in rows} == {"Torch finds no cuda device"}


def test_the_python_functions_answer_the_same(ask: Harness, results: Path) -> None:
    row = json.loads(ask("speedup", "--format", "json", "--backend", "torch-cpu").out)[0]
    frame = harness.speedup(harness.load(results))
    assert row["speedup"] == frame[frame["backend"] == "torch-cpu"]["speedup"].iloc[0]


def test_tables_say_in_words_where_a_curve_stands(ask: Harness) -> None:
    said = ask("crossover").out
    assert "faster than numpy above" in said
    assert "0.250× at 16" in said
    assert "torch-cuda: skipped: Torch finds no cuda device" in said


def test_the_speedup_table_has_a_row_per_size(ask: Harness) -> None:
    said = ask("speedup", "--span", "call").out
    assert "abs, float32, call: speedup over numpy" in said
    assert (
        "0.250× (0.248 to 0.252) slower" not in said
    )  # the scripted rounds are tied: no spread in the ratio
    assert "0.250× (0.250 to 0.250) slower" in said


def test_notes_stand_with_the_figures(call: Harness, tmp_path: Path) -> None:
    cells = [
        scripted_cell("numpy", 16, [1.0, 1.0]),
        scripted_cell("torch-cpu", 16, [0.1, 0.1], reason="zero-copy: nothing is moved"),
        scripted_cell("torch-cpu-1t", 16, [0.1, 0.1], status=Status.NOISY, reason="in a round 60% disturbed"),
    ]
    write_run(tmp_path, cells)
    said = call("speedup", "--results", tmp_path, "--machine", MACHINE).out
    assert "torch-cpu *" in said
    assert "* torch-cpu in abs: zero-copy: nothing is moved" in said
    assert "1 of 3 cells, in abs: noisy" in said


def test_a_reason_is_printed_with_its_brackets(
    call: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reason = "JAX is not installed; add it with pip install '.[jax]'"
    monkeypatch.setattr("harness.backends.jax.find_spec", lambda _name: None)
    write_run(tmp_path, [scripted_cell("jax-cpu", 16, [], status=Status.SKIPPED, reason=reason)])
    assert reason in call("backends").out
    assert reason in call("cells", "--results", tmp_path, "--machine", MACHINE).out


def test_parquet_goes_to_a_file(ask: Harness, results: Path) -> None:
    target = results / "out" / "cells.parquet"
    ask("cells", "--format", "parquet", "--output", target)
    assert list(pd.read_parquet(target).columns) == list(FRAME_COLUMNS)


def test_cells_can_be_written_as_json(ask: Harness, results: Path) -> None:
    target = results / "cells.json"
    assert ask("cells", "--format", "json", "--output", target).out == ""
    assert len(json.loads(target.read_text())) == 24


def test_the_latest_complete_run_is_the_default(ask: Harness, results: Path) -> None:
    write_run(results, [scripted_cell("numpy", 16, [1.0])], run="20270101T000000Z-000000", complete=False)
    assert len(json.loads(ask("cells", "--format", "json").out)) == 24
    said = ask("cells", "--format", "json", "--run", "20270101T000000Z-000000")
    assert len(json.loads(said.out)) == 1


CEILING = {
    "device": "cpu",
    "threads": None,
    "in_cache": 1e11,
    "in_memory": 2e10,
    "memory_from": 2**27,
    "matmul": {"float32": 1.5e11},
    "empty_call": 8e-9,
    "timer": 6e-8,
}


def test_rates_and_the_share_of_the_ceiling_are_told_unscaled_to_programs_and_scaled_to_people(
    call: Harness, tmp_path: Path
) -> None:
    cell = replace(scripted_cell("numpy", 16, [2e-5]), moved=1e6, flop=2e6)
    run = write_run(tmp_path, [cell])
    write_facts(run.folder, {**run.facts, "ceilings": [CEILING]})
    where = ("--results", tmp_path, "--machine", MACHINE)
    (row,) = json.loads(call("cells", *where, "--format", "json").out)
    rates, device = list(row)[18:21], list(row)[21:]
    assert rates == ["bytes_per_second", "flop_per_second", "ceiling_share"]
    assert device == ["floor", "first", "enqueue", "throttled"]
    assert row["bytes_per_second"] == pytest.approx(5e10)
    assert row["flop_per_second"] == pytest.approx(1e11)
    assert row["ceiling_share"] == pytest.approx(2 / 3)
    said = call("cells", *where).out
    for text in ("50.0 GB/s", "100 GFLOP/s", "67 %"):
        assert text in said


def test_the_ceilings_of_a_run_are_shown(call: Harness, tmp_path: Path) -> None:
    run = write_run(tmp_path, [scripted_cell("numpy", 16, [1.0])])
    where = ("--results", tmp_path, "--machine", MACHINE)
    none = call("ceilings", *where)
    assert none.code == 4
    assert "no ceilings were measured with 2026" in none.err
    write_facts(run.folder, {**run.facts, "ceilings": [CEILING], "without_ceilings": {"cuda": "[too] hot"}})
    said = call("ceilings", *where).out
    for text in ("100 GB/s", "20.0 GB/s", "128 MiB", "150 GFLOP/s float32", "cuda: no ceilings: [too] hot"):
        assert text in said
    (row,) = json.loads(call("ceilings", *where, "--format", "json").out)
    assert (row["threads"], row["in_cache"], row["matmul_float32"]) == (None, 1e11, 1.5e11)


def test_plots_are_the_same_bytes_each_time(ask: Harness, results: Path) -> None:
    folder = results / "plots" / MACHINE
    assert f"plots: {folder}" in ask("plot").out
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    ask("plot")
    assert set(first) == {"abs.svg", "abs.png", "overview.svg", "overview.png"}
    assert all((folder / name).read_bytes() == content for name, content in first.items() if ".svg" in name)


def test_the_doctor_says_what_could_spoil_a_measurement_and_is_strict_on_request(
    call: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.machine.conditions.look", lambda: Interference(load=3.0))
    said = call("doctor")
    assert said.code == 0
    assert "3.00 processors used" in said.out
    assert "could spoil" in said.out
    strict = call("doctor", "--format", "json", "--strict")
    assert strict.code == 9
    rows = {row["name"]: row for row in json.loads(strict.out)}
    assert rows["other processes"]["verdict"] == "could spoil"
    assert rows["other processes"]["mend"].startswith("`top`")
    assert "could spoil a measurement: " in strict.err


def test_a_run_says_before_while_and_after_that_other_work_disturbs_it(
    call: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run itself is scripted; one on a host that is busy in truth is in test_busy."""

    def scripted_run(_job: object, _patterns: object, follow: Callable[[Step], None]) -> Outcome:
        follow(Step(op="abs", done=1, total=2, said="n = 16: numpy 1 s", noisy=1))
        cells = [
            scripted_cell("numpy", 16, [1.0], status=Status.NOISY),
            scripted_cell("torch-cpu", 16, [1.0]),
        ]
        return Outcome(run=write_run(tmp_path, cells), failures="", shares={}, seconds=1.0)

    monkeypatch.setattr("harness.machine.conditions.look", lambda: Interference(load=3.0, runs=(7,)))
    monkeypatch.setattr("harness.asv.run.run_asv", scripted_run)
    said = call("run", "--results", tmp_path, "--no-plots")
    before, during = said.err.split("measuring on ")
    assert said.code == 0
    assert "warning: other runs: process 7; each disturbs the other" in before
    assert "warning: other processes: 3.00 processors used" in before
    assert "abs: other work disturbs this machine since n = 16" in during
    assert "1 of 2 timed cells are noisy; 0% of all blocks were disturbed; more `--patience`" in said.out


def test_threads_stand_with_the_figures_and_an_unfair_number_of_them_is_said_aloud(
    call: Harness, tmp_path: Path
) -> None:
    cells = [scripted_cell(backend, 16, [1.0, 1.0]) for backend in ("numpy", "torch-cpu")]
    run = write_run(tmp_path, cells)
    machine = {"name": MACHINE, "cores": 2, "threads": 2, "affinity": 2, "cpu_quota": None}
    threads = {"numpy": {"OpenBLAS": 2}, "torch-cpu": {"Torch": 1}}
    libraries = run.facts["libraries"] | {"threads": threads, "environment": {"MKL_NUM_THREADS": "1"}}
    write_facts(run.folder, {**run.facts, "machine": machine, "libraries": libraries})
    for command in ("speedup", "crossover"):
        ask = ("--results", tmp_path, "--machine", MACHINE)
        said = call(command, *ask)
        assert "numpy: 2 OpenBLAS threads; torch-cpu: 1 Torch thread; 2 of 2 processors" in said.out
        assert "warning: with MKL_NUM_THREADS=1, torch-cpu ran on 1 thread" in said.out
        said = call(command, *ask, "--format", "csv")
        assert "warning: with MKL_NUM_THREADS=1, torch-cpu ran on 1 thread" in said.err


def test_how_the_spans_of_a_device_were_taken_stands_with_the_figures_where_it_is_not_the_usual_way(
    call: Harness, tmp_path: Path
) -> None:
    cells = [scripted_cell(backend, 16, [1.0, 1.0]) for backend in ("numpy", "torch-cpu")]
    run = write_run(tmp_path, cells)
    asked = {"l2": "cold", "pinned": True}
    for settings, expected in (
        ({"l2": "hot", "pinned": False}, False),
        (asked, True),
        (asked | {"backends": ["numpy", "torch-cuda"]}, True),
        (asked | {"backends": ["numpy", "torch-cpu"]}, False),
    ):
        write_facts(run.folder, {**run.facts, "settings": {"rounds": 2, **settings}})
        for command in ("speedup", "crossover"):
            said = call(command, "--results", tmp_path, "--machine", MACHINE).out
            assert ("with a cold L2 cache, written over before every call" in said) is expected
            assert ("through pinned host memory" in said) is expected


def test_a_run_measures_what_its_options_say(
    call: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[Settings]()

    def scripted_run(job: Job, _patterns: object, _follow: object) -> Outcome:
        asked.append(job.settings)
        cells = [scripted_cell(backend, 16, [1.0]) for backend in ("numpy", "torch-cpu")]
        return Outcome(run=write_run(tmp_path, cells), failures="", shares={}, seconds=1.0)

    monkeypatch.setattr("harness.asv.run.run_asv", scripted_run)
    words = ("--dtype", "bfloat16", "--dtype", "float16", "--l2", "cold", "--pinned", "--no-plots")
    assert call("run", "--results", tmp_path, *words).code == 0
    assert call("run", "--results", tmp_path, "--no-plots").code == 0
    assert [(s.dtypes, s.l2, s.pinned) for s in asked] == [
        (("bfloat16", "float16"), Cache.COLD, True),
        (("float32",), Cache.HOT, False),
    ]


def test_a_noisy_end_of_a_curve_is_shown_as_such(call: Harness, tmp_path: Path) -> None:
    cells = [
        scripted_cell(backend, n, [1.0, 1.0], status=Status.NOISY if n == 16 else Status.OK)
        for backend in ("numpy", "torch-cpu")
        for n in (16, 64)
    ]
    write_run(tmp_path, cells)
    said = call("crossover", "--results", tmp_path, "--machine", MACHINE).out
    assert "1.00× at 16 noisy" in said
    assert "1.00× at 64 noisy" not in said


def test_ops_and_backends_are_listed(call: Harness) -> None:
    listed = call("ops").out
    for text in ("torch.mean(v * v).backward()", "np.matmul(a, b)", "to_numpy"):
        assert text in listed
    assert "torch-cpu-1t" in call("backends").out


def test_the_machine_is_described(call: Harness) -> None:
    card = json.loads(call("machine").out)
    assert {"name", "os", "cpu", "cores", "caches", "ram", "governor", "gpus"} <= card.keys()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["speedup", "--op", "tan"], 3, "no op is called 'tan'; there are: abs"),
        (["speedup", "--backend", "torch-gpu"], 3, "no backend is called 'torch-gpu'; there are: torch-cpu"),
        (["speedup", "--baseline", "jax"], 3, "no baseline is called 'jax'; there are: numpy"),
        (["cells", "--run", "last"], 3, "no run is called 'last'; there are: 2026"),
        (["cells", "--format", "parquet"], 2, "add --output FILE"),
        (["cells", "--output", "x.txt"], 2, "add --format csv, json or parquet"),
        (["cells", "--format", "csv", "--output", "/dev/null/x"], 2, "cannot be written"),
        (["cells", "--span", "host"], 2, "'host' is not one of"),
        (["cells", "--span", "device"], 3, "no span is called 'device'; there are: call, round_trip"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(
    ask: Harness, words: list[str], code: int, said: str
) -> None:
    answer = ask(*words)
    assert answer.code == code
    assert said in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--op", "tan"], 3, "no op is called 'tan'; there are: mean_square"),
        (["--backend", "torch-gpu"], 3, "no backend is called 'torch-gpu'; there are: numpy, numpy-1t"),
        (["--dtype", "int8"], 3, "no dtype is called 'int8'"),
        (["--l2", "warm"], 2, "'warm' is not one of"),
        (["--min-size", "100"], 2, "the size 100 is not a power of 4"),
        (["--min-size", "256", "--max-size", "16"], 2, "no size lies between 256 and 16"),
        (["--rounds", "0"], 2, "0 is no number of rounds from 1 to 1000"),
        (["--patience", "-1"], 2, "a patience of -1 s is not from 0 to 3600"),
        (["--machine", "a/b"], 2, "'a/b' cannot be a folder's"),
        (["--machine", "x" * 201], 2, "up to 200 printable characters"),
        (["--rounds", "many"], 2, "Invalid value for '--rounds'"),
    ],
)
def test_a_run_that_cannot_be_meant_does_not_start(
    call: Harness, tmp_path: Path, words: list[str], code: int, said: str
) -> None:
    answer = call("run", "--results", tmp_path, *words)
    assert answer.code == code
    assert said in answer.err
    assert list(tmp_path.iterdir()) == []


def test_a_run_outside_of_a_project_says_where_to_go(
    call: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = call("run")
    assert answer.code == 2
    assert "there is no asv.conf.json" in answer.err


def test_verdicts_use_the_own_error_of_the_runs_machine_and_say_so(ask: Harness, results: Path) -> None:
    known = [row["verdict"] for row in json.loads(ask("speedup", "--format", "json").out)]
    assert {"faster", "slower"} <= set(known)
    for command in ("speedup", "crossover"):
        assert "own A/A error is not known, `harness validate` measures it" in ask(command).out
    keep(results, MACHINE, replace(OWN_ERROR, error=9.0), [], quick=True)
    rows = json.loads(ask("speedup", "--format", "json").out)
    assert {row["verdict"] for row in rows} == {"same", "unsure"}
    assert {row["state"] for row in json.loads(ask("crossover", "--format", "json").out)} == {
        "never",
        "undecided",
    }
    for command in ("speedup", "crossover"):
        assert "differences above 900 %" in ask(command).out
        assert "by a quick validation" in ask(command).out


def test_an_own_error_below_the_least_difference_widens_nothing(ask: Harness, results: Path) -> None:
    before = ask("speedup", "--format", "json").out
    keep(results, MACHINE, OWN_ERROR, [], quick=False)
    assert ask("speedup", "--format", "json").out == before
    assert "differences above 1 %; this machine's own A/A error was 0.40%" in ask("speedup").out


def test_plots_use_the_own_error_of_the_runs_machine(ask: Harness, results: Path) -> None:
    overview, key = results / "plots" / MACHINE / "overview.svg", "crossover with interval"
    ask("plot")
    assert key in overview.read_text()
    keep(results, MACHINE, replace(OWN_ERROR, error=9.0), [], quick=False)
    ask("plot")
    assert key not in overview.read_text()


def test_a_corrupt_validation_is_named(ask: Harness, results: Path) -> None:
    (results / "validation").mkdir()
    (results / "validation" / f"{MACHINE}.json").write_text("{")
    answer = ask("speedup")
    assert answer.code == 5
    assert f"{MACHINE}.json cannot be read" in answer.err


@pytest.mark.parametrize(("measured", "code", "outcome"), [(0.005, 0, "pass"), (0.02, 7, "FAIL")])
def test_validate_prints_every_check_and_fails_if_one_does(
    call: Harness, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, measured: float, code: int, outcome: str
) -> None:
    checks = (
        Check(part="A/A", name="the error", measured=measured, unit="share", high=0.01, detail="12 pairs"),
        Check(part="A/A", name="another rule", measured=0.4, unit="share"),
    )

    def scripted(
        results: Path, _machine: str, ops: object, say: Say, *, quick: bool, patience: float | None
    ) -> BatteryResult:
        assert patience is None
        assert results == tmp_path
        assert "abs" in ops  # type: ignore[operator] # a mapping
        say(f"quick: {quick}")
        return BatteryResult(checks=checks, stored="nothing is stored")

    monkeypatch.setattr("harness.validation.battery.battery", scripted)
    said = call("validate", "--quick", "--results", tmp_path)
    assert said.code == code
    assert "quick: True" in said.err
    assert ("1 of 1 acceptance tests failed, in A/A" in said.err) is (code != 0)
    for text in ("the error", "at most 1.00 %", outcome, "12 pairs", "nothing is stored"):
        assert text in said.out
    said = call("validate", "--format", "json", "--results", tmp_path)
    assert said.code == code
    rows = json.loads(said.out)
    assert [row["passed"] for row in rows] == [code == 0, None]
    assert list(rows[0]) == [*Check.__dataclass_fields__, "passed"]
    assert (rows[0]["measured"], rows[0]["low"], rows[0]["high"]) == (measured, None, 0.01)


def test_validate_stopped_by_hand_says_so(
    call: Harness, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def stopped(*_words: object, **_options: object) -> Outcome:
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.validation.battery.battery", stopped)
    said = call("validate", "--results", tmp_path)
    assert said.code == 130
    assert "stopped; nothing is stored" in said.err


def test_an_empty_store_and_an_unknown_machine_have_their_own_codes(call: Harness, results: Path) -> None:
    assert call("speedup", "--results", results / "nowhere").code == 4
    nothing = call("speedup", "--results", results)  # on this machine, but on another
    assert nothing.code == 4
    assert f"name another with --machine: {MACHINE}" in nothing.err
    answer = call("speedup", "--results", results, "--machine", "moon")
    assert answer.code == 3
    assert "no machine is called 'moon'; there are: scripted" in answer.err


def test_a_corrupt_file_is_named_without_a_traceback(ask: Harness, results: Path) -> None:
    path = next((results / "runs" / MACHINE).glob("*/abs.parquet"))
    path.write_bytes(b"PAR1 and then nothing")
    answer = ask("speedup")
    assert answer.code == 5
    assert str(path) in answer.err
    assert len(answer.err.strip().splitlines()) == 1
