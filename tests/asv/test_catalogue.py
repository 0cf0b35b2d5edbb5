"""The ops that a project declares, and how asv finds them."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness.asv.catalogue import asked_ops, asv_name, declared_benchmarks, declared_ops
from harness.asv.configuration import project_folder
from harness.errors import UnknownNameError, UsageError
from tests.support.projects import PROJECT


def test_the_project_is_the_folder_of_asvs_configuration_here_or_above() -> None:
    assert project_folder(PROJECT) == project_folder(PROJECT / "benchmarks") == PROJECT


def test_outside_of_a_project_the_error_says_where_to_go(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="change to the project's folder"):
        project_folder(tmp_path)


def test_a_benchmark_is_known_to_asv_as_a_module_and_a_class() -> None:
    assert "elementwise.abs" in map(asv_name, declared_benchmarks(PROJECT))


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


def test_the_ops_are_in_the_order_of_the_files_and_of_the_classes_in_them() -> None:
    assert list(declared_ops(PROJECT))[:4] == ["mean_square", "mean_square_graph", "backward", "from_numpy"]
