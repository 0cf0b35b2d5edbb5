"""Somebody else's asv project: our plug-in beside their own benchmarks, in every kind of environment."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

import harness
from harness.store.runs import read_runs
from tests.support.projects import PROJECT, asv, command, foreign_project

FILES = {
    ".gitignore": "__pycache__/\nresults/\nenv/\n",
    "speed/__init__.py": "",
    "speed/sums.py": "def time_sum():\n    sum(range(100))\n",
    "speed/inner/__init__.py": "",
    "speed/inner/ops.py": '''
from harness.asv import sweep

@sweep(numpy="np.exp(x)", torch="torch.exp(x)", max_size=1024)
def exp(x):
    """Exponential of n elements."""


@sweep(sizes=[16, 64], inputs=lambda n, rng: scaled(rng.standard_normal(n)))
def spread(xp, x):
    """How far n elements are apart."""
    return distance(xp.max(x), xp.min(x))


def distance(a, b):
    return a - b


def scaled(x):
    return 2 * x
''',
    # Puts what this test runs on into an environment of asv's, as an installation would.
    "install.py": f"""
import pathlib, sysconfig
paths = {[str(PROJECT), *(place for place in sys.path if "site-packages" in place)]!r}
pathlib.Path(sysconfig.get_paths()["purelib"], "harness.pth").write_text("\\n".join(paths))
""",
}
PLUGIN: dict[str, object] = {"benchmark_dir": "speed", "branches": ["HEAD"], "plugins": [".harness.asv"]}
BRIEFLY = ("run", "--quick", "--show-stderr")
FORKED = (*BRIEFLY, "--launch-method", "forkserver")


def results_of(path: Path) -> dict[str, Any]:
    """Return asv's results by the benchmark."""
    results: dict[str, Any] = json.loads(path.read_text())["results"]
    return results


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project that has the least that it takes to measure where asv runs, and has been measured."""
    project = foreign_project(
        tmp_path_factory.mktemp("current"), FILES, **PLUGIN, environment_type="current", pythons=["same"]
    )
    done = asv(project, *BRIEFLY)
    assert done.returncode == 0, done.stdout + done.stderr
    return project


@pytest.mark.slow
def test_an_op_is_measured_beside_their_own_benchmarks_and_both_are_saved(foreign: Path) -> None:
    (path,) = (foreign / "results").glob("*/*-current-*.json")
    assert results_of(path).keys() == {
        "inner.ops.exp.track_seconds",
        "inner.ops.exp.track_relative_time",
        "inner.ops.spread.track_seconds",
        "inner.ops.spread.track_relative_time",
        "sums.time_sum",
    }
    shown = asv(foreign, "show", "HEAD").stdout
    assert "inner.ops.exp.track_seconds" in shown
    assert "sums.time_sum" in shown
    (run,) = read_runs(foreign / "results")
    assert run.complete
    assert run.facts["dirty"] is False
    spread = harness.load(foreign / "results").query(
        "op == 'spread' and backend == 'numpy' and span == 'call'"
    )
    assert spread["seconds"].notna().all()
    assert sorted(spread["n"]) == [16, 64]


@pytest.mark.slow
def test_our_own_run_measures_their_ops_and_hands_the_times_to_asv(foreign: Path) -> None:
    (path,) = (foreign / "results").glob("*/*-current-*.json")
    before = results_of(path)
    words = (
        "-c",
        "from harness.cli.app import main; main()",
        "run",
        "--backend",
        "torch-cpu-1t",
        "--max-size",
        "256",
        "--rounds",
        "2",
        "--no-plots",
    )
    done = command(
        foreign / "speed", foreign.parent, sys.executable, *words, "--results", str(foreign / "results")
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "exp" in done.stdout
    after = results_of(path)
    assert after["sums.time_sum"] == before["sums.time_sum"]
    assert after["inner.ops.exp.track_seconds"] != before["inner.ops.exp.track_seconds"]


@pytest.mark.slow
def test_asvs_own_kind_of_existing_environment_measures_and_saves_nothing_of_asvs(tmp_path: Path) -> None:
    project = foreign_project(tmp_path, FILES, **PLUGIN, environment_type="virtualenv")
    done = asv(project, *FORKED, "--environment", "existing:same", "--bench", "exp")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "inner.ops.exp.track_seconds" in done.stdout
    assert [path.name for path in (project / "results").glob("*/*.json")] == ["machine.json"]
    (run,) = read_runs(project / "results")
    assert run.complete


@pytest.mark.slow
def test_an_environment_that_asv_manages_has_a_run_of_its_own(tmp_path: Path) -> None:
    project = foreign_project(
        tmp_path,
        FILES,
        **PLUGIN,
        environment_type="virtualenv",
        results_dir="results/asv",
        build_command=[],
        install_command=["python {conf_dir}/install.py"],
    )
    done = asv(project, *FORKED, "--bench", "exp")
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = (project / "results" / "asv").glob("*/*-virtualenv-*.json")
    assert len(results_of(path)) == 2
    (run,) = read_runs(project / "results")
    assert run.complete
    assert run.id.endswith(path.stem.partition("-")[2])


@pytest.mark.slow
def test_without_the_plug_in_an_op_says_what_to_put_where(tmp_path: Path) -> None:
    project = foreign_project(
        tmp_path, FILES, benchmark_dir="speed", branches=["HEAD"], environment_type="existing"
    )
    assert asv(project, "machine", "--yes").returncode == 0
    done = asv(project, *FORKED, "--bench", "exp.track_seconds")
    assert 'let asv.conf.json have "plugins": [".harness.asv"]' in done.stdout + done.stderr
