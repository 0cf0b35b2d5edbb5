"""The pages name commands, options, files and targets that exist, and are built without a dead link."""

import os
import re
import shlex
import subprocess
import sys
from html import unescape
from importlib import util
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer
import yaml

import harness
from harness.answers.crossover import crossover
from harness.answers.speedup import speedup
from harness.cli.app import app
from harness.sentences.curves import curves
from harness.sentences.standing import standing
from harness.validation.record import known_error
from tests.support.projects import PROJECT

PAGES = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *sorted((PROJECT / "docs").rglob("*.md"))]
MADE_BY_THE_READER = {"docs/_build/html", "harness/backends/arrow.py"}
"""What `make docs` builds, and files that a how-to page tells its reader to write."""
DOCS_EXTRA = ("myst_parser", "numpydoc", "pydata_sphinx_theme", "sphinx", "sphinxcontrib")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))


@each_page
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    for link in links:
        assert link.startswith("https://") or (page.parent / link).exists(), link


@each_page
def test_every_file_of_the_project_that_is_named_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    paths = re.findall(r"(?<![\w./])(?:benchmarks|docs|harness|scripts|tests)/[\w./-]*\w/?", text)
    for path in set(paths) - MADE_BY_THE_READER:
        assert (PROJECT / path).exists(), path


@each_page
def test_every_test_file_is_named_with_its_folder(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"(?<![\w/])test_\w+\.py", text) == []


def test_every_promise_names_a_test_that_its_file_has() -> None:
    text = (PROJECT / "docs" / "reliability.md").read_text(encoding="utf-8")
    promises = re.findall(r"`(tests/[\w/]+\.py)`: ([^|;]+?)(?: \||;)", text)
    assert promises
    for path, names in promises:
        for name in names.lower().replace("-", "_").replace(" ", "_").split(",_"):
            assert re.search(rf"def test_\w*{name}", (PROJECT / path).read_text(encoding="utf-8")), name


@each_page
def test_every_target_of_make_exists(page: Path) -> None:
    text, makefile = page.read_text(encoding="utf-8"), (PROJECT / "Makefile").read_text(encoding="utf-8")
    lines = re.findall(r"(?:^    |`|^- run: )make ([^`#\n]+)", text, re.MULTILINE)
    for word in {word for line in lines for word in line.split()}:
        target, _, value = word.partition("=")
        asked = rf"\$\({re.escape(target)}\)" if value else rf"^{re.escape(target)}:"
        assert re.search(asked, makefile, re.MULTILINE), word


def commands(page: Path) -> list[list[str]]:
    """Return the words of each `harness` command in a page's indented examples."""
    lines = re.findall(r"^    (harness [^`\n]*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    parts = [part.strip() for line in lines for part in line.partition("  #")[0].split(";")]
    return [shlex.split(part, comments=True)[1:] for part in parts]


def test_the_pages_show_commands() -> None:
    assert len(commands(PROJECT / "README.md")) >= 8


@each_page
def test_every_command_in_the_docs_has_these_options(page: Path) -> None:
    offered = getattr(typer.main.get_command(app), "commands")  # noqa: B009 - Typer does not export its group
    for name, *words in commands(page):
        offered[name].make_context(name, list(words))


def test_every_command_of_the_workflow_for_pull_requests_has_these_options() -> None:
    page = (PROJECT / "docs" / "how-to" / "ci.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    steps = yaml.safe_load(block)["jobs"]["compare"]["steps"]
    scripts = "\n".join(step.get("run", "") for step in steps)
    lines = re.findall(r"^ *\.venv/bin/harness (.+?)(?: 2> .*| \|\| .*)?$", scripts, re.MULTILINE)
    words = [shlex.split(line) for line in lines]
    assert [name for name, *_ in words] == ["run", "cells", "run", "cells", "compare"]
    offered = getattr(typer.main.get_command(app), "commands")  # noqa: B009 - Typer does not export its group
    for name, *options in words:
        offered[name].make_context(name, options)


def test_the_reference_has_the_public_face_and_every_module_of_the_statistics() -> None:
    reference = (PROJECT / "docs" / "api.rst").read_text(encoding="utf-8")
    functions = re.findall(r"^\.\. autofunction:: harness\.(\w+)$", reference, re.MULTILINE)
    modules = re.findall(r"^\.\. automodule:: harness\.statistics\.(\w+)$", reference, re.MULTILINE)
    statistics = (PROJECT / "harness" / "statistics").glob("*.py")
    assert sorted(functions) == sorted(harness.__all__)
    assert sorted(modules) == sorted(
        path.stem for path in statistics if "\ndef " in path.read_text(encoding="utf-8")
    )


def test_the_first_lines_of_the_readme_are_those_of_the_run_that_comes_with_it() -> None:
    machine, results = "amd-epyc-2-cpus", PROJECT / "results"
    cells, record = harness.load(results, machine=machine), known_error(results, machine)
    aa_error = record.error if record else 0.0
    answers = curves(speedup(cells, aa_error=aa_error), crossover(cells, aa_error=aa_error))
    sentences = {
        (op, backend, span): standing(curve) for (_, _, op, _, backend, span), curve in answers.items()
    }
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    lines = re.findall(r"^    (\w+) +(\S+) +(call|round_trip) +(.+(?:\n {20,}.+)*)$", text, re.MULTILINE)
    assert len(lines) == 3
    for op, backend, span, sentence in lines:
        assert " ".join(sentence.split()) == sentences[op, backend, span]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the pages, built as `make docs` does."""
    for name in DOCS_EXTRA:
        if not util.find_spec(name):
            pytest.skip(f"{name} is not installed; pip install '.[docs]'")
    recipe = re.search(
        r"^docs:.*\n\t\$\(BIN\)/sphinx-build (.+)$",
        (PROJECT / "Makefile").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert recipe is not None
    folder = tmp_path_factory.mktemp("pages")
    words = recipe[1].replace("docs/_build", str(folder)).split()
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *words], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder / "html"


@pytest.mark.slow
def test_every_link_and_image_of_the_built_pages_leads_somewhere(built: Path) -> None:
    pages = {
        path: path.read_text(encoding="utf-8")
        for path in built.rglob("*.html")
        if "_static" not in path.parts
    }
    assert (built / "index.html") in pages
    for path, text in pages.items():
        for link in re.findall(r'(?:href|src)="([^"]+)"', text):
            if re.match(r"(?:https?|data|mailto):", link):
                continue
            name, _, anchor = unquote(unescape(link)).partition("#")
            target = Path(os.path.normpath(path.parent / name.partition("?")[0])) if name else path
            assert target.exists(), f"{path.name}: {link}"
            assert not anchor or target not in pages or f'id="{anchor}"' in pages[target], (
                f"{path.name}: {link}"
            )
