"""A kernel as a notebook has it: cells are run in it, and what a front end would show is noted."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import psutil
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

from tests.support.projects import PROJECT

BRIEF = """
import pytest
from tests.support.workers import make_brief
make_brief(pytest.MonkeyPatch())
import numpy as np, torch, harness
"""
"""A first cell that lets the measurements of a kernel be short and take over one another's processes."""
_COLOURS = re.compile(r"\x1b\[[\d;]*m")


@dataclass(kw_only=True)
class Shown:
    """What a cell has shown."""

    text: str = ""
    """Of both streams."""
    result: dict[str, str] = field(default_factory=dict)
    """The value of its last expression, by MIME type."""
    error: str = ""
    """Kind and message."""
    traceback: str = ""
    displays: list[tuple[dict[str, str], str]] = field(default_factory=list)
    """What was displayed or updated, and in which place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """A process that runs the cells of a notebook."""

    manager: Any
    client: Any

    def run(self, code: str, on_display: Callable[[str], None] = lambda _text: None) -> Shown:
        """Run a cell to its end, and return what it has shown."""
        shown = Shown()

        def take(message: dict[str, Any]) -> None:
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                shown.text += content["text"]
            elif kind == "execute_result":
                shown.result = content["data"]
            elif kind == "error":
                shown.error = f"{content['ename']}: {content['evalue']}"
                shown.traceback = _COLOURS.sub("", "\n".join(content["traceback"]))
            elif kind in ("display_data", "update_display_data"):
                place = content["transient"]["display_id"]
                shown.displays.append((content["data"], place))
                on_display(content["data"]["text/plain"])

        self.client.execute_interactive(code, timeout=300, output_hook=take)
        return shown

    def interrupt(self) -> None:
        """Do what the button with the square does."""
        self.manager.interrupt_kernel()

    def children(self) -> set[int]:
        """Return the processes below the kernel's that have not ended."""
        below = psutil.Process(self.manager.provisioner.pid).children(recursive=True)
        return {child.pid for child in below if child.status() != psutil.STATUS_ZOMBIE}


def environment(home: Path) -> dict[str, str]:
    """Return the variables of a kernel, which finds what tests share."""
    paths = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, "HOME": str(home), "PYTHONPATH": paths}


def executed(path: Path, folder: Path) -> Any:  # noqa: ANN401 - nbformat has no types
    """Run a notebook as it stands, but with short measurements; return it with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        # Less than 20 s make a quick run, and short rules leave it the most of that.
        cell.source = re.sub(r"\bseconds([= ])\d+", r"seconds\g<1>19", cell.source)
    notebook.cells.insert(0, new_code_cell(BRIEF))
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}})
    return client.execute(env=environment(folder))


@contextmanager
def kernel(folder: Path) -> Iterator[Kernel]:
    """Start a kernel in a folder; end it with all that it has started."""
    manager, client = start_new_kernel(cwd=str(folder), env=environment(folder))
    try:
        yield Kernel(manager=manager, client=client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
