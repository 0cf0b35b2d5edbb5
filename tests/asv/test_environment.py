"""The plug-in: plain asv, run for real without a terminal on a machine that it has never seen."""

import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import pytest
from asv.config import Config
from asv.environment import get_environments

import harness
from harness.runs.plan import QUICK_SIZES
from harness.store.runs import read_runs
from tests.support.projects import PROJECT, asv, command


@pytest.mark.slow
def test_results_are_saved_under_the_versions_of_numpy_and_torch(project: Path) -> None:
    (path,) = (project / "results" / "asv").glob("*/*-current-*.json")
    assert f"numpy{version('numpy')}-torch{version('torch')}.json" in path.name


@pytest.mark.slow
def test_a_run_by_plain_asv_is_complete_and_marked_quick(project: Path) -> None:
    (run,) = read_runs(project / "results")
    assert run.complete
    assert run.facts["quick"]
    assert set(harness.load(project / "results")["n"]) == set(QUICK_SIZES)
    assert run.facts["dirty"] is False


@pytest.mark.slow
@pytest.mark.parametrize("words", [("check",), ("show", "HEAD"), ("compare", "HEAD", "HEAD")])
def test_asvs_own_commands_work(project: Path, words: tuple[str, ...]) -> None:
    done = asv(project, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (words != ("show", "HEAD")) or "abs" in done.stdout.lower()


@pytest.mark.slow
def test_publish_writes_a_site(project: Path) -> None:
    assert asv(project, "publish").returncode == 0
    assert (project / "results" / "site" / "index.html").is_file()
    assert len(list(read_runs(project / "results"))) == 1  # no run of ours was begun by it


@pytest.mark.slow
def test_another_commit_than_the_one_checked_out_is_refused(project: Path) -> None:
    done = asv(project, "run", "--bench", "Abs", "HEAD~1^!")
    assert done.returncode != 0
    assert "measures the working tree" in done.stdout + done.stderr
    assert len(list(read_runs(project / "results"))) == 1


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


@pytest.mark.slow
@pytest.mark.parametrize(("word", "begins"), [("run", True), ("continuous", True), ("publish", False)])
def test_a_run_is_begun_by_asvs_commands_that_measure(tmp_path: Path, word: str, *, begins: bool) -> None:
    script = (
        f"import os, sys; sys.argv = ['asv', {word!r}]\n"
        "import harness.asv.environment; print('HARNESS_JOB' in os.environ)"
    )
    done = command(tmp_path, tmp_path, sys.executable, "-c", script)
    assert done.stdout.strip() == str(begins), done.stderr
