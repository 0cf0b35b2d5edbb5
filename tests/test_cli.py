"""The command line: what it prints, and how it says no."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
from conftest import MACHINE, scripted_cell, write_run

import harness
from harness.cells import COLUMNS
from harness.cli import main
from harness.crossovers import COLUMNS as CROSSOVER_COLUMNS
from harness.model import Status
from harness.ratios import COLUMNS as SPEEDUP_COLUMNS

PROJECT = Path(__file__).parent.parent
COMMANDS = ["run", "speedup", "crossover", "cells", "plot", "check", "merge", "machine", "ops", "backends"]


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
        "import sys; from harness.cli import main\n"
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
    assert list(pd.read_parquet(target).columns) == list(COLUMNS)


def test_cells_can_be_written_as_json(ask: Harness, results: Path) -> None:
    target = results / "cells.json"
    assert ask("cells", "--format", "json", "--output", target).out == ""
    assert len(json.loads(target.read_text())) == 24


def test_the_latest_complete_run_is_the_default(ask: Harness, results: Path) -> None:
    write_run(results, [scripted_cell("numpy", 16, [1.0])], run="20270101T000000Z-000000", complete=False)
    assert len(json.loads(ask("cells", "--format", "json").out)) == 24
    said = ask("cells", "--format", "json", "--run", "20270101T000000Z-000000")
    assert len(json.loads(said.out)) == 1


def test_plots_are_the_same_bytes_each_time(ask: Harness, results: Path) -> None:
    folder = results / "plots" / MACHINE
    assert f"plots: {folder}" in ask("plot").out
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    ask("plot")
    assert set(first) == {"abs.svg", "abs.png", "overview.svg", "overview.png"}
    assert all((folder / name).read_bytes() == content for name, content in first.items() if ".svg" in name)


def test_ops_and_backends_are_listed(call: Harness) -> None:
    listed = call("ops").out
    for text in ("torch.mean(v * v).backward()", "np.matmul(a, b)", "to_numpy"):
        assert text in listed
    assert "torch-cpu-1t" in call("backends").out


def test_the_machine_is_described(call: Harness) -> None:
    card = json.loads(call("machine").out)
    assert {"name", "os", "cpu", "cores", "ram", "governor", "gpus"} <= card.keys()


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
        (["cells", "--span", "device"], 2, "'device' is not one of"),
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
        (["--min-size", "100"], 2, "the size 100 is not a power of 4"),
        (["--min-size", "256", "--max-size", "16"], 2, "no size lies between 256 and 16"),
        (["--rounds", "0"], 2, "0 rounds measure nothing"),
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


def test_an_empty_store_and_an_unknown_machine_have_their_own_codes(call: Harness, results: Path) -> None:
    assert call("speedup", "--results", results / "nowhere").code == 4
    assert call("speedup", "--results", results).code == 4  # this machine has measured nothing
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
