"""The command line as a whole: its help, what it loads, and how an error ends it."""

import errno
import sys
from pathlib import Path

import pytest

from harness.asv.machine_name import known_machine
from harness.backends.torch_build import installed_torch
from harness.errors import UNREAD
from harness.store.runs import read_runs, write_facts
from tests.support.ceilings import STORED
from tests.support.command_line import Harness, call_apart
from tests.support.runs import MACHINE

HEAVY = {"numpy", "torch", "pandas", "matplotlib", "pyarrow", "scipy", "asv"}
COMMANDS = [
    *("measure", "run", "speedup", "crossover", "cells", "plot", "compare", "export", "check", "merge"),
    *("report", "site", "init"),
    *("ceilings", "doctor", "validate", "machine", "ops", "backends"),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(call: Harness, command: str) -> None:
    answer = call(command, "--help")
    assert answer.code == 0
    assert f"harness {command}" in answer.out.partition("Example:")[2]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "allowed"),
    [
        ("--help", set[str]()),
        ("ops", {"asv"}),  # which reads its own configuration
        ("doctor", set[str]()),
        ("doctor --format csv", set[str]()),
        ("machine", {"asv"}),  # which knows this machine's name
        ("backends", {"numpy", "torch"} if installed_torch().cuda else set[str]()),  # to look for devices
    ],
)
def test_what_describes_loads_no_heavy_library(own_home: Path, line: str, allowed: set[str]) -> None:
    answer = call_apart(own_home, line, after="print(*sys.modules)")
    loaded = set(answer.stdout.splitlines()[-1].split())
    assert "harness.cli.app" in loaded
    assert HEAVY & loaded <= allowed


@pytest.mark.slow
@pytest.mark.parametrize("home", ["one of its own", "/dev/null"])  # nobody can write into the second
def test_questions_leave_the_home_alone(
    results: Path, own_home: Path, tmp_path: Path, home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))  # where no list of fonts is kept yet
    (results / "runs" / MACHINE).rename(results / "runs" / known_machine())
    (run,) = read_runs(results)
    write_facts(run.folder, {**run.facts, "ceilings": [STORED]})
    where, exported = f"--results '{results}'", results / "exported.json"
    questions = [
        *(f"{question} {where}" for question in ("speedup", "crossover", "cells", "ceilings")),
        *(f"{question} {where}" for question in ("plot", "report", f"compare {run.id} {run.machine}")),
        f"export --to pyperf --output '{exported}' {where}",
        "machine",
    ]
    answer = call_apart(own_home if home == "one of its own" else Path(home), *questions)
    assert (answer.returncode, answer.stderr) == (0, f"drawing the page\n16 of 24 cells: {exported}\n")
    assert list(own_home.iterdir()) == []


def test_output_that_nobody_reads_any_more_is_no_error_of_the_harness(
    ask: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: str) -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    for stream in ("stdout", "stderr"):  # which Typer replaces
        monkeypatch.setattr(sys, stream, getattr(sys, stream))
    monkeypatch.setattr(sys.stdout, "write", refuse)
    assert ask("cells", "--format", "csv").code == UNREAD


def test_a_corrupt_file_is_named_without_a_traceback(ask: Harness, results: Path) -> None:
    path = next((results / "runs" / MACHINE).glob("*/abs.parquet"))
    path.write_bytes(b"PAR1 and then nothing")
    answer = ask("speedup")
    assert answer.code == 5
    assert str(path) in answer.err
    assert len(answer.err.strip().splitlines()) == 1
