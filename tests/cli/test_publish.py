"""The commands that write what people open in a browser."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pytest

from harness.cli.publish import publish_run, write_report
from harness.store.frame import frame
from harness.store.runs import Run, read_runs
from tests.support.command_line import Harness
from tests.support.stores import write_machine


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

    monkeypatch.setattr("harness.store.latest.frame", counted)
    folder, path = publish_run(run, cells, tmp_path)
    assert path

    assert read == ["node-1"]
    assert path.read_text("utf-8") == page
    assert {file.name for file in folder.iterdir()} == {"abs.svg", "overview.svg", "overview.png"}


def test_a_page_that_takes_long_to_draw_is_announced(call: Harness, tmp_path: Path) -> None:
    answer = call("report", "--results", tmp_path)
    assert answer.code != 0  # nothing is measured yet
    assert answer.err.startswith("drawing the page\nharness: ")
