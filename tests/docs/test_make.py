"""What the Makefile and the workflows promise, as far as they can be read or run without a network."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.projects import PROJECT

MAKEFILE = (PROJECT / "Makefile").read_text(encoding="utf-8")
WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
TOOLS = ("ruff check", "ruff format --check", "mypy", "lint-imports")


def jobs(workflow: Path) -> dict[str, dict[str, Any]]:
    """Return the jobs of a workflow by name."""
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]
    return loaded


def shell_lines(job: dict[str, Any]) -> list[str]:
    """Return what a job runs, once for every value of its matrix."""
    runs = [step["run"] for step in job.get("steps", ()) if "run" in step]
    lines = [line for run in runs for line in run.splitlines()]
    for name, values in job.get("strategy", {}).get("matrix", {}).items():
        place = f"${{{{ matrix.{name} }}}}"
        lines = [
            line.replace(place, value) for line in lines for value in (values if place in line else [""])
        ]
    return lines


def recipe(target: str) -> list[str]:
    """Return the commands of a target, with the path of the environment in them."""
    found = re.search(rf"^{re.escape(target)}:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    assert found is not None, target
    return [line.strip().replace("$(BIN)", ".venv/bin") for line in found[1].splitlines()]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.stem)
def test_every_shell_line_of_a_workflow_is_a_target_of_make_or_the_readmes_for_windows(
    workflow: Path,
) -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    without_make = re.findall(r"^    (.*python -m .*?)(?:  .*)?$", readme, re.MULTILINE) + recipe("smoke")
    for job in jobs(workflow).values():
        for line in shell_lines(job):
            if job["runs-on"] == "windows-latest":
                assert line.replace(".venv\\Scripts\\", ".venv/bin/") in without_make
            else:
                assert re.fullmatch(r"make [\w-]+", line), line
                assert recipe(line.removeprefix("make "))


def test_windows_is_smoked_by_every_command_of_the_target() -> None:
    lines = shell_lines(jobs(PROJECT / ".github" / "workflows" / "test.yml")["windows"])
    assert [line.replace(".venv\\Scripts\\", ".venv/bin/") for line in lines][-2:] == recipe("smoke")


def test_the_tests_run_from_the_lowest_python_on() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    matrix = jobs(PROJECT / ".github" / "workflows" / "test.yml")["test"]["strategy"]["matrix"]
    assert matrix["python-version"] == ["3.11", "3.12", "3.13", "3.14"]
    assert project["requires-python"] == f">={matrix['python-version'][0]}"


@pytest.mark.slow
@pytest.mark.parametrize("failing", [*TOOLS, "actionlint", None])
def test_lint_runs_every_tool_and_fails_if_any_did(tmp_path: Path, failing: str | None) -> None:
    log, tools = tmp_path / "log", tmp_path / "bin"
    tools.mkdir()
    for name in {*(tool.split()[0] for tool in TOOLS), "actionlint", "npm"}:
        script = f'words=$(echo {name} $*)\necho "$words" >> {log}\ntest "$words" != "{failing}"'
        (tools / name).write_text(f"#!/bin/sh\n{script}\n")
        (tools / name).chmod(0o755)
    words = (
        "make",
        "--old-file",
        ".venv/test.stamp",
        f"BIN={tools}",
        f"ACTIONLINT={tools}/actionlint",
        "lint",
    )
    done = subprocess.run(
        words, cwd=PROJECT, env={"PATH": f"{tools}:/usr/bin:/bin"}, capture_output=True, check=False
    )
    assert log.read_text().splitlines() == [*TOOLS, "actionlint"]
    assert (done.returncode == 0) is (failing is None)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no make")
@pytest.mark.parametrize("terminal", [True, False])
def test_an_installation_says_how_large_it_is_and_pip_how_far_where_somebody_looks_on(
    tmp_path: Path, *, terminal: bool
) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "python").write_text('#!/bin/sh\necho "called $*"\n')
    (tools / "python").chmod(0o755)
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(PROJECT / name, tmp_path)
    (tmp_path / ".venv").mkdir()
    words = ["make", "--no-print-directory", f"BIN={tools}", ".venv/test.stamp"]
    looked_on, written = os.openpty() if terminal else os.pipe()
    with os.fdopen(looked_on, "rb", buffering=0) as reading:
        subprocess.run(words, cwd=tmp_path, stdout=written, check=True)
        shown = reading.read(10_000).decode()
        os.close(written)
    assert shown.startswith("installing NumPy, Torch and what measures them into .venv, ")
    assert re.search(r"3 GB to fetch and 7 GB on disk where Torch comes with CUDA", shown)
    quiet = "" if terminal else " --quiet"
    called = re.findall(r"called -m pip install(.*) --disable.* (\S+)\s", shown)
    assert called == [(quiet, "."), (quiet, ".[test]")]


@pytest.mark.slow
def test_every_pin_is_exact_and_stands_once() -> None:
    lines = (PROJECT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    names = [line.partition("==")[0].lower() for line in pins]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", pin) for pin in pins)
    assert names == sorted(set(names))
