"""The project as asv and the command line find it: a repository of its own, called from outside."""

import os
import shutil
import subprocess
import sys
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


def asv(project: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return command(project, project.parent, sys.executable, "-m", "asv", *words)


def copy_project(folder: Path) -> Path:
    """Copy what asv needs of the project into a repository of its own with two commits."""
    project = folder / "project"
    shutil.copytree(
        PROJECT / "benchmarks", project / "benchmarks", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(PROJECT / "asv.conf.json", project)
    (project / ".gitignore").write_text("__pycache__/\n")
    git = ("git", "-c", "user.name=a tester", "-c", "user.email=tester@example.org")
    for words in (
        ("init", "-q"),
        ("add", "."),
        ("commit", "-qm", "one"),
        ("commit", "-qm", "two", "--allow-empty"),
    ):
        done = command(project, folder, *git, *words)
        assert done.returncode == 0, done.stderr
    return project
