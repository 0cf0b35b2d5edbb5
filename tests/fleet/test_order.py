"""What is sent to the hosts of a fleet."""

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.fleet.order import project_files, sent_files
from tests.support.projects import PROJECT


def test_a_project_is_its_configuration_and_its_benchmarks() -> None:
    files = project_files(PROJECT, PROJECT / "benchmarks")
    assert {"asv.conf.json", "benchmarks/__init__.py", "benchmarks/elementwise.py"} <= set(files)
    assert files["asv.conf.json"] == (PROJECT / "asv.conf.json").read_bytes()


@pytest.mark.parametrize("word", ["work.py:f", "old=work.py:f", "sub/work.py:f"])
def test_a_file_that_a_command_line_names_is_sent(word: str, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("work.py", "sub/work.py", "data.py"):
        (tmp_path / name).write_text(name)
    files = sent_files(tmp_path, [word, "--on", "numpy", "xp.sin(x)"], [Path("data.py")])
    assert set(files) == {"data.py", word.rpartition("=")[2].removesuffix(":f")}


@pytest.mark.parametrize("word", ["work.py:f", "new=pkg.inner:f", "pkg:f"])
def test_what_a_file_or_a_module_imports_of_the_folder_is_sent_as_well(word: str, tmp_path: Path) -> None:
    sources = {
        "work.py": "import numpy, helper\n",
        "helper.py": "def late():\n    from pkg import inner\n",
        "pkg/__init__.py": "from . import inner\n",
        "pkg/inner.py": "from .deep import g\n",
        "pkg/deep.py": "g = 1\n",
        "pkg/other.py": "",
        "else.py": "",
    }
    (tmp_path / "pkg").mkdir()
    for name, text in sources.items():
        (tmp_path / name).write_text(text)
    package = {"pkg/__init__.py", "pkg/inner.py", "pkg/deep.py"}
    sent = sent_files(tmp_path, [word], [])
    assert set(sent) == (package | {"work.py", "helper.py"} if "work" in word else package)
    assert not sent_files(tmp_path, ["numpy.linalg:norm", "a:b"], [])


def test_a_file_that_is_no_python_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text("def f(:\n")
    with pytest.raises(UsageError, match=r"work\.py is no Python \(.*, line 1\); mend it"):
        sent_files(tmp_path, ["work.py:f"], [])


@pytest.mark.parametrize("broken", ["helper.py", "pkg/helper.py"])
def test_an_import_that_is_no_python_is_refused_as_well(broken: str, tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg/__init__.py").touch()
    (tmp_path / broken).write_text("def f(:\n")
    (tmp_path / "work.py").write_text(f"import {broken.removesuffix('.py').replace('/', '.')}\n")
    with pytest.raises(UsageError, match=r"helper\.py is no Python \(.*, line 1\); mend it"):
        sent_files(tmp_path, ["work.py:f"], [])


def test_a_file_that_is_not_in_the_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"is no file in .*, from where files are sent"):
        sent_files(tmp_path, ["gone.py:f"], [])


@pytest.mark.parametrize("name", ["../other.py", "../here/work.py", "{folder}/work.py"])
def test_a_path_that_leads_elsewhere_on_a_host_is_refused(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    for there in (tmp_path / "other.py", folder / "work.py"):
        there.write_text("")
    path = name.format(folder=folder)
    for words, others in (([f"old={path}:f"], []), ([], [Path(path)])):
        with pytest.raises(UsageError, match=r"is another file on a host; change to the folder it lies in"):
            sent_files(folder, words, others)
