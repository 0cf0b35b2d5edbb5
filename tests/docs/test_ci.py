"""The workflow of the CI how-to, its steps run for real with a scripted git, pip, gh and measurement."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Any

import pytest
import yaml

import harness
import harness.errors
from harness.errors import HarnessError
from harness.export.cells_parquet import write_cells
from harness.model import Cell, Status
from tests.support.projects import PROJECT
from tests.support.runs import scripted_cell, write_run
from tests.support.steady_cells import steady_cells

BASH = which("bash") or ""
PAGE = (PROJECT / "docs" / "how-to" / "ci.md").read_text(encoding="utf-8")
GIT = '[ "$1 $2" = "worktree add" ] && mkdir -p "$3"'
PYTHON = """
case $2 in
venv) mkdir -p "$3/bin"; cp "$SCRIPTED/bin/python" "$3/bin/"; cp "$SCRIPTED/harness" "$3/bin/" ;;
pip) [ -e "$SCRIPTED/installs" ] || { rm "${0%/*}/harness"; exit 1; } ;;
esac
"""
HARNESS = """
case $1 in
run) exit "$(cat "$SCRIPTED/$(basename "$PWD").code")" ;;
cells) cp "$SCRIPTED/$(basename "$PWD").parquet" "${@: -1}" ;;
compare) exec "$REAL_PYTHON" -c "from harness.cli.app import main; main()" "$@" ;;
esac
"""
GH = 'cp "$5" "$SCRIPTED/posted.md"'


def steps() -> list[dict[str, Any]]:
    """Return the steps of the workflow that run a script."""
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    return [step for step in yaml.safe_load(block)["jobs"]["compare"]["steps"] if "run" in step]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What came of a job: the exit code of each step by its name, and the comment that was posted."""

    codes: Mapping[str, int]
    comment: str


def run(folder: Path) -> Job:
    """Run the steps as GitHub does: after a failure only those that always run."""
    known = {"github.base_ref": "main", "github.event.number": "7", "github.run_id": "1"}
    known |= {"github.server_url": "https://github.com", "github.repository": "somebody/some"}
    codes: dict[str, int] = {}
    own = {"SCRIPTED": str(folder), "REAL_PYTHON": sys.executable, "PYTHONPATH": str(PROJECT)}
    environment = {**os.environ, **own, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    for step in steps():
        code: int | None = None
        if step.get("if") == "always()" or not any(codes.values()):
            script = re.sub(r"\$\{\{ (.+?) \}\}", lambda match: known[match[1]], step["run"])
            where = folder / "head" / step.get("working-directory", "")
            done = subprocess.run([BASH, "-ec", script], cwd=where, env=environment, check=False)
            code = codes[step["name"]] = done.returncode
        known[f"steps.{step.get('id')}.outcome"] = {None: "skipped", 0: "success"}.get(code, "failure")
    return Job(codes=codes, comment=(folder / "posted.md").read_text(encoding="utf-8"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the scripted programs, in which all goes well and nothing differs."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "head").mkdir()
    scripts = {"bin/git": GIT, "bin/python": PYTHON, "bin/gh": GH, "harness": HARNESS}
    for name, script in scripts.items():
        path = tmp_path / name
        path.write_text(f"#!/bin/bash\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
    (tmp_path / "installs").touch()
    for side in ("base", "head"):
        (tmp_path / f"{side}.code").write_text("0")
        measured(tmp_path, side, steady_cells())
    return tmp_path


def measured(folder: Path, side: str, cells: Sequence[Cell]) -> None:
    """Have a side's measurement come to these cells."""
    done = write_run(folder / side / "store", cells)
    write_cells(folder / f"{side}.parquet", harness.load(folder / side / "store"), done.facts)


def nothing_differs(_: Path) -> None:
    """Leave all as it is."""


def one_is_slower(folder: Path) -> None:
    """Have a cell of the change be slower."""
    measured(folder, "head", steady_cells(1.5))


def one_backend_is_wrong(folder: Path) -> None:
    """Have a backend of the change lose all its times, so that the run itself fails."""
    wrong = [scripted_cell("torch-cpu", n, [], status=Status.WRONG, reason="error 1") for n in (16, 64, 256)]
    measured(folder, "head", [*steady_cells()[:3], *wrong])
    (folder / "head.code").write_text("6")


def nothing_can_be_judged(folder: Path) -> None:
    """Have a single round on either side."""
    for side in ("base", "head"):
        measured(folder, side, [scripted_cell("numpy", n, [1.0]) for n in (16, 64)])


def the_change_is_not_measured(folder: Path) -> None:
    """Have the measurement of the change end without anything."""
    (folder / "head.code").write_text("6")
    (folder / "head.parquet").unlink()


def the_base_is_broken(folder: Path) -> None:
    """Have the file of the base be damaged."""
    (folder / "base.parquet").write_text("no Parquet")


def nothing_is_installed(folder: Path) -> None:
    """Have pip fail."""
    (folder / "installs").unlink()


@pytest.mark.slow
@pytest.mark.skipif(not BASH, reason="the workflow is for a runner with bash")
@pytest.mark.parametrize(
    ("happens", "code", "said", "outcomes"),
    [
        (nothing_differs, 0, "nothing is slower by more than 5 %", ("success", "success", "success")),
        (one_is_slower, 13, "slower by more than 5 %: 1, worst abs", ("success", "success", "success")),
        (one_backend_is_wrong, 14, "wrong: error 1", ("success", "success", "failure")),
        (nothing_can_be_judged, 12, "could be judged in no cell", ("success", "success", "success")),
        (the_change_is_not_measured, 3, "'head.parquet'", ("success", "success", "failure")),
        (the_base_is_broken, 5, "base.parquet cannot be read", ("success", "success", "success")),
        (nothing_is_installed, 127, "harness: No such file", ("failure", "skipped", "failure")),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_the_workflow_comments_whatever_happens_and_ends_as_the_comparison_does(
    folder: Path, happens: Callable[[Path], None], code: int, said: str, outcomes: tuple[str, str, str]
) -> None:
    happens(folder)
    job = run(folder)
    *_, last = job.codes.values()
    assert last == code
    assert said in job.comment
    told = re.search(r"Installing: (\w+); the base: (\w+); the change: (\w+); compare ended", job.comment)
    assert told is not None
    assert told.groups() == outcomes
    assert (
        f"compare ended with {code}; the log: https://github.com/somebody/some/actions/runs/1" in job.comment
    )
    assert ("Time of B relative to A" in job.comment) == (code in (0, 12, 13, 14))


def test_the_table_of_the_page_has_codes_that_there_are() -> None:
    rows = [int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)]
    kinds = [kind for kind in vars(harness.errors).values() if isinstance(kind, type)]
    assert set(rows) <= {0, *(kind.exit_code for kind in kinds if issubclass(kind, HarnessError))}
    assert [code for code in rows if code > 5 or not code] == [13, 14, 12, 0]  # in which they are tried
