"""Backends of other packages: found, imported when asked for, measured; a fault of one costs no other."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import invalidate_caches
from pathlib import Path

import pytest

from harness.backends.entry_points import found
from harness.backends.numpy import NumpyBackend
from harness.backends.table import USUAL, backend_named, is_on_device, listed, others, why_missing
from harness.errors import UnknownNameError
from harness.model import WAITED_FOR, Status
from harness.runs.job import new_job
from harness.runs.settings import Settings, checked
from harness.runs.sweep import sweep
from tests.support.command_line import Harness
from tests.support.ops import OPS
from tests.support.packages import install
from tests.support.projects import PROJECT

LOOM = """
from dataclasses import dataclass
from harness.backends.host import HostBackend
from harness.model import WAITED_FOR

@dataclass(frozen=True, slots=True, kw_only=True)
class LoomBackend(HostBackend):
    name: str
    library: str = "loom"
    device: str = "cpu"
    threads: int | None = None
    wait: str = ""
    spans: tuple = WAITED_FOR

    def missing(self):
        return "" if self.name != "loom-2" else "there is one loom"

    def copies(self, op):
        return 0

    def namespace(self, op, host):
        import numpy
        return {"weave": numpy.absolute, **host}

    def statement(self, op, span):
        return op.spelled(self.name, self.library)

LOOM = LoomBackend(name="loom")
BOTH = [LOOM, LoomBackend(name="loom-2")]
NUMPY = LoomBackend(name="numpy")
UNNAMED = LoomBackend(name="a@b")
NOTHING = "a loom"
"""
Install = Callable[..., None]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Return a function that installs packages for this process and for those that it starts."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    found.cache_clear()

    def put(distribution: str, module: str, source: str, *points: str) -> None:
        install(folder, distribution, module, source, *points)
        invalidate_caches()
        found.cache_clear()

    yield put
    for module in [name for name in sys.modules if name.startswith("loom_")]:
        del sys.modules[module]
    found.cache_clear()


@pytest.mark.slow
@pytest.mark.usefixtures("brief_sweeps")
def test_an_op_is_measured_on_the_backend_of_another_package(site: Install, tmp_path: Path) -> None:
    site("loom-backend", "loom_backend", LOOM, "looms = loom_backend:BOTH")
    op = replace(OPS["abs"], spelling={**OPS["abs"].spelling, "loom": "weave(x)", "old": "weave(weave(x))"})
    asked = ("loom", "old@loom", "loom-2")
    settings = checked(Settings(backends=asked, min_size=16, max_size=16, rounds=1))
    job = new_job(results=tmp_path / "results", project=PROJECT, machine="here", settings=settings)
    cells = sweep(op, job)
    for label in ("loom", "old@loom"):
        measured = [cell for cell in cells if cell.case.backend == label]
        assert {cell.case.span for cell in measured} == set(WAITED_FOR)
        assert {cell.status for cell in measured} <= {Status.OK, Status.NOISY}
    assert {(c.status, c.reason) for c in cells if c.case.backend == "loom-2"} == {
        (Status.SKIPPED, "there is one loom")
    }
    libraries = json.loads((job.folder / "run.json").read_text(encoding="utf-8"))["libraries"]
    assert libraries["distributions"] == dict.fromkeys(["loom", "loom-2"], "loom-backend 1.0")


def test_the_backends_are_listed_with_the_package_that_they_come_from(site: Install, call: Harness) -> None:
    assert "from" not in call("backends").out.splitlines()[0]
    site("loom-backend", "loom_backend", LOOM, "looms = loom_backend:BOTH")
    lines = [line.split() for line in call("backends").out.splitlines()]
    assert lines[0][-1] == "from"
    assert ["loom", "yes", "loom-backend", "1.0"] in lines
    assert ["loom-2", "there", "is", "one", "loom", "loom-backend", "1.0"] in lines


def test_one_backend_or_several_are_found_and_never_measured_unasked(site: Install) -> None:
    site("loom-backend", "loom_backend", LOOM, "loom = loom_backend:LOOM")
    assert list(others().backends) == ["loom"]
    assert "loom" not in USUAL
    assert backend_named("my@loom").name == "my@loom"
    with pytest.raises(UnknownNameError, match=r"torch-xpu, loom$"):
        backend_named("lom")


@pytest.mark.slow
def test_no_package_is_imported_before_one_is_asked_for(site: Install) -> None:
    site("loom-backend", "loom_backend", LOOM, "looms = loom_backend:BOTH")
    script = """
import sys
from harness.backends.table import backend_named, is_on_device, listed
backend_named("torch-cpu"), listed("loom"), is_on_device("loom")
before = "loom_backend" in sys.modules
backend_named("loom-2")
print(before, "loom_backend" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


def test_a_label_in_a_store_imports_nobodys_code(site: Install) -> None:
    site("loom-backend", "loom_backend", LOOM, "looms = loom_backend:BOTH")
    assert listed("loom") is None
    assert not is_on_device("loom")
    assert "loom_backend" not in sys.modules


@pytest.mark.parametrize(
    ("point", "said"),
    [
        ("broken = loom_absent:LOOM", "ModuleNotFoundError: No module named 'loom_absent'"),
        ("broken = loom_other:ABSENT", "AttributeError: module 'loom_other' has no attribute 'ABSENT'"),
        ("broken = loom_other:NOTHING", "a str is no Backend, for it lacks name, library, device,"),
        ("broken = loom_other:LoomBackend", "LoomBackend is a class; give an instance of it"),
        ("broken = loom_other:UNNAMED", "LoomBackend is called 'a@b', which is no backend's name"),
    ],
)
def test_what_is_no_backend_is_said_and_the_others_go_on(
    site: Install, call: Harness, point: str, said: str
) -> None:
    site("loom-backend", "loom_backend", LOOM, "loom = loom_backend:LOOM")
    site("other", "loom_other", LOOM, point)
    target = point.partition(" = ")[2]
    with pytest.raises(UnknownNameError) as raised:
        backend_named("broken")
    assert str(raised.value).startswith(f"{target} of other 1.0 is of no use: {said}")
    assert backend_named("loom").name == "loom"
    listing = " ".join(call("backends").out.split())
    assert f"{target} of other 1.0 is of no use" in listing


def test_a_name_of_harness_itself_stays_its_own(site: Install, call: Harness) -> None:
    site("loom-backend", "loom_backend", LOOM, "looms = loom_backend:NUMPY")
    assert isinstance(backend_named("numpy"), NumpyBackend)
    answer = call("backends")
    assert "loom-backend 1.0 and harness both have a backend called numpy; uninstall one" in " ".join(
        answer.err.split()
    )


def test_of_two_packages_with_one_name_neither_is_measured(site: Install) -> None:
    site("loom-backend", "loom_backend", LOOM, "looms = loom_backend:BOTH")
    site("other", "loom_other", LOOM, "mine = loom_other:LOOM")
    with pytest.raises(UnknownNameError, match="both have a backend called loom; uninstall one of them"):
        backend_named("loom")
    assert backend_named("loom-2").name == "loom-2"


def test_a_backend_that_fails_when_asked_what_it_lacks_is_missing(site: Install) -> None:
    failing = LOOM.replace('return "" if', "return self.nothing if")
    site("loom-backend", "loom_backend", failing, "loom = loom_backend:LOOM")
    assert why_missing(backend_named("loom")).startswith("it cannot be asked what it lacks: AttributeError: ")
