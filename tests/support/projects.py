"""The project as asv and the command line find it: a repository of its own, called from outside."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PROJECT = Path(__file__).parents[2]


def command(folder: Path, home: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a command without a terminal, with a home of its own."""
    return subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, "HOME": str(home), "USERPROFILE": str(home), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def asv(project: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return command(project, project.parent, sys.executable, "-m", "asv", *words, **environment)


def copy_project(folder: Path) -> Path:
    """Copy what asv needs of the project into a repository of its own with two commits."""
    project = folder / "project"
    shutil.copytree(
        PROJECT / "benchmarks", project / "benchmarks", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(PROJECT / "asv.conf.json", project)
    (project / ".gitignore").write_text("__pycache__/\n")
    commit_all(project)
    commit_all(project, "--allow-empty")
    return project


def foreign_project(folder: Path, files: Mapping[str, str], **configuration: object) -> Path:
    """Write somebody else's project with these files and this configuration, and commit it."""
    project = folder / "foreign"
    written = {"asv.conf.json": json.dumps({"version": 1, "repo": ".", **configuration}), **files}
    for name, text in written.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text, encoding="utf-8")
    commit_all(project)
    return project


def commit_all(project: Path, *words: str) -> None:
    """Commit what a folder holds, as a repository of its own."""
    git = ("git", "-c", "user.name=a tester", "-c", "user.email=tester@example.org")
    for line in (("init", "-q"), ("add", "."), ("commit", "-qm", "as it is", *words)):
        done = command(project, project.parent, *git, *line)
        assert done.returncode == 0, done.stderr
