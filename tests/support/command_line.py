"""The command line, called in this process: its exit code, what it prints, and what it says aloud."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from harness.cli.app import main
from tests.support.projects import PROJECT, command
from tests.support.runs import MACHINE

if TYPE_CHECKING:
    import subprocess


class Answer(NamedTuple):
    """Exit code, output and error output of a command."""

    code: object
    out: str
    err: str


Harness = Callable[..., Answer]


def call_apart(
    home: Path, *lines: str, before: str = "", after: str = ""
) -> "subprocess.CompletedProcess[str]":
    """Call command lines in turn in one process with this home, between lines of Python."""
    script = f"""
import shlex, sys
{before}
from harness.cli.app import main
for line in sys.argv[1:]:
    sys.argv = ["harness", *shlex.split(line)]
    try:
        main()
    except SystemExit as ended:
        if ended.code:
            raise
{after}
"""
    return command(PROJECT, home, sys.executable, "-c", script, *lines)


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Harness:
    """Return a function that calls the command line in this process, from the project's folder."""
    monkeypatch.chdir(PROJECT)

    def run(*words: str | Path) -> Answer:
        monkeypatch.setattr(sys, "argv", ["harness", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capfd.readouterr()
        return Answer(ended.value.code, captured.out, captured.err)

    return run


@pytest.fixture
def ask(call: Harness, results: Path) -> Harness:
    """Return a function that asks the scripted store."""
    return lambda command, *words: call(command, "--results", results, "--machine", MACHINE, *words)
