"""The plug-in: plain asv, run for real without a terminal on a machine that it has never seen."""

import atexit
import json
import os
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path

import pytest
from asv.config import Config
from asv.environment import get_environments
from asv.machine import Machine
from asv.util import UserError

import harness
from harness.asv.environment import setup
from harness.runs.job import VARIABLE, Job, current_job
from harness.runs.plan import QUICK_SIZES
from harness.store.runs import read_run, read_runs
from tests.support.projects import PROJECT, asv, copy_project, foreign_project
from tests.support.runs import MACHINE, scripted_cell, write_run


@pytest.mark.slow
def test_results_are_saved_under_the_versions_of_numpy_and_torch(project: Path) -> None:
    (path,) = (project / "results" / "asv").glob("*/*-current-*.json")
    assert f"numpy{version('numpy')}-torch{version('torch')}.json" in path.name


@pytest.mark.slow
def test_a_run_by_plain_asv_is_complete_and_marked_quick(project: Path) -> None:
    (run,) = read_runs(project / "results")
    assert run.complete
    assert run.facts["quick"]
    assert run.facts["stopped"] is False
    assert set(harness.load(project / "results")["n"]) >= set(QUICK_SIZES)
    assert run.facts["dirty"] is False


@pytest.mark.slow
def test_a_run_by_plain_asv_that_loses_a_backend_says_which_and_does_not_end_with_0(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    source = project / "benchmarks" / "elementwise.py"
    source.write_text(source.read_text().replace('"torch.abs(x)"', '"torch.abs(x) + 1"'))
    done = asv(project, "run", "--quick", "--bench", "elementwise.abs")
    assert done.returncode == 2
    assert done.stdout.count("torch-cpu has no time of abs: wrong: error ") == 1
    (run,) = read_runs(project / "results")
    assert run.complete


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
    done = asv(project, "run", "--bench", "abs", "HEAD~1^!")
    assert done.returncode != 0
    assert "measures the working tree" in done.stdout + done.stderr
    assert len(list(read_runs(project / "results"))) == 1


def test_the_matrix_is_for_managed_environments_and_leaves_plain_asv_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(PROJECT)
    conf = Config.load("asv.conf.json")
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    (current,) = get_environments(conf, [])
    assert current.tool_name == "current"
    managed = [environment.requirements for environment in get_environments(conf, [f"virtualenv:{python}"])]
    assert [versions["torch"] for versions in managed] == ["2.13.0"] * len(managed)
    assert len({versions["numpy"] for versions in managed}) == len(managed) >= 2


@pytest.fixture
def ends() -> list[Callable[[], None]]:
    """Return what is done when asv ends, once it has begun."""
    return []


@pytest.fixture
def asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: list[Callable[[], None]]
) -> Callable[..., Job | None]:
    """Return a function that returns the run that asv's command line begins, if it begins one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(VARIABLE, "")  # so that it is undone
    monkeypatch.delattr(sys, "last_type", raising=False)  # of a test that failed
    monkeypatch.setattr(atexit, "register", lambda end, *of: ends.append(partial(end, *of)))
    for name in ("start_owner", "stop_owner"):
        monkeypatch.setattr(f"harness.asv.environment.{name}", lambda *_: None)

    def begun(*words: str) -> Job | None:
        monkeypatch.delenv(VARIABLE, raising=False)
        monkeypatch.setattr(sys, "argv", ["asv", *words])
        setup()
        return current_job()

    return begun


def test_a_run_is_begun_by_asvs_commands_that_measure(asked: Callable[..., Job | None]) -> None:
    assert asked("run")
    assert asked("--verbose", "continuous", "HEAD~1", "HEAD")
    assert asked("find", "HEAD~1..HEAD", "abs")
    assert not asked("publish")
    assert not asked("show", "run")


@pytest.mark.parametrize(
    "words",
    [("--quick", "--machine", "ci"), ("--quick", "--machine=ci"), ("-qe", "-mci"), ("-eq", "--mach", "ci")],
)
def test_an_option_is_read_however_asv_lets_it_be_spelled(
    asked: Callable[..., Job | None], own_home: Path, words: tuple[str, ...]
) -> None:
    job = asked("run", *words)
    assert job is not None
    assert (job.machine, job.settings.quick) == ("ci", True)
    assert "ci" in json.loads((own_home / ".asv-machine.json").read_text())


@pytest.mark.parametrize(
    "words", [("-a", "rounds=2"), ("--attr=processes=3",), ("-a", "number=1", "-arounds=2")]
)
def test_to_read_times_several_times_and_call_them_more_is_refused(
    asked: Callable[..., Job | None], words: tuple[str, ...]
) -> None:
    with pytest.raises(UserError, match="makes intervals narrower than they are; leave it out"):
        asked("run", *words)
    assert asked("run", "-a", "rounds=1", "-a", "timeout=5", "-a", "repeat=3")


def test_the_processors_that_asv_is_told_are_those_of_what_measures(
    asked: Callable[..., Job | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    pinned: list[object] = []
    monkeypatch.setattr(
        "os.sched_setaffinity", lambda _, processors: pinned.append(processors), raising=False
    )
    monkeypatch.setattr("harness.asv.environment.start_owner", lambda: pinned.append("start"))
    assert asked("run", "--cpu-affinity", "0")
    assert pinned == [[0], "start"]


def test_processors_that_this_process_may_not_use_are_refused(
    asked: Callable[..., Job | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr("os.sched_setaffinity", refuse, raising=False)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {5, 2}, raising=False)
    with pytest.raises(UserError, match="may not use those processors; it may use 2,5"):
        asked("run", "--cpu-affinity", "0")


@pytest.mark.parametrize("words", [("run", "--dry-run"), ("find", "--skip-save", "HEAD~1..HEAD", "abs")])
def test_what_asv_is_not_to_save_the_store_does_not_keep(
    asked: Callable[..., Job | None], ends: list[Callable[[], None]], tmp_path: Path, words: tuple[str, ...]
) -> None:
    job = asked(*words, "--machine", MACHINE)
    assert job is not None
    write_run(job.results, [scripted_cell("numpy", 16, [1e-6])], run=job.run, complete=False)
    ends[0]()
    assert not job.results.exists()
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def long_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder for temporary files in which no socket can be."""
    folder = tmp_path / ("x" * 95)
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.skipif(not hasattr(os, "fork"), reason="asv has no fork server here")
def test_the_socket_of_asvs_fork_server_has_room_whatever_tmpdir_is(
    asked: Callable[..., Job | None], long_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked("run", "--launch-method", "spawn")
    assert tempfile.gettempdir() == str(long_path)
    assert asked("run")
    assert len(tempfile.gettempdir()) < len(str(long_path))
    monkeypatch.setattr(tempfile, "tempdir", str(long_path))
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(
        UserError, match="set TMPDIR to a folder with a shorter one, or add --launch-method spawn"
    ):
        asked("run")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="asv has no fork server here")
