"""The page on continuous integration: its workflow calls commands that there are."""

import re
import shlex

import typer
import yaml

from harness.cli.app import app
from tests.support.projects import PROJECT


def test_every_command_of_the_workflow_has_these_options() -> None:
    page = (PROJECT / "docs" / "how-to" / "ci.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    steps = yaml.safe_load(block)["jobs"]["compare"]["steps"]
    lines = "\n".join(step.get("run", "") for step in steps).splitlines()
    words = [
        shlex.split(line.partition(" > ")[0])[1:] for line in lines if line.startswith(".venv/bin/harness")
    ]
    assert [name for name, *_ in words] == ["run", "cells", "run", "cells", "compare"]
    known = getattr(typer.main.get_command(app), "commands")  # noqa: B009 - Typer does not export its group
    for name, *options in words:
        known[name].make_context(name, options)
