"""What docs/architecture.md promises of the modules, and what the docs promise of the commands."""

import ast
import re
import shlex
from pathlib import Path

import pytest
import typer

import harness
from harness.cli.app import app
from tests.support.projects import PROJECT

PURE = (
    *("model", "units", "statistics/*", "ops/*", "machine/ceilings", "runs/settings", "runs/plan"),
    *("timing/rules", "timing/contender", "timing/sampling", "timing/warm_up", "timing/noise"),
    *("answers/speedup", "answers/crossover", "answers/comparison", "answers/verdict"),
    *("answers/sentences", "answers/differences"),
    *("export/pyperf", "export/google_benchmark", "export/github_action_benchmark"),
)
"""Modules that neither read nor write anything and have no clock of their own."""
OUTSIDE = {"os", "sys", "io", "time", "datetime", "pathlib", "subprocess", "tempfile", "socket", "logging"}
PAGES = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *sorted((PROJECT / "docs").rglob("*.md"))]


def imports(tree: ast.AST) -> set[str]:
    """Return the top names of what a module imports."""
    plain = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    chosen = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in plain | chosen}


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
    tree = ast.parse((Path(harness.__file__).parent / "model.py").read_text(encoding="utf-8"))
    assert "harness" not in imports(tree)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    for link in links:
        assert link.startswith("https://") or (page.parent / link).exists(), link


def commands(page: Path) -> list[list[str]]:
    """Return the words of each `harness` command in a page's indented or fenced examples."""
    lines = re.findall(r"^(?:    |\$ )?(harness [^`\n]*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    parts = [part.strip() for line in lines for part in line.partition("  #")[0].split(";")]
    return [shlex.split(part, comments=True)[1:] for part in parts]


def test_the_pages_show_commands() -> None:
    assert len(commands(PROJECT / "README.md")) >= 8


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_in_the_docs_has_these_options(page: Path) -> None:
    known = getattr(typer.main.get_command(app), "commands")  # noqa: B009 - Typer does not export its group
    for name, *words in commands(page):
        known[name].make_context(name, list(words))
