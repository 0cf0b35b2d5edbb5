"""A run as a user goes it, through asv and back."""

import sys
from pathlib import Path

import pytest

import harness
from harness.model import TIMED
from harness.store.runs import read_runs
from tests.support.projects import asv, command, copy_project

pytestmark = pytest.mark.slow


def test_harness_run_measures_answers_and_draws(tmp_path: Path) -> None:
    """The whole way, as a user goes it, at two sizes."""
    project = copy_project(tmp_path)
    words = ("run", "--op", "mean", "--op", "from_numpy", "--backend", "torch-cpu", "--rounds", "2")
    sizes = ("--min-size", "16", "--max-size", "64", "--patience", "0")
    done = command(
        project, tmp_path, sys.executable, "-c", "from harness.cli.app import main; main()", *words, *sizes
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "mean" in done.stdout
    assert "zero-copy" in done.stdout
    assert "s of wall time: timed " in done.stdout
    assert "from_numpy: step 4 of 4" in done.stderr
    (run,) = read_runs(project / "results")
    assert run.complete
    assert set(harness.load(project / "results")["op"]) == {"mean", "from_numpy"}
    (plots,) = (project / "results" / "plots").iterdir()
    assert {path.name for path in plots.glob("*.svg")} == {"mean.svg", "from_numpy.svg", "overview.svg"}
    assert "conversion.FromNumpy.track_seconds" in asv(project, "show", "HEAD").stdout


def test_an_op_that_cannot_be_measured_at_all_is_told_and_the_others_are_kept(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    source = project / "benchmarks" / "elementwise.py"
    source.write_text(source.read_text().replace('"np.sin(x)"', '"np.no_such_function(x)"'))
    words = ("run", "--op", "abs", "--op", "sin", "--max-size", "16", "--rounds", "1", "--no-plots")
    done = command(
        project, tmp_path, sys.executable, "-c", "from harness.cli.app import main; main()", *words
    )
    assert done.returncode == 6
    assert "asv could not measure every op" in done.stderr
    assert "no cell of sin could be measured: the reference failed: AttributeError" in done.stderr
    statuses = harness.load(project / "results").query("backend != 'torch-cuda'").groupby("op")["status"]
    told = {op: set(own) for op, own in statuses}
    assert told["sin"] == {"crashed"}
    assert told["abs"] <= set(TIMED)  # noisy on a busy host
    (run,) = read_runs(project / "results")
    assert run.facts["dirty"] is True
