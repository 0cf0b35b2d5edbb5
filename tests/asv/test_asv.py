"""asv itself, run for real: nothing but its own command, no terminal, a machine it has never seen."""

import json
import math
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import pytest
from asv.config import Config
from asv.environment import get_environments
from asv.results import Results

import harness
from harness.asv.catalogue import declared_ops
from harness.model import TIMED
from harness.runs.plan import QUICK_SIZES, SIZES
from harness.runs.settings import DEFAULT
from harness.store.runs import read_runs
from tests.support.projects import PROJECT, asv, command, copy_project


@pytest.fixture(scope="module")
def tracked(project: Path) -> Results:
    (path,) = (project / "results" / "asv").glob("*/*-current-*.json")
    return Results.load(str(path))


def test_results_are_saved_under_the_versions_of_numpy_and_torch(project: Path) -> None:
    (path,) = (project / "results" / "asv").glob("*/*-current-*.json")
    assert f"numpy{version('numpy')}-torch{version('torch')}.json" in path.name


def test_the_median_that_asv_shows_is_the_stores(project: Path, tracked: Results) -> None:
    name = "elementwise.Abs.track_seconds"
    cells = harness.load(project / "results").query("span == 'call' and seconds.notna()")
    shown = tracked.get_result_value(name, tracked.get_result_params(name))
    values = dict(zip(((b, n) for b in DEFAULT.backends for n in SIZES), shown, strict=True))
    timed = {key for key, value in values.items() if not math.isnan(value)}
    assert timed == set(zip(cells["backend"], cells["n"], strict=True))
    for cell in cells.itertuples():
        assert values[cell.backend, cell.n] == cell.seconds


def test_asv_tracks_the_inverse_of_the_speedup(project: Path, tracked: Results) -> None:
    name = "elementwise.Abs.track_relative_time"
    shown = tracked.get_result_value(name, tracked.get_result_params(name))
    values = dict(zip(((b, n) for b in DEFAULT.backends for n in SIZES), shown, strict=True))
    speedups = harness.speedup(harness.load(project / "results")).query("span == 'call' and speedup.notna()")
    assert len(speedups) >= 2 * len(QUICK_SIZES)
    for row in speedups.itertuples():
        assert values[row.backend, row.n] == pytest.approx(1 / row.speedup)
    assert values["numpy", 16] == 1.0


def test_the_list_of_parameters_does_not_depend_on_the_machine(tracked: Results) -> None:
    for name in ("track_seconds", "track_relative_time"):
        params = tracked.get_result_params(f"elementwise.Abs.{name}")
        assert params == [[repr(b) for b in DEFAULT.backends], [repr(n) for n in SIZES]]


def test_asv_is_told_names_units_and_versions(project: Path) -> None:
    known = json.loads((project / "results" / "asv" / "benchmarks.json").read_text())
    seconds, relative = (known[f"elementwise.Abs.track_{what}"] for what in ("seconds", "relative_time"))
    assert (seconds["unit"], relative["unit"]) == ("seconds", "x NumPy")
    assert seconds["pretty_name"] == "abs: time per call"
    assert "np.abs(x)" in seconds["version"]
    assert "jnp" not in seconds["version"]  # its versions do not label the results
    assert len({known[name]["version"] for name in known if name != "version"}) == len(declared_ops(PROJECT))


def test_a_run_by_plain_asv_is_complete_and_marked_quick(project: Path) -> None:
    (run,) = read_runs(project / "results")
    assert run.complete
    assert run.facts["quick"]
    assert set(harness.load(project / "results")["n"]) == set(QUICK_SIZES)
    assert run.facts["dirty"] is False


@pytest.mark.parametrize("words", [("check",), ("publish",), ("show", "HEAD"), ("compare", "HEAD", "HEAD")])
def test_asvs_own_commands_work(project: Path, words: tuple[str, ...]) -> None:
    done = asv(project, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (words != ("show", "HEAD")) or "abs" in done.stdout.lower()


def test_publish_writes_a_site(project: Path) -> None:
    assert asv(project, "publish").returncode == 0
    assert (project / "results" / "site" / "index.html").is_file()
    assert len(list(read_runs(project / "results"))) == 1  # no run of ours was begun by it


def test_another_commit_than_the_one_checked_out_is_refused(project: Path) -> None:
    done = asv(project, "run", "--bench", "Abs", "HEAD~1^!")
    assert done.returncode != 0
    assert "measures the working tree" in done.stdout + done.stderr
    assert len(list(read_runs(project / "results"))) == 1


def test_the_side_that_asv_forks_imports_no_torch() -> None:
    script = (
        f"import sys; sys.path.insert(0, {str(PROJECT)!r})\n"
        "import benchmarks, importlib, pkgutil\n"
        "for m in pkgutil.iter_modules(benchmarks.__path__):\n"
        "    importlib.import_module('benchmarks.' + m.name)\n"
        "from benchmarks.elementwise import Abs\n"
        "Abs().track_seconds({('numpy', 16): {'seconds': [1.0], 'relative': [1.0]}}, 'numpy', 16)\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_every_op_has_a_setup_cache_of_its_own() -> None:
    """Asv keys its cache by the line of the function: one that is inherited would be shared by all."""
    declared_ops(PROJECT)
    benchmarks = [m for name, m in sys.modules.items() if name.startswith("benchmarks.")]
    classes = {c for m in benchmarks for c in vars(m).values() if isinstance(c, type) and hasattr(c, "op")}
    lines = {(c.__module__, vars(c)["setup_cache"].__code__.co_firstlineno) for c in classes}
    assert len(lines) == len(classes) == len(declared_ops(PROJECT))


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


def test_the_matrix_is_for_managed_environments_and_leaves_plain_asv_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(PROJECT)
    monkeypatch.setattr(sys, "argv", ["asv"])
    conf = Config.load("asv.conf.json")
    import_module("harness.asv.environment")  # asv loads it as a plug-in
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    (current,) = get_environments(conf, [])
    assert current.tool_name == "current"
    managed = [environment.requirements for environment in get_environments(conf, [f"virtualenv:{python}"])]
    assert [versions["torch"] for versions in managed] == ["2.13.0"] * len(managed)
    assert len({versions["numpy"] for versions in managed}) == len(managed) >= 2


@pytest.mark.parametrize(("word", "begins"), [("run", True), ("continuous", True), ("publish", False)])
def test_a_run_is_begun_by_asvs_commands_that_measure(tmp_path: Path, word: str, *, begins: bool) -> None:
    script = (
        f"import os, sys; sys.argv = ['asv', {word!r}]\n"
        "import harness.asv.environment; print('HARNESS_JOB' in os.environ)"
    )
    done = command(tmp_path, tmp_path, sys.executable, "-c", script)
    assert done.stdout.strip() == str(begins), done.stderr
