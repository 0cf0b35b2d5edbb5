"""The commands that write what people open."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from harness.cli.publish import publish_run, write_report
from harness.store.frame import frame
from harness.store.runs import Run, read_runs
from harness.validation.battery import keep
from tests.support.command_line import Harness
from tests.support.runs import MACHINE, OWN_ERROR
from tests.support.stores import write_machine


def test_plots_are_the_same_bytes_each_time(ask: Harness, results: Path) -> None:
    folder = results / "plots" / MACHINE
    assert f"plots: {folder}" in ask("plot").out
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    ask("plot")
    assert set(first) == {"abs.svg", "overview.svg", "overview.png"}
    assert all((folder / name).read_bytes() == content for name, content in first.items() if ".svg" in name)


def test_plots_as_png_are_asked_for_and_do_not_outlive_the_figure_that_they_are_of(
    ask: Harness, results: Path
) -> None:
    folder = results / "plots" / MACHINE
    ask("plot", "--png")
    assert {path.name for path in folder.iterdir()} == {"abs.svg", "abs.png", "overview.svg", "overview.png"}
    ask("plot")
    assert {path.name for path in folder.iterdir()} == {"abs.svg", "overview.svg", "overview.png"}


def test_a_run_is_published_without_reading_its_cells_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("node-1", "node-2"):
        write_machine(tmp_path, name, ops=("abs",))
    run = next(run for run in read_runs(tmp_path) if run.machine == "node-2")
    cells, page = frame([run]), write_report(tmp_path, first="node-2").read_text("utf-8")
    read: list[str] = []

    def counted(runs: Iterable[Run]) -> pd.DataFrame:
        runs = list(runs)
        read.extend(run.machine for run in runs)
        return frame(runs)

    monkeypatch.setattr("harness.store.frame.frame", counted)
    folder, path = publish_run(run, cells, tmp_path)

    assert read == ["node-1"]
    assert path.read_text("utf-8") == page
    assert {file.name for file in folder.iterdir()} == {"abs.svg", "overview.svg", "overview.png"}


def test_plots_use_the_own_error_of_the_runs_machine(ask: Harness, results: Path) -> None:
    overview, key = results / "plots" / MACHINE / "overview.svg", "crossover with interval"
    ask("plot")
    assert key in overview.read_text()
    keep(results, MACHINE, replace(OWN_ERROR, error=9.0), [], quick=False)
    ask("plot")
    assert key not in overview.read_text()
