"""A run as a user goes it, and what asv knows of it: two ops, and one that is misspelled."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

import harness
from harness.errors import MeasureError
from harness.model import TIMED
from harness.store.runs import read_runs
from tests.support.projects import asv, command, copy_project

if TYPE_CHECKING:
    from subprocess import CompletedProcess

pytestmark = pytest.mark.slow


class Gone(NamedTuple):
    """A project in which a run was made, and what the command came to."""

    project: Path
    run: "CompletedProcess[str]"

    @property
    def results(self) -> Path:
        return self.project / "results"


@pytest.fixture(scope="module")
def gone(tmp_path_factory: pytest.TempPathFactory) -> Gone:
    """Measure mean, from_numpy and a sin that NumPy does not have, at two sizes."""
    folder = tmp_path_factory.mktemp("run")
    project = copy_project(folder)
    source = project / "benchmarks" / "elementwise.py"
    source.write_text(source.read_text().replace('"np.sin(x)"', '"np.no_such_function(x)"'))
    words = (
        "run",
        "--op",
        "mean",
        "--op",
        "from_numpy",
        "--op",
        "sin",
        "--backend",
        "torch-cpu",
        "--rounds",
        "2",
    )
    sizes = ("--min-size", "16", "--max-size", "64")
    main = "from harness.cli.app import main; main()"
    return Gone(project, command(project, folder, sys.executable, "-c", main, *words, *sizes))


def test_harness_run_measures_answers_and_draws(gone: Gone) -> None:
    assert "mean" in gone.run.stdout
    assert "zero-copy" in gone.run.stdout
    assert "s to the answer: timed " in gone.run.stdout
    (run,) = read_runs(gone.results)
    assert run.complete
    assert run.facts["dirty"] is True
    (plots,) = (gone.results / "plots").iterdir()
    assert {path.stem for path in plots.glob("*.svg")} == {"mean", "from_numpy", "sin", "overview"}
    assert "conversion.from_numpy.track_seconds" in asv(gone.project, "show", "HEAD").stdout


def test_an_op_that_cannot_be_measured_at_all_is_told_and_the_others_are_kept(gone: Gone) -> None:
    assert gone.run.returncode == MeasureError.exit_code
    assert "no cell of sin could be measured: the reference failed: AttributeError" in gone.run.stderr
    cells = harness.load(gone.results)
    statuses = {op: set(of_op["status"]) for op, of_op in cells.groupby("op")}
    assert statuses.keys() == {"mean", "from_numpy", "sin"}
    assert statuses["sin"] == {"crashed"}
    assert statuses["mean"] | statuses["from_numpy"] <= set(TIMED)  # noisy on a busy host
