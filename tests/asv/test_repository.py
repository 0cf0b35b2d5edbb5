"""What asv needs of a repository, and where it may be called from: sentences, and one odd place for real."""

import sys
from pathlib import Path

import pytest
from asv.config import Config

from harness.asv.repository import check_history
from harness.errors import UsageError
from harness.store.runs import read_runs
from tests.support.projects import asv, command, commit_all, foreign_project

pytestmark = pytest.mark.slow
ONE_OP = '''
from harness.asv import sweep

@sweep(numpy="np.exp(x)", torch="torch.exp(x)", max_size=16)
def exp(x):
    """Exponential of n elements."""
'''


def conf(repo: str = ".") -> Config:
    return Config.from_json({"repo": repo})


def test_a_folder_that_is_no_repository_is_named_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"{tmp_path} is no git repository; make it one by `git init`"):
        check_history(conf(), tmp_path)


def test_a_repository_without_a_commit_is_named_with_a_way_out(tmp_path: Path) -> None:
    assert command(tmp_path, tmp_path, "git", "init", "-q").returncode == 0
    with pytest.raises(UsageError, match="has none yet; make one with `git add -A && git commit -m begin`"):
        check_history(conf(), tmp_path)


def test_a_repository_that_git_does_not_read_is_named_with_gits_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a container's user is another than the one who checked out."""
    commit_all(tmp_path, "--allow-empty")
    check_history(conf(), tmp_path)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "none"))
    with pytest.raises(
        UsageError, match=r"dubious ownership in repository at .*; .*--add safe\.directory /.* allows it"
    ):
        check_history(conf(), tmp_path)


def test_what_is_not_gits_is_left_to_asv(tmp_path: Path) -> None:
    check_history(conf("https://example.org/a.git"), tmp_path)
    (tmp_path / ".hg").mkdir()
    check_history(conf(), tmp_path)


def test_asv_and_our_own_run_say_so_and_the_latter_keeps_its_times(tmp_path: Path) -> None:
    project = foreign_project(
        tmp_path,
        {"benchmarks/__init__.py": ONE_OP},
        environment_type="current",
        pythons=["same"],
        plugins=[".harness.asv"],
        branches=["HEAD"],
    )
    (project / ".git").rename(tmp_path / "git")
    assert command(project, tmp_path, "git", "init", "-q").returncode == 0
    done = asv(project, "run", "--quick")
    assert done.returncode == 1
    assert done.stdout.count("files results under commits") == 1
    script, brief = "from harness.cli.app import main; main()", ("--quick", "--rounds", "1", "--no-plots")
    done = command(project, tmp_path, sys.executable, "-c", script, "run", *brief)
    assert done.returncode == 0
    (line,) = (line for line in done.stderr.splitlines() if "asv's history lacks these times" in line)
    assert "has none yet" in line
    assert [run.complete for run in read_runs(project / "results")] == [True]


def test_asv_runs_from_elsewhere_in_a_worktree_of_a_shallow_clone_with_any_name_in_the_locale_c(
    tmp_path: Path,
) -> None:
    source = foreign_project(
        tmp_path,
        {"benchmarks/__init__.py": ONE_OP, ".gitignore": "__pycache__\nresults\n"},
        environment_type="current",
        pythons=["same"],
        plugins=[".harness.asv"],
        branches=["HEAD"],
        results_dir="results/asv",
        html_dir="results/site",
    )
    commit_all(source, "--allow-empty")
    clone, place = tmp_path / "clone", tmp_path / "ä b ★" / "pröj"
    for words in (
        ("git", "clone", "-q", "--depth", "1", source.as_uri(), str(clone)),
        ("git", "-C", str(clone), "worktree", "add", "-q", "--detach", str(place)),
    ):
        assert command(tmp_path, tmp_path, *words).returncode == 0
    elsewhere, bare = tmp_path / "elsewhere", {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    elsewhere.mkdir()
    there = ("--config", str(place / "asv.conf.json"))
    for asked in (("run", "--quick", *there), ("publish", *there)):
        done = command(elsewhere, tmp_path, sys.executable, "-m", "asv", *asked, **bare)
        assert done.returncode == 0, done.stdout + done.stderr
    assert not list(elsewhere.iterdir())
    assert [run.complete for run in read_runs(place / "results")] == [True]
    assert len(list(place.glob("results/asv/*/*-current-*.json"))) == 1
    assert (place / "results" / "site" / "index.html").is_file()
    script = "from harness.cli.app import main; main()"
    done = command(place / "benchmarks", tmp_path, sys.executable, "-c", script, "speedup", **bare)
    assert done.returncode == 0, done.stderr
    assert "x (" in done.stdout
