"""The command line as a whole: its help, what it loads, and how an error ends it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import Harness
from tests.support.runs import MACHINE

COMMANDS = [
    *("run", "speedup", "crossover", "cells", "plot", "compare", "export", "check", "merge"),
    *("report", "site"),
    *("ceilings", "doctor", "validate", "machine", "ops", "backends"),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(call: Harness, command: str) -> None:
    answer = call(command, "--help")
    assert answer.code == 0
    assert f"harness {command}" in answer.out.partition("Example:")[2]


def test_help_loads_no_heavy_library() -> None:
    script = (
        "import sys; from harness.cli.app import main\n"
        "try: sys.argv = ['harness', '--help']; main()\n"
        "finally:\n"
        "    heavy = {'numpy', 'torch', 'pandas', 'matplotlib', 'pyarrow', 'scipy', 'asv'}\n"
        "    print(sorted(heavy & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert answer.stdout.splitlines()[-1] == "[]"


def test_a_corrupt_file_is_named_without_a_traceback(ask: Harness, results: Path) -> None:
    path = next((results / "runs" / MACHINE).glob("*/abs.parquet"))
    path.write_bytes(b"PAR1 and then nothing")
    answer = ask("speedup")
    assert answer.code == 5
    assert str(path) in answer.err
    assert len(answer.err.strip().splitlines()) == 1
