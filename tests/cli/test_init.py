"""The command that begins a project, and what it writes, run as it stands."""

import re
import sys
from pathlib import Path

import pytest
import yaml

from harness.asv.catalogue import declared_ops
from harness.asv.configuration import configuration
from tests.support.command_line import Harness
from tests.support.projects import asv, command, commit_all

SUITE = {
    ".github/workflows/measure.yml",
    ".gitignore",
    "asv.conf.json",
    "benchmarks/__init__.py",
    "benchmarks/norms.py",
}
SINGLE_FILE = {".github/workflows/measure.yml", ".gitignore", "measure.py"}


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def imports_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test import a project's benchmarks, and the next test those of its own."""
    monkeypatch.setattr(sys, "path", list(sys.path))


@pytest.mark.parametrize(("words", "files"), [(["--asv"], SUITE), ([], SINGLE_FILE)])
def test_it_writes_a_project_and_says_what_and_what_next(
    call: Harness, tmp_path: Path, words: list[str], files: set[str]
) -> None:
    folder = tmp_path / "of mine" / "new"
    answer = call("init", folder, *words)
    assert answer.code == 0
    assert files_in(folder) == files
    assert set(re.findall(r"^wrote: (.*)$", answer.out, re.MULTILINE)) == {
        str(folder / name) for name in files
    }
    step = "harness run --quick" if words else "python measure.py"
    assert f"next: cd '{folder}' && {step}" in answer.out


def test_without_a_folder_it_writes_into_the_one_where_one_is(
    call: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = call("init")
    assert files_in(tmp_path) == SINGLE_FILE
    assert "next: python measure.py" in answer.out


@pytest.mark.parametrize("name", sorted(SUITE - {".gitignore"}))
def test_it_writes_over_nothing_and_then_writes_nothing(call: Harness, tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("mine")
    answer = call("init", tmp_path, "--asv")
    assert answer.code == 2
    assert f"{tmp_path / name} is there already, so nothing was written; take it away" in answer.err
    assert files_in(tmp_path) == {name}
    assert (tmp_path / name).read_text() == "mine"


def test_a_gitignore_that_is_there_stays_and_it_is_said_what_it_should_have(
    call: Harness, tmp_path: Path
) -> None:
    (tmp_path / ".gitignore").write_text("mine\n")
    answer = call("init", tmp_path, "--asv")
    assert (tmp_path / ".gitignore").read_text() == "mine\n"
    assert files_in(tmp_path) == SUITE
    assert ".gitignore was there and stays as it is; let it have:" in answer.err
    assert "\nresults/\n" in answer.err
    assert ".gitignore" not in answer.out


def test_a_folder_that_cannot_be_written_is_named_and_nothing_is_left(call: Harness, tmp_path: Path) -> None:
    (tmp_path / ".github").touch()
    answer = call("init", tmp_path, "--asv")
    assert answer.code == 2
    assert f"{tmp_path / '.github'}" in answer.err
    assert "cannot be written" in answer.err
    assert files_in(tmp_path) == {".github"}


def test_a_suite_in_a_repository_finds_its_commits_there(call: Harness, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "of mine" / 'a "name"'
    answer = call("init", folder, "--asv")
    conf = configuration(folder)
    assert (conf.repo, conf.project) == ("../..", 'a "name"')
    assert "git init" not in answer.out
    assert "git init" in call("init", tmp_path.parent / f"{tmp_path.name}-beside", "--asv").out


@pytest.mark.usefixtures("imports_as_they_were")
def test_the_workflow_is_one_and_runs_what_the_project_has(call: Harness, tmp_path: Path) -> None:
    for words, folder, line in ((["--asv"], "suite", "harness run"), ([], "file", "measure.py")):
        call("init", tmp_path / folder, *words)
        flow = yaml.safe_load((tmp_path / folder / ".github" / "workflows" / "measure.yml").read_text())
        steps = flow["jobs"]["measure"]["steps"]
        assert any(line in step.get("run", "") for step in steps)
    assert list(declared_ops(tmp_path / "suite")) == ["norm"]


@pytest.mark.slow
def test_a_suite_runs_as_it_was_written(tmp_path: Path) -> None:
    def ours(folder: Path, *words: str) -> str:
        script = "from harness.cli.app import main; main()"
        done = command(folder, tmp_path, sys.executable, "-c", script, *words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    project = tmp_path / "mine"
    ours(tmp_path, "init", "mine", "--asv")
    commit_all(project)
    done = asv(project, "run", "--quick", "--show-stderr")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "norms.norm.track_seconds" in asv(project, "show", "HEAD").stdout
    answer = ours(project, "run", "--quick", "--no-plots")
    assert "norm" in answer
    assert "asv: " in answer
    assert command(project, tmp_path, "git", "status", "--porcelain").stdout == ""


@pytest.mark.slow
def test_a_single_file_runs_as_it_was_written(call: Harness, tmp_path: Path) -> None:
    call("init", tmp_path)
    done = command(tmp_path, tmp_path, sys.executable, "measure.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "torch-cpu" in done.stdout
