"""From values to HTML: templates, style and script put together, and the policy that seals the page."""

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

_SCRIPTS = ("format.js", "state.js", "chart.js", "views.js", "hardware.js", "advice.js", "page.js")


def render(*, store: str, folder: str, **values: Any) -> str:  # noqa: ANN401 - what the template names
    """
    Return the page's template filled in, every text escaped but `store`, the JSON that the script reads.

    `folder` is the name of the folder beside the page that holds figures; empty for none.
    """
    style = _read("style.css")
    script = "{\n" + "".join(map(_read, _SCRIPTS)) + "}\n"
    # What a script that is let through puts into the page is let through as well: the figures in the folder.
    # To allow their place instead would not do, since a file path has none that a policy could name.
    loads = " 'strict-dynamic'" if folder else ""
    policy = (
        f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}{loads}; "
        "base-uri 'none'; form-action 'none'"
    )
    ours = {"policy": policy, "style": style, "script": script, "store": store}
    template = templates("harness.report").get_template("page.html.j2")
    return template.render(**values, folder=folder, **{name: Markup(text) for name, text in ours.items()})  # noqa: S704 - no text of others


def folder_address(folder: str) -> str:
    """Return the address of a folder beside the page."""
    return quote(folder, safe="")


@cache
def templates(package: str) -> Environment:
    """Return the templates of a package; a value they lack is an error, and all text is escaped."""
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _read(name: str) -> str:
    """Return one of the package's static files."""
    return (files("harness.report") / "static" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Return the source expression by which the policy lets exactly this text through."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
