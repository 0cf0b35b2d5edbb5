"""What a notebook shows as HTML: templates filled in, all text in them escaped."""

from typing import Any

from harness.report.page_html import templates


def render(template: str, **values: Any) -> str:  # noqa: ANN401 - what the template names
    """Return a template filled in; a value that it lacks is an error."""
    return templates("harness.functions").get_template(template).render(**values)
