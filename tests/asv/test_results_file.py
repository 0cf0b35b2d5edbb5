"""asv's own files of a run that asv did not make, held against what `asv run` writes."""

import json
import math
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from harness.asv.catalogue import declared_ops
from harness.asv.results_file import write_results
from harness.errors import MeasureError
from harness.model import Cell, Status
from harness.store.op_files import read_cells
from harness.store.runs import read_runs
from tests.support.projects import asv, command, copy_project, foreign_project
from tests.support.runs import scripted_cell

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
ABS = [scripted_cell("numpy", 16, [1e-6, 2e-6, 4e-6]), scripted_cell("torch-cpu", 16, [2e-6, 2e-6, 2e-6])]
OF_ANOTHER_SHAPE = {
    **dict.fromkeys(("commit_hash", "date", "env_name", "params", "python", "requirements"), "x"),
    "params": {"machine": "here"},
    "results": [1],
    "version": 2,
}
Write = Callable[[Mapping[str, Sequence[Cell]]], Path]


def hand_over(
    project: Path, machine: str, commit: str | None, cells: Mapping[str, Sequence[Cell]]
) -> Path | None:
    return write_results(
        project, machine, commit, cells, began=BEGAN, seconds_by_op=dict.fromkeys(cells, 1.5)
    )


@pytest.fixture
def repository(tmp_path: Path) -> tuple[Path, str]:
    """Return a project in which nothing was measured, and its commit."""
    project = copy_project(tmp_path)
    return project, command(project, tmp_path, "git", "rev-parse", "HEAD").stdout.strip()


@pytest.fixture
def write(repository: tuple[Path, str]) -> Write:
    """Return a function that writes the cells of ops into asv's results of the project."""

    def written(cells: Mapping[str, Sequence[Cell]]) -> Path:
        path = hand_over(repository[0], "here", repository[1], cells)
        assert path is not None
        return path

    return written


def results_of(path: Path) -> dict[str, dict[str, Any]]:
    """Return asv's results by the benchmark and the column."""
    content = json.loads(path.read_text())
    columns = content["result_columns"]
    return {name: dict(zip(columns, row, strict=False)) for name, row in content["results"].items()}


def comparable(path: Path) -> str:
    """Return a file of asv's as text that is equal where all but the moments and durations are."""
    content = json.loads(path.read_text())
    if "results" in content:
        content["results"] = results_of(path)
        for row in content["results"].values():
            row["started_at"] = row["duration"] = None
        content["durations"] = sorted({*content["durations"]} - {"<build>"})  # of nothing, by asv
    return json.dumps(content, indent=1, sort_keys=True)  # as text, since a NaN is not equal to itself


@pytest.mark.slow
def test_the_files_are_those_of_asv_run_for_the_same_times(
    project: Path, tmp_path: Path, own_home: Path
) -> None:
    (run,) = read_runs(project / "results")
    copy = tmp_path / "copy"
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns("asv", "__pycache__"))
    hand_over(copy, run.machine, run.facts["commit"], {"abs": read_cells(run)})
    by_asv, by_us = (
        {str(path.relative_to(folder)): comparable(path) for path in folder.rglob("*.json")}
        for folder in (project / "results" / "asv", copy / "results" / "asv")
    )
    assert len(by_asv) == 3
    assert by_us == by_asv
    assert list(own_home.iterdir()) == []


@pytest.mark.slow
def test_what_asv_has_of_other_ops_at_that_commit_stays(write: Write) -> None:
    before = results_of(write({"abs": ABS}))
    after = results_of(write({"sin": ABS}))
    assert after.keys() - before.keys() == {
        "elementwise.sin.track_seconds",
        "elementwise.sin.track_relative_time",
    }
    assert json.dumps({name: after[name] for name in before}) == json.dumps(before)


@pytest.mark.slow
def test_asv_shows_the_median_of_the_rounds_and_how_long_the_op_took(
    repository: tuple[Path, str], write: Write
) -> None:
    path = write({"abs": ABS})
    shown = results_of(path)["elementwise.abs.track_seconds"]
    assert shown["result"][0] == 2e-6
    assert shown["started_at"] == BEGAN.timestamp() * 1000
    assert list(json.loads(path.read_text())["durations"].values()) == [1.5]
    assert "elementwise.abs.track_seconds" in asv(repository[0], "show", "HEAD").stdout


@pytest.mark.slow
def test_an_op_that_crashed_everywhere_has_failed_and_one_that_was_skipped_has_not(write: Write) -> None:
    results = results_of(
        write(
            {
                "abs": [scripted_cell("numpy", 16, [], status=Status.CRASHED)],
                "sin": [scripted_cell("numpy", 16, [], status=Status.SKIPPED)],
            }
        )
    )
    assert results["elementwise.abs.track_seconds"]["result"] is None
    assert set(map(str, results["elementwise.sin.track_seconds"]["result"])) == {"nan"}


@pytest.mark.slow
def test_a_backend_without_any_time_has_failed_in_one_cell_and_the_others_keep_theirs(write: Write) -> None:
    lost = [scripted_cell("torch-cpu", n, [], status=Status.WRONG) for n in (16, 64)]
    found = results_of(write({"abs": [ABS[0], *lost]}))["elementwise.abs.track_seconds"]
    values = dict(zip(product(*found["params"]), found["result"], strict=True))
    assert values["'numpy'", "16"] == 2e-6
    assert values["'torch-cpu'", "16"] is None
    assert math.isnan(values["'torch-cpu'", "64"])


@pytest.mark.slow
def test_an_op_that_is_taken_out_while_it_is_measured_is_none_of_asvs(
    repository: tuple[Path, str], write: Write
) -> None:
    declared_ops(repository[0])
    source = repository[0] / "benchmarks" / "elementwise.py"
    source.write_text(source.read_text().replace("def abs(", "def _abs("))
    assert {name.split(".")[1] for name in results_of(write({"abs": ABS, "sin": ABS}))} == {"sin"}


@pytest.mark.slow
def test_benchmarks_that_lie_beside_a_repository_are_filed_under_what_is_checked_out_in_it(
    repository: tuple[Path, str], tmp_path: Path
) -> None:
    library = foreign_project(tmp_path, {})
    conf = repository[0] / "asv.conf.json"
    conf.write_text(conf.read_text().replace('"repo": "."', f'"repo": "{library.as_posix()}"'))
    path = hand_over(repository[0], "here", repository[1], {"abs": ABS})
    assert path is not None
    assert path.name.startswith(command(library, tmp_path, "git", "rev-parse", "HEAD").stdout[:8])


@pytest.mark.slow
@pytest.mark.parametrize("content", ["{", "[]", "{}", json.dumps(OF_ANOTHER_SHAPE)])
def test_a_file_that_is_not_asvs_is_named_and_left_alone(write: Write, content: str) -> None:
    path = write({"abs": ABS})
    path.write_text(content)
    with pytest.raises(MeasureError, match=re.escape(path.name)):
        write({"abs": ABS})
    assert path.read_text() == content


def test_outside_of_a_repository_there_is_no_history_to_write(tmp_path: Path) -> None:
    (tmp_path / "asv.conf.json").write_text('{"version": 1, "repo": ".", "results_dir": "results/asv"}')
    assert hand_over(tmp_path, "here", None, {"abs": ABS}) is None
    assert hand_over(tmp_path, "here", "0" * 40, {"abs": ABS}) is None  # the repository begins further up
    assert [path.name for path in tmp_path.iterdir()] == ["asv.conf.json"]
