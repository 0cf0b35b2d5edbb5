"""The how-to pages can be followed word for word: their code is taken from the page and run."""

import json
import re
import shlex
import tomllib
from collections.abc import Callable
from dataclasses import replace
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import harness
from harness.backends.backend import Backend, prepare
from harness.backends.entry_points import GROUP, found
from harness.backends.table import backend_named
from harness.errors import MeasureError
from harness.functions.contest import Contest
from harness.functions.result import Result
from harness.model import TIMED, WAITED_FOR, Op, Span, Status
from harness.ops.agreement import accepted_error, disagreement, reference
from harness.ops.operands import operands
from harness.ops.statement import evaluate
from harness.runs.job import new_job
from harness.runs.settings import Settings, checked
from harness.runs.sweep import sweep
from tests.support.command_line import Harness
from tests.support.function_findings import every_finding
from tests.support.packages import install
from tests.support.projects import PROJECT
from tests.support.results import crossing, scripted_result
from tests.support.workers import make_brief

FAMILY = (PROJECT / "benchmarks" / "elementwise.py").read_text(encoding="utf-8")
SPANS_AND_DTYPES = [(span, dtype) for span in WAITED_FOR for dtype in ("float32", "float64")]


def blocks(page: str, language: str = "python") -> list[str]:
    """Return the code blocks of a how-to page that are in a language."""
    text = (PROJECT / "docs" / "how-to" / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


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
    code, spelled = blocks("add-a-backend.md")
    backend: Backend = module(tmp_path / "arrow_backend.py", code).ARROW
    assert not backend.missing()
    check(backend, module(tmp_path / "family.py", FAMILY + spelled).abs.op, span, dtype)


@pytest.mark.slow
@pytest.mark.usefixtures("brief_sweeps")
def test_the_package_of_the_page_is_found_and_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, spelled = blocks("add-a-backend.md")
    (project,) = blocks("add-a-backend.md", "toml")
    told = tomllib.loads(project)["project"]
    points = [f"{name} = {target}" for name, target in told["entry-points"][GROUP].items()]
    install(tmp_path / "site", told["name"], "arrow_backend", code, *points)
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    found.cache_clear()
    settings = checked(Settings(backends=("arrow",), min_size=16, max_size=16, rounds=1))
    job = new_job(results=tmp_path / "results", project=PROJECT, machine="here", settings=settings)
    cells = sweep(module(tmp_path / "family.py", FAMILY + spelled).abs.op, job)
    found.cache_clear()
    assert {cell.status for cell in cells if cell.case.backend == "arrow"} <= {Status.OK, Status.NOISY}
    libraries = json.loads((job.folder / "run.json").read_text(encoding="utf-8"))["libraries"]
    assert libraries["distributions"] == {"arrow": f"{told['name']} {told['version']}"}


def test_the_blocks_of_the_page_are_those_of_the_stored_runs_and_of_a_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(PROJECT)
    (code,) = [code for code in blocks("notebook.md") if "harness.blocks" in code]
    names: dict[str, Any] = {"harness": harness, "result": scripted_result(tmp_path, crossing())}
    exec(code, names)  # noqa: S102 - the page's own text
    found, cells = names["blocks"], names["cells"]
    assert len(cells) > 1
    assert found.groupby(["machine", "run"]).size().tolist() == cells["samples"].tolist()


def test_the_page_adds_a_spelling_to_the_op_and_changes_nothing_else_of_it(tmp_path: Path) -> None:
    _, spelled = blocks("add-a-backend.md")
    op = module(tmp_path / "family.py", FAMILY).abs.op
    added = module(tmp_path / "added.py", FAMILY + spelled).abs.op
    assert replace(added, spelling=op.spelling) == op
    assert added.spelling.items() - op.spelling.items() <= {("arrow", "pc.abs(x)")}


def test_the_line_of_the_page_is_like_those_of_the_table() -> None:
    code, _ = blocks("add-a-backend.md")
    text = (PROJECT / "docs" / "how-to" / "add-a-backend.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^ {8}(\w+Backend\(.*\)),$", text, re.MULTILINE)
    assert code.splitlines()[-1] == f"ARROW = {line}"
    source = (PROJECT / "harness" / "backends" / "table.py").read_text(encoding="utf-8")
    assert f"    {line.replace('Arrow', 'Jax').replace('arrow', 'jax-cpu')},\n" in source


@pytest.mark.slow
@pytest.mark.usefixtures("brief_sweeps")
def test_the_gradients_and_modules_of_the_page_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.functions.contest.QUICK_BELOW", 100.0)  # few rounds, with time for them
    names: dict[str, Any] = {"__name__": "page"}
    first, by_hand, modules = (code.replace("seconds=20", "seconds=60") for code in blocks("gradients.md"))
    exec(first, names)  # noqa: S102 - the page's own text
    assert set(names["result"].frame["status"]) <= {*TIMED, "skipped"}
    exec(by_hand, names)  # noqa: S102 - as above
    assert set(names["by_hand"].frame["status"]) <= set(TIMED)
    exec(modules, names)  # noqa: S102 - as above


@pytest.mark.parametrize("line", "".join(blocks("measure.md", "sh")).splitlines())
def test_the_cases_of_the_page_are_what_the_command_measures(
    line: str, call: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[Contest]()

    def measured(ask: Callable[[], Contest], *_words: object) -> None:
        asked.append(ask())
        raise MeasureError("enough")

    monkeypatch.setattr("harness.cli.measure._measured", measured)
    program, *words = shlex.split(line)
    assert program == "harness"
    assert call(*words).err == "harness: enough\n"
    (wanted,) = asked
    assert wanted.op.sizes
    smallest = replace(wanted, op=replace(wanted.op, sizes=wanted.op.sizes[:1]))
    found = every_finding(smallest)
    assert {"numpy", "torch-cpu"} <= {backend for _, backend, _, _ in found}
    assert {finding.status for finding in found.values()} == {Status.OK}


@pytest.mark.slow
def test_the_examples_of_other_tools_run_and_are_as_long_as_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (PROJECT / "docs" / "how-to" / "other-tools.md").read_text(encoding="utf-8")
    said = [int(lines) for lines in re.findall(r"^\| lines, .*\| (\d+) \|$", page, re.MULTILINE)]
    codes = blocks("other-tools.md")
    assert said == [sum(bool(line) for line in code.splitlines()) for code in codes]
    make_brief(monkeypatch)
    real, results = harness.measure, list[Result]()

    def measure(*functions: Any, **options: Any) -> Result:  # noqa: ANN401 - as `harness.measure`
        results.append(real(*functions, **{**options, "sizes": [16, 1000], "seconds": 120.0}))
        return results[-1]

    monkeypatch.setattr(harness, "measure", measure, raising=False)
    spellings, step, suite = (module(tmp_path / f"m{i}.py", code) for i, code in enumerate(codes))
    assert (spellings.result, step.result) == tuple(results)
    assert spellings.result.contenders == [
        f"{name}@numpy" for name in ("stack", "vstack", "column_stack", "concatenate")
    ]
    assert {"torch-cpu", "torch-cpu-1t"} <= set(step.result.contenders)
    for result in results:
        assert set(result.frame["status"]) <= {Status.OK, Status.NOISY}
    assert suite.plus_one.op.name == "plus_one"
