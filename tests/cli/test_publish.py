"""The commands that write what people open."""

from dataclasses import replace
from pathlib import Path

from harness.validation.battery import keep
from tests.support.command_line import Harness
from tests.support.runs import MACHINE, OWN_ERROR


def test_plots_are_the_same_bytes_each_time(ask: Harness, results: Path) -> None:
    folder = results / "plots" / MACHINE
    assert f"plots: {folder}" in ask("plot").out
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    ask("plot")
    assert set(first) == {"abs.svg", "abs.png", "overview.svg", "overview.png"}
    assert all((folder / name).read_bytes() == content for name, content in first.items() if ".svg" in name)


def test_plots_use_the_own_error_of_the_runs_machine(ask: Harness, results: Path) -> None:
    overview, key = results / "plots" / MACHINE / "overview.svg", "crossover with interval"
    ask("plot")
    assert key in overview.read_text()
    keep(results, MACHINE, replace(OWN_ERROR, error=9.0), [], quick=False)
    ask("plot")
    assert key not in overview.read_text()
