"""What a notebook shows as HTML: templates filled in, all text in them escaped."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


def render(template: str, **values: Any) -> str:  # noqa: ANN401 - what the template names
    """Return a template filled in; a value that it lacks is an error."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    """Return the templates."""
    return Environment(
        loader=PackageLoader("harness.functions"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
