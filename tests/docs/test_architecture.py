"""The architecture page says what the code says, and the invariants that can be read off the code hold."""

import ast
import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest

import harness.errors
from harness.errors import INTERRUPTED, UNREAD, HarnessError
from tests.support.projects import PROJECT

PAGE = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")
PURE = (
    *("model", "units", "statistics/*", "machine/ceilings"),
    *("ops/*", "spellings/contenders", "spellings/sizes"),
    *("runs/plan", "runs/schedule", "runs/decisions", "runs/progress"),
    *("timing/rules", "timing/contender", "timing/sampling", "timing/warm_up", "timing/disturbance"),
    *("timing/noise", "answers/pairs", "answers/kinds", "answers/round_ratios", "answers/reasons"),
    *("answers/speedup", "answers/crossover", "answers/comparison", "answers/verdict", "sentences/*"),
    *("answers/differences", "answers/remarks", "answers/span_notes", "answers/thread_warnings"),
    *("advice/*", "answers/beside_torch", "answers/labels", "answers/regressions", "answers/sides"),
    *("export/pyperf", "export/google_benchmark", "export/github_action_benchmark", "export/selection"),
)
"""Modules that neither read nor write anything and have no clock of their own."""
OUTSIDE = {"os", "sys", "io", "time", "datetime", "pathlib", "subprocess", "tempfile", "socket", "logging"}


def layers() -> list[str]:
    """Return the rooms as import-linter holds them, from the top down."""
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = (c for c in settings["tool"]["importlinter"]["contracts"] if c["type"] == "layers")
    return list(chain.from_iterable(layer.split(" | ") for layer in contract["layers"]))


def sentence(room: str) -> str:
    """Return the first sentence of a package or of a module beside the packages, on one line."""
    package, module = PROJECT / "harness" / room / "__init__.py", PROJECT / "harness" / f"{room}.py"
    path = package if package.exists() else module
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split())


def test_the_page_has_the_sentence_of_every_room_from_the_top_down() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", PAGE, re.MULTILINE)
    assert rows == [(room, sentence(room)) for room in layers()]


def test_the_picture_has_the_rooms_from_the_top_down() -> None:
    floors = re.findall(r"^ +(\w+(?: (?:-->|&) \w+)+)$", PAGE.partition("flowchart TB")[2], re.MULTILINE)
    *floors, between = (re.split(r" --> | & ", floor) for floor in floors)
    assert list(chain.from_iterable(floors)) == layers()
    assert len(between) == len(floors)


def test_the_page_has_the_exit_code_of_every_error() -> None:
    kinds = [kind for kind in vars(harness.errors).values() if isinstance(kind, type)]
    codes = {kind.exit_code for kind in kinds if issubclass(kind, HarnessError)}
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)} == codes | {
        0,
        INTERRUPTED,
        UNREAD,
    }


def imports(tree: ast.AST) -> set[str]:
    """Return the top names of what a module imports."""
    plain = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    chosen = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in plain | chosen}


@pytest.mark.parametrize("name", PURE)
def test_the_pure_modules_are_there(name: str) -> None:
    assert list((PROJECT / "harness").glob(f"{name}.py"))


@pytest.mark.parametrize(
    "path",
    [path for name in PURE for path in sorted((PROJECT / "harness").glob(f"{name}.py"))],
    ids=lambda path: f"{path.parent.name}.{path.stem}",
)
def test_the_pure_modules_read_nothing_print_nothing_and_have_no_clock(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not imports(tree) & OUTSIDE
    assert not called & {"print", "open", "input"}


def test_the_vocabulary_imports_nothing_of_the_project() -> None:
    tree = ast.parse((PROJECT / "harness" / "model.py").read_text(encoding="utf-8"))
    assert "harness" not in imports(tree)
