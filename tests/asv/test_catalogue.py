"""The ops that a project declares, and how asv finds them."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from harness.asv.catalogue import asked_ops, asv_name, declared_benchmarks, declared_ops
from harness.errors import UnknownNameError, UsageError
from tests.support.projects import PROJECT

EXP = """
from harness.asv import sweep

@sweep(numpy="np.exp(x)", torch="torch.exp(x)")
def exp(x):
    'Exponential of n elements.'
"""


@pytest.fixture(autouse=True)
def _imports_as_they_were(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a test import a package called speed, and no other test find it."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "speed"]:
        del sys.modules[name]


def project_of(folder: Path, files: Mapping[str, str], **configuration: object) -> Path:
    """Write a project that is in no repository."""
    (folder / "asv.conf.json").write_text(json.dumps({"version": 1, "repo": ".", **configuration}))
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_a_benchmark_is_known_to_asv_as_a_module_and_a_def() -> None:
    assert "elementwise.abs" in map(asv_name, declared_benchmarks(PROJECT))


def test_the_benchmarks_are_in_the_package_that_asv_is_told_and_in_those_inside(tmp_path: Path) -> None:
    files = {
        "perf/speed/__init__.py": EXP.replace("exp", "top"),
        "perf/speed/own.py": "from .inner.ops import exp\n\ndef time_sum(): sum(range(9))\n",
        "perf/speed/inner/__init__.py": "",
        "perf/speed/inner/ops.py": EXP,
    }
    project = project_of(tmp_path, files, benchmark_dir="perf/speed")
    assert [asv_name(benchmark) for benchmark in declared_benchmarks(project)] == ["top", "inner.ops.exp"]


def test_of_two_projects_each_has_its_own_ops_though_their_packages_are_called_alike(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        project_of(
            tmp_path / name,
            {"speed/__init__.py": "", "speed/ops.py": EXP.replace("exp", name)},
            benchmark_dir="speed",
        )
    for name in ("one", "other", "one"):
        assert list(declared_ops(tmp_path / name)) == [name]


def test_two_ops_of_one_name_are_refused(tmp_path: Path) -> None:
    project = project_of(tmp_path, {"speed/__init__.py": EXP, "speed/more.py": EXP}, benchmark_dir="speed")
    with pytest.raises(UsageError, match=r"two ops are called exp, exp and more\.exp; rename one"):
        declared_ops(project)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("import no_such_module", r"speed raises ModuleNotFoundError at .*__init__.py:1: No module named"),
        (EXP.replace("numpy=", "nunpy="), r"^exp is declared with nunpy=.*did you mean numpy="),
    ],
)
def test_a_benchmark_file_that_cannot_be_imported_is_named(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        declared_ops(project_of(tmp_path, {"speed/__init__.py": text}, benchmark_dir="speed"))


def test_a_project_without_an_op_is_told_how_to_declare_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no op is declared in .*speed; declare one with @sweep"):
        asked_ops(project_of(tmp_path, {"speed/__init__.py": ""}, benchmark_dir="speed"), ())


def test_the_ops_that_are_asked_for_come_once_each_in_the_order_of_the_project() -> None:
    assert [op.name for op in asked_ops(PROJECT, ("sin", "abs", "sin"))] == ["abs", "sin"]


def test_who_asks_for_no_op_gets_all() -> None:
    assert asked_ops(PROJECT, ()) == list(declared_ops(PROJECT).values())


def test_an_op_that_is_not_declared_is_named() -> None:
    with pytest.raises(UnknownNameError, match="no_such_op"):
        asked_ops(PROJECT, ("abs", "no_such_op"))


@pytest.mark.slow
def test_the_ops_are_listed_without_the_libraries_that_compute_them() -> None:
    script = (
        "import sys\nfrom harness.asv.catalogue import declared_ops\nfrom pathlib import Path\n"
        f"assert 'abs' in declared_ops(Path({str(PROJECT)!r}))\n"
        "print({'numpy', 'pandas', 'torch', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_ops_are_in_the_order_of_the_files_and_of_the_defs_in_them() -> None:
    assert list(declared_ops(PROJECT))[:4] == ["mean_square", "mean_square_graph", "backward", "from_numpy"]