def test_asv_runs_below_a_long_tmpdir(tmp_path: Path, long_path: Path) -> None:
    project = foreign_project(
        tmp_path,
        {"benchmarks/__init__.py": "def track_one():\n    return 1\n"},
        plugins=[".harness.asv"],
        environment_type="current",
        pythons=["same"],
        branches=["HEAD"],
        launch_method="forkserver",
    )
    done = asv(project, "run", "--quick", TMPDIR=str(long_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(long_path.iterdir()) == []


def test_the_name_of_a_pattern_is_no_option(asked: Callable[..., Job | None]) -> None:
    job = asked("run", "--bench", "run", "-b", "m")
    assert job is not None
    assert (job.machine, job.settings.quick) == (Machine.get_unique_machine_name(), False)


def test_where_asv_cannot_know_the_machine_it_says_so_in_a_sentence(
    asked: Callable[..., Job | None], own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own_home / "file").touch()
    monkeypatch.setenv("HOME", str(own_home / "file"))
    monkeypatch.setenv("USERPROFILE", str(own_home / "file"))
    with pytest.raises(UserError, match="set HOME to a folder that can"):
        asked("run")


@pytest.mark.parametrize(
    ("died_of", "facts"),
    [(None, (True, False)), (KeyboardInterrupt, (True, True)), (RuntimeError, (False, None))],
)
def test_the_end_of_asv_is_that_of_its_run_unless_it_died(
    asked: Callable[..., Job | None],
    ends: list[Callable[[], None]],
    monkeypatch: pytest.MonkeyPatch,
    died_of: type[BaseException] | None,
    facts: tuple[bool, bool | None],
) -> None:
    job = asked("run", "--machine", MACHINE)
    assert job is not None
    write_run(job.results, [scripted_cell("numpy", 16, [1e-6])], run=job.run, complete=False)
    if died_of:
        monkeypatch.setattr(sys, "last_type", died_of, raising=False)
    ends[0]()
    run = read_run(job.folder)
    assert (run.complete, run.facts.get("stopped")) == facts


def test_a_run_that_measured_nothing_has_no_end(
    asked: Callable[..., Job | None], ends: list[Callable[[], None]]
) -> None:
    job = asked("run", "--machine", MACHINE)
    assert job is not None
    write_run(job.results, [], run=job.run, complete=False)
    ends[0]()
    assert not read_run(job.folder).complete


def test_of_a_projects_pythons_the_current_environment_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    for pythons in (["same"], [python], ["3.9", python, "3.10"]):
        conf = Config.from_json({"repo": ".", "environment_type": "current", "pythons": pythons})
        (current,) = get_environments(conf, [])
        assert current.python == python


@pytest.mark.parametrize("asked_for", [":3.1", "current:3.1", "current:python"])
def test_a_python_that_this_is_not_is_no_environment(monkeypatch: pytest.MonkeyPatch, asked_for: str) -> None:
    said: list[str] = []
    monkeypatch.setattr("asv.environment.log.warning", said.append)
    monkeypatch.chdir(PROJECT)
    assert list(get_environments(Config.load("asv.conf.json"), [asked_for])) == []
    assert any("start asv with that Python, or let it build one with -E virtualenv:" in text for text in said)


def test_a_commit_is_that_of_the_repository_that_asv_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads = {".": "a" * 40, str(tmp_path): "b" * 40}
    monkeypatch.setattr("harness.asv.environment.check_history", lambda _conf, _project: None)
    monkeypatch.setattr("asv.util.check_output", lambda _words, cwd: heads[cwd] + "\n")
    for repo, head in (("https://example.org/it.git", "a" * 40), (str(tmp_path), "b" * 40)):
        conf = Config.from_json({"repo": repo, "environment_type": "current", "pythons": ["same"]})
        (current,) = get_environments(conf, [])
        current.checkout_project(None, head)
        with pytest.raises(
            UserError, match=r"the working tree at .*, not cccccccc; check that commit out first"
        ):
            current.checkout_project(None, "c" * 40)
