"""The how-to pages can be followed word for word: their code is taken from the page and run."""

import re
from dataclasses import replace
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest

from harness.backends.backend import Backend, prepare
from harness.backends.table import backend_named
from harness.model import WAITED_FOR, Library, Op, Span
from harness.ops.agreement import accepted_error, disagreement, reference
from harness.ops.operands import operands
from harness.ops.statement import evaluate
from tests.support.projects import PROJECT

FAMILY = (PROJECT / "benchmarks" / "elementwise.py").read_text(encoding="utf-8")
SPANS_AND_DTYPES = [(span, dtype) for span in WAITED_FOR for dtype in ("float32", "float64")]


def blocks(page: str) -> list[str]:
    """Return the Python code blocks of a how-to page."""
    text = (PROJECT / "docs" / "how-to" / page).read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def module(path: Path, source: str) -> ModuleType:
    """Return a source text as a module."""
    path.write_text(source, encoding="utf-8")
    spec = util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    loaded = util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def check(backend: Backend, op: Op, span: Span, dtype: str) -> None:
    """Hold a backend's result against the reference, as a worker does."""
    host = operands(op, 4096, dtype, seed=1)
    result = evaluate(backend.statement(op, span), prepare(backend, op, host))
    error, fault = disagreement(backend.to_host(result), reference(op, host), dtype)
    assert fault == ""
    assert error <= accepted_error(op, dtype)


@pytest.mark.parametrize(("span", "dtype"), SPANS_AND_DTYPES)
@pytest.mark.parametrize("backend", ["numpy", "torch-cpu"])
def test_the_op_of_the_page_is_an_op(tmp_path: Path, backend: str, span: Span, dtype: str) -> None:
    (code,) = blocks("add-an-op.md")
    check(backend_named(backend), module(tmp_path / "family.py", FAMILY + code).exp.op, span, dtype)


@pytest.mark.parametrize(("span", "dtype"), SPANS_AND_DTYPES)
def test_the_backend_of_the_page_is_a_backend(tmp_path: Path, span: Span, dtype: str) -> None:
    code, *_, spelled = blocks("add-a-backend.md")
    backend: Backend = module(tmp_path / "arrow.py", code).ArrowBackend(name="arrow")
    assert {name for name in vars(Backend) if not name.startswith("_")} <= set(dir(backend))
    assert not backend.missing()
    check(backend, module(tmp_path / "family.py", FAMILY + spelled).abs.op, span, dtype)


def test_the_page_adds_a_spelling_to_the_op_and_changes_nothing_else_of_it(tmp_path: Path) -> None:
    *_, spelled = blocks("add-a-backend.md")
    op = module(tmp_path / "family.py", FAMILY).abs.op
    added = module(tmp_path / "added.py", FAMILY + spelled).abs.op
    assert replace(added, spelling=op.spelling) == op
    assert added.spelling.items() - op.spelling.items() <= {("arrow", "pc.abs(x)")}


def test_the_page_adds_a_line_to_the_table_and_a_library_and_drops_none() -> None:
    _, libraries, _, table, _ = blocks("add-a-backend.md")
    source = (PROJECT / "harness" / "backends" / "table.py").read_text(encoding="utf-8")
    assert set(re.findall(r'"(\w+)"', libraries)) <= {*get_args(Library), "arrow"}
    assert table.replace('    ArrowBackend(name="arrow"),\n', "").removesuffix(")\n") in source
