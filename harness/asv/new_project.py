"""The files of a new project: one that measures a function, or a suite of asv's that has a history."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from harness.errors import UsageError

IGNORED = ".gitignore"
"""The one file that a folder may have already; it stays as it is."""

_MEASURE = '''"""Would Torch or a GPU be faster for this function? ``python measure.py`` says so."""

import harness


def norm(xp, x):
    """Return the Euclidean norm; xp is the array library, NumPy or Torch or another."""
    return xp.sqrt(xp.sum(x * x))


if __name__ == "__main__":
    print(harness.measure(norm, sizes="1k:1M", seconds=30))
'''
_CONFIGURATION = """{{
    "version": 1,
    "project": {project},
    "repo": {repo},
    "branches": ["HEAD"],
    "plugins": [".harness.asv"],

    // asv run measures in the Python that it runs in, as it is.
    "environment_type": "current",
    "pythons": ["same"],

    "benchmark_dir": "benchmarks",
    "results_dir": "results/asv",
    "html_dir": "results/site"
}}
"""
_BENCHMARK = '''"""Norms of vectors. Another op is another def, in this file or in one beside it."""

from harness.asv import sweep


@sweep(sizes="1k:1M")
def norm(xp, x):
    """Euclidean norm; xp is the array library, NumPy or Torch or another."""
    return xp.sqrt(xp.sum(x * x))
'''
_IGNORE = """__pycache__/
# Without this line what was measured is kept beside the code.
results/
"""
_IGNORE_TOO = """# asv's environments
env/
"""
_WORKFLOW = """# Measures on a runner and keeps what it found; such figures hold for that runner alone.
name: measure

on: [pull_request, workflow_dispatch]

permissions:
  contents: read

env:
  PIP_EXTRA_INDEX_URL: https://download.pytorch.org/whl/cpu # Torch without CUDA: 0.2 GB, not several

jobs:
  measure:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: python -m pip install numpy-torch-harness
"""
_MEASURED = """      - run: python measure.py | tee answer.txt
      - uses: actions/upload-artifact@v4
        with:
          name: answer
          path: answer.txt
"""
_RUN = """      - run: harness run --quick
      - uses: actions/upload-artifact@v4
        with:
          name: results
          path: results
"""
_PLACE_OF_WORKFLOW = ".github/workflows/measure.yml"


def single_file() -> Mapping[str, str]:
    """Return the files of a project that measures a function, by their places."""
    return {"measure.py": _MEASURE, IGNORED: _IGNORE, _PLACE_OF_WORKFLOW: _WORKFLOW + _MEASURED}


def suite(folder: Path) -> Mapping[str, str]:
    """Return the files of a suite in a folder, whose commits asv finds in the repository around it."""
    folder = folder.resolve()
    repository = repository_of(folder) or folder
    configuration = _CONFIGURATION.format(
        project=json.dumps(folder.name or "project"),
        repo=json.dumps(Path(os.path.relpath(repository, folder)).as_posix()),
    )
    return {
        "asv.conf.json": configuration,
        "benchmarks/__init__.py": '"""What is timed: one def per op."""\n',
        "benchmarks/norms.py": _BENCHMARK,
        IGNORED: _IGNORE + _IGNORE_TOO,
        _PLACE_OF_WORKFLOW: _WORKFLOW + _RUN,
    }


def repository_of(folder: Path) -> Path | None:
    """Return the git repository that a folder lies in, if any; the folder need not be there yet."""
    folder = folder.resolve()
    return next((place for place in (folder, *folder.parents) if (place / ".git").exists()), None)


def write_project(folder: Path, files: Mapping[str, str]) -> list[str]:
    """Write files that are not there yet, all or none, and return which; only a .gitignore may be there."""
    there = [name for name in files if os.path.lexists(folder / name)]
    if refused := [name for name in there if name != IGNORED]:
        raise UsageError(
            f"{folder / refused[0]} is there already, so nothing was written; "
            "take it away, or name another folder"
        )
    written: list[str] = []
    try:
        for name in (name for name in files if name not in there):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            with (folder / name).open("x", encoding="utf-8", newline="\n") as file:
                written.append(name)
                file.write(files[name])
    except OSError as error:
        for name in written:
            (folder / name).unlink()
        raise UsageError(
            f"{error.filename or folder} cannot be written ({error.strerror}); name another folder"
        ) from error
    return written
