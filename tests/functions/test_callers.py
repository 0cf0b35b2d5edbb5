"""Where a measurement may be called from: a script without a guard, a line, standard input, a package."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PROGRAM = """
import sys
print("run once", flush=True)
import harness
import beside_it

FACTOR = 2.0

def own(x):
    return beside_it.total(FACTOR * x)

result = harness.measure(
    own=own, other=lambda x: beside_it.total(x) * FACTOR, on="numpy", sizes=[64], seconds=60
)
print(*sorted(result.speedups["verdict"]), len(result.speedups))
print(result.speedup("other", 64).baseline, "harness" in sys.modules)
"""
BESIDE = "import numpy as np\ndef total(x): return np.sum(x)"


def called(folder: Path, *words: str, given: str = "") -> "subprocess.CompletedProcess[str]":
    """Run Python in a folder."""
    return subprocess.run(
        [sys.executable, *words], cwd=folder, input=given, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("way", ["a script", "a script elsewhere", "a line", "standard input", "a package"])
def test_what_measures_is_run_once_wherever_it_is_called_from(
    tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").touch()
    for path in (tmp_path / "script.py", package / "__main__.py"):
        path.write_text(PROGRAM, encoding="utf-8")
    (tmp_path / "beside_it.py").write_text(BESIDE, encoding="utf-8")
    monkeypatch.setitem(os.environ, "PYTHONWARNINGS", "error")
    done = {
        "a script": lambda: called(tmp_path, "script.py"),
        "a script elsewhere": lambda: called(Path(os.sep), str(tmp_path / "script.py")),
        "a line": lambda: called(tmp_path, "-c", PROGRAM),
        "standard input": lambda: called(tmp_path, "-", given=PROGRAM),
        "a package": lambda: called(tmp_path, "-m", "package"),
    }[way]()
    assert done.returncode == 0, done.stderr
    first, verdicts, last = done.stdout.splitlines()
    assert first == "run once"
    assert verdicts.split()[-1] == "2"
    assert last == "own@numpy True"
    assert "Error" not in done.stderr
