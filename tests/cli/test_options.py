"""The options that several commands share."""

import inspect

import pytest
import typer

import harness
from harness.cli.app import app
from harness.cli.options import DEFAULT_MARGIN


@pytest.mark.parametrize("answer", [harness.speedup, harness.crossover, harness.compare])
def test_the_command_line_takes_the_margin_that_the_functions_take(answer: object) -> None:
    assert inspect.signature(answer).parameters["margin"].default == DEFAULT_MARGIN  # type: ignore[arg-type]  # a function


@pytest.mark.parametrize("command", ["run", "validate"])
def test_an_old_command_line_with_patience_gets_one_sentence_and_goes_on(
    command: str, capfd: pytest.CaptureFixture[str]
) -> None:
    offered = getattr(typer.main.get_command(app), "commands")[command]  # noqa: B009 - Typer does not export its group
    offered.make_context(command, ["--quick", "--patience", "3"])
    assert capfd.readouterr().err == (
        "harness: --patience is gone: nothing waits for a quiet machine any more; give --seconds instead\n"
    )
    context = offered.make_context(command, ["--quick"])
    assert capfd.readouterr().err == ""
    assert "--patience" not in offered.get_help(context)
