"""How Sphinx builds the pages: README, CONTRIBUTING, CHANGELOG and docs/ as they lie, and the API reference.

The source folder is the project's root, so that a link leads to the same file here and on GitHub.
"""

import shutil
from pathlib import Path
from typing import Any

import harness

project = "numpy-torch-harness"
author = "The numpy-torch-harness developers"
project_copyright = author
version = release = harness.__version__

extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinxcontrib.mermaid"]
root_doc = "README"
include_patterns = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/**"]
exclude_patterns = [
    ".*",
    "*.egg-info",
    "benchmarks",
    "build",
    "dist",
    "docs/_build",
    "env",
    "harness",
    "results",
    "tests",
]
nitpicky = True
highlight_language = "none"  # indented blocks are commands and what they print
default_role = "code"

myst_fence_as_directive = ["mermaid"]  # GitHub draws the same fences
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings name type, shape and unit
numpydoc_show_class_members = False

PAGES = {
    "README": {
        "docs/method": "Method",
        "docs/how-to/README": "How-to",
        "docs/api": "API",
        "docs/validate": "Validation",
        "docs/frontier": "Frontier",
        "docs/ceilings": "Ceilings",
        "docs/gpu": "GPUs",
        "docs/store": "Store",
        "docs/reliability": "Reliability",
        "docs/architecture": "Architecture",
        "docs/decisions/README": "Decisions",
        "CONTRIBUTING": "Contributing",
        "CHANGELOG": "Changes",
    },
    "docs/how-to/README": {"*": ""},
    "docs/decisions/README": {"*": ""},
}
"""The pages below a page in their order, each with its title in the bars; GitHub shows the folders."""

html_theme = "pydata_sphinx_theme"
html_title = project
html_theme_options = {"secondary_sidebar_items": ["page-toc"], "show_prev_next": False}
html_sidebars: dict[str, list[str]] = {page: [] for page in PAGES["README"] if page not in PAGES}
html_show_sourcelink = False


def add_contents(_app: object, name: str, source: list[str]) -> None:
    """Give a page the list of those below it, for the bar at the side."""
    if name in PAGES:
        titled = [f"{title} <{page}>" if title else page for page, title in PAGES[name].items()]
        source[0] += "\n".join(["\n```{toctree}", ":hidden:", ":glob:", "", *titled, "```", ""])


def write_index(app: Any, error: Exception | None) -> None:  # noqa: ANN401 - Sphinx is not there where this is checked
    """Put the README where a browser looks first as well."""
    pages = Path(app.outdir)
    if error is None:
        shutil.copyfile(pages / "README.html", pages / "index.html")


def setup(app: Any) -> None:  # noqa: ANN401 - as above
    """Connect both to the events of Sphinx."""
    app.connect("source-read", add_contents)
    app.connect("build-finished", write_index)
