"""What several tests share: stores, projects and workers; and which tests run, how long, and beside what."""

import subprocess
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import settings

import harness
from harness.model import WAITED_FOR, Status
from tests.support.projects import asv, copy_project
from tests.support.runs import SOAK, Times, scripted_cell, write_run
from tests.support.workers import SharedWorker, make_brief

pytest_plugins = ["tests.support.browser", "tests.support.command_line", "tests.support.far_stores"]
# The machine tells how long one takes. `make quick-test` takes the first, `make test` the second, with
# the same examples each time, so that no change is refused for another's fault. The others draw new ones.
for profile, examples in (("dev", 20), ("ci", 100), ("soak", 1000)):
    settings.register_profile(profile, max_examples=examples, deadline=None, derandomize=profile == "ci")
settings.load_profile("soak" if SOAK else "ci")


@pytest.fixture
def cells_of(tmp_path: Path) -> Callable[[Times], pd.DataFrame]:
    """Return a function from scripted times to cells as they come out of a store on disk."""

    def load(times: Times) -> pd.DataFrame:
        write_run(tmp_path, [scripted_cell(backend, n, seconds) for (backend, n), seconds in times.items()])
        return harness.load(tmp_path)

    return load


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Return a store with one complete run: torch-cpu overtakes numpy between 64 and 256 elements."""
    times = {16: 4e-6, 64: 5e-6, 256: 6e-6, 1024: 7e-6}
    cells = [
        scripted_cell(backend, n, [seconds * factor for factor in (0.999, 1.0, 1.001)], span=span)
        for span in WAITED_FOR
        for n, torch_seconds in times.items()
        for backend, seconds in (("numpy", 1e-6 * (n / 16) ** 0.75), ("torch-cpu", torch_seconds))
    ]
    cells += [
        scripted_cell(
            "torch-cuda", n, [], span=span, status=Status.SKIPPED, reason="Torch finds no cuda device"
        )
        for span in WAITED_FOR
        for n in times
    ]
    write_run(tmp_path, cells)
    return tmp_path


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project in which `asv run --quick --bench abs` has been run."""
    project = copy_project(tmp_path_factory.mktemp("asv"))
    done = asv(project, "run", "--quick", "--bench", "abs")
    assert done.returncode == 0, done.stdout + done.stderr
    return project


@pytest.fixture(scope="session", autouse=True)
def _waiting_workers() -> Iterator[None]:
    """End the worker processes that no test took over."""
    yield
    SharedWorker.end()


@pytest.fixture
def brief_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the sweeps of a test take over workers and be short; see `tests.support.workers.make_brief`."""
    make_brief(monkeypatch)


class _Refused(subprocess.Popen[bytes]):
    """Stands for every process that a quick test would start."""

    def __init__(self, words: Sequence[str] = (), *rest: Any, **options: Any) -> None:  # noqa: ANN401 - Popen's
        # Which Python and Matplotlib ask once per process, and which takes milliseconds.
        if not set(words[:1]) & {"uname", "fc-list", "git"}:
            pytest.fail("what starts a process is no quick test: mark it with @pytest.mark.slow")
        super().__init__(words, *rest, **options)

    def __del__(self) -> None:
        """There is nothing to wait for."""


def _refused(*_words: object) -> None:
    """Stand for taking over the process of another test."""
    _Refused()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that starts a process, or takes one over, without saying so; its fixtures count, too."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        if not {"slow", "cuda"} & set(item.keywords):  # Torch may compile for a GPU, by other programs
            monkeypatch.setattr(subprocess, "Popen", _Refused)
            monkeypatch.setattr(SharedWorker, "_launch", _refused)
        return (yield)


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test a home of its own, so that none reads or writes the user's ~/.asv-machine.json."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.delenv("HARNESS_JOB", raising=False)
    monkeypatch.setenv("MPLCONFIGDIR", "")  # so that what the command line sets is undone
    monkeypatch.delenv("MPLCONFIGDIR")
    return home


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests that need a GPU where there is none, and say why; begin with those that take long."""
    items.sort(key=lambda item: "slow" not in item.keywords)  # so that two processes end together
    if not any("cuda" in item.keywords for item in items):
        return
    from harness.backends.table import BACKENDS

    reason = BACKENDS["torch-cuda"].missing()
    for item in items:
        if reason and "cuda" in item.keywords:
            item.add_marker(pytest.mark.skip(reason=reason))
