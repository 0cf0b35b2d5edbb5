"""What a command line names: files and modules, found and read without running them."""

import sys
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.spellings.references import reference

SOURCE = """
import functools
from elsewhere import imported
raise SystemExit("this file was run")

def plain(x, y): ...
def with_xp(xp, x): ...
def optional(x, axis=0): ...
def by_position(x, /, y, *rest, scale=1): ...
def named(x, *, scale): ...
async def later(x): ...
@functools.cache
def cached(a, b): ...
short = lambda v: v
alias = again = plain
made = functools.partial(plain, 1)
class Model:
    def __call__(self, x, y): ...
    @staticmethod
    def of(x): ...
class Net:
    def forward(self, x, mask=None): ...
model, net = Model(), Net()
net = Net()
model = Model()
if True:
    def chosen(x): ...
else:
    def chosen(x, y, z): ...
try:
    def tried(x): ...
except ImportError:
    def rescued(x): ...
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "work.py").write_text(SOURCE, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("plain", ("x", "y")),
        ("with_xp", ("xp", "x")),
        ("optional", ("x",)),
        ("by_position", ("x", "y")),
        ("cached", ("a", "b")),
        ("short", ("v",)),
        ("alias", ("x", "y")),
        ("again", ("x", "y")),
        ("made", ()),
        ("imported", ()),
        ("model", ("x", "y")),
        ("net", ("x",)),
        ("net.forward", ()),
        ("Model.of", ("x",)),
        ("chosen", ("x", "y", "z")),
        ("rescued", ("x",)),
    ],
)
def test_the_parameters_of_a_function_are_read_from_its_file_without_running_it(
    folder: Path, name: str, parameters: tuple[str, ...]
) -> None:
    found = reference(f"work.py:{name}")
    assert found is not None
    assert found.parameters == parameters
    assert (found.carried.module, found.carried.folder) == (str(folder / "work.py"), str(folder))
    assert (found.carried.source, found.carried.name, found.name) == (f"work.py:{name}", name, name)


def test_a_file_in_another_folder_is_known_by_its_whole_path(folder: Path) -> None:
    (folder / "my code").mkdir()
    (folder / "my code" / "wörk.py").write_text("def f(x): ...", encoding="utf-8")
    found = reference("my code/wörk.py:f")
    assert found is not None
    assert found.carried.module == str(folder / "my code" / "wörk.py")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "work.py:plane",
            "work.py has no plane; there are: plain, with_xp, optional, by_position, named, cached,",
        ),
        ("work.py:Model.off", "work.py has no Model.off; there are: of"),
        ("work.py", "work.py is a file; name a function of it, as in work.py:NAME; there are: plain,"),
        ("work.py:", "work.py is a file; name a function of it"),
        ("none.py:f", "there is no file none.py; name one"),
        ("none.py", "there is no file none.py; name one"),
        ("folder.py:f", "folder.py is a folder; name a function of a file"),
        ("wrong.py:f", "wrong.py is no Python in line 2: "),
        ("binary.py:f", "binary.py "),
        ("a" * 300 + ".py:f", "cannot be read: File name too long"),
        ("work.py:later", "work.py:later is async, and only a plain function can be timed"),
        ("work.py:Model", "work.py:Model is a class; name a function, or an object of that class"),
        ("work.py:named", "work.py:named has to be given scale by its name"),
        ("package/part.py:f", "it has to be named as a module: package.part:f, in the folder "),
        ("empty.py:f", "empty.py has no f; there are: no functions"),
        ("nowhere:f", "no module is called nowhere in this folder, nor is one installed"),
        ("json.nowhere:f", "no module is called json.nowhere in this folder"),
        ("json.decoder.more:f", "no module is called json.decoder.more in this folder"),
        ("__main__:f", "no module is called __main__ in this folder"),
        ("package.part:g", "package.part has no g; there are: f"),
    ],
)
def test_what_is_not_there_is_said_in_one_sentence_with_what_is(
    folder: Path, text: str, sentence: str
) -> None:
    (folder / "folder.py").mkdir()
    (folder / "empty.py").touch()
    (folder / "wrong.py").write_text("def f(x):\nreturn x", encoding="utf-8")
    (folder / "binary.py").write_bytes(b"\xff\xfe\x00")
    (folder / "package").mkdir()
    (folder / "package" / "__init__.py").touch()
    (folder / "package" / "part.py").write_text("from . import other\ndef f(x): ...", encoding="utf-8")
    with pytest.raises(UsageError) as told:
        reference(text)
    assert sentence in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "text", ["xp.sin(x)", "x[1:n]", "lambda:x", "{'a': x}", "x if n else y", "", ":", "a b:c"]
)
def test_a_text_is_no_reference(text: str) -> None:
    assert reference(text) is None


def test_a_module_of_the_folder_is_found_from_there_and_an_installed_one_as_it_is(folder: Path) -> None:
    (folder / "package").mkdir()
    (folder / "package" / "__init__.py").write_text("raise SystemExit('it was imported')", encoding="utf-8")
    (folder / "package" / "part.py").write_text("from . import x\ndef f(xp, a): ...", encoding="utf-8")
    own, installed = reference("package.part:f"), reference("json.decoder:scanstring")
    assert own is not None
    assert installed is not None
    assert (own.carried.module, own.carried.folder, own.parameters) == (
        "package.part",
        str(folder),
        ("xp", "a"),
    )
    assert (installed.carried.module, installed.carried.folder) == ("json.decoder", "")
    assert str(folder) not in sys.path
    assert "package" not in sys.modules


@pytest.mark.parametrize("text", ["math:sqrt", "numpy:sin", "scipy.linalg:solve"])
def test_what_is_written_in_another_language_or_imported_has_no_parameters(text: str) -> None:
    found = reference(text)
    assert found is not None
    assert found.parameters == ()
