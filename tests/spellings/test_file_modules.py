"""Functions of files that are imported by their paths: each file with what lies beside it."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.model import Carried
from harness.spellings import carrier, file_modules


@pytest.fixture(autouse=True)
def _own_imports(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(file_modules, "_BESIDE", {})
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


def loaded(path: Path) -> Any:  # noqa: ANN401 - a function
    return carrier.load(Carried(source=str(path), module=str(path), name="f", folder=str(path.parent)))


def write(folder: Path, **files: str) -> Path:
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return folder / "work.py"


def test_an_old_and_a_new_version_of_a_file_each_use_the_module_beside_them(tmp_path: Path) -> None:
    text = "import beside_it\ndef f(): return beside_it.version"
    old = write(tmp_path / "old", work=text, beside_it="version = 'old'")
    new = write(tmp_path / "new", work=text, beside_it="version = 'new'")
    f, g = loaded(old), loaded(new)
    assert (f(), g()) == ("old", "new")


def test_two_files_of_one_name_are_two_modules(tmp_path: Path) -> None:
    old = write(tmp_path / "old", work="def f(): return 'old'")
    new = write(tmp_path / "new", work="def f(): return 'new'")
    assert (loaded(old)(), loaded(new)(), loaded(old)()) == ("old", "new", "old")


def test_two_functions_of_a_file_are_of_one_module(tmp_path: Path) -> None:
    path = write(tmp_path / "one", work="def f(): ...")
    assert loaded(path) is loaded(path)
    assert sum(getattr(module, "__file__", None) == str(path) for module in sys.modules.values()) == 1


def test_what_the_caller_imports_from_is_on_the_path_of_whoever_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    carried = carrier.carry(lambda: __import__("beside_main").version)
    write(tmp_path / "own", beside_main="version = 1")
    sys.path.remove(str(tmp_path))
    (tmp_path / "own" / "beside_main.py").rename(tmp_path / "beside_main.py")
    function = carrier.load(carried)
    assert callable(function)
    assert function() == 1
