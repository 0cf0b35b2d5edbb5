"""torch.compile of an op's text: in real workers, since it starts programs; and what it lacks."""

import json
import subprocess
import sys
import sysconfig
from dataclasses import replace
from pathlib import Path

import pytest

from harness.backends.backend import prepare
from harness.backends.table import USUAL, backend_named, may_compile
from harness.backends.torch import TorchBackend
from harness.model import WAITED_FOR, Op, Span, Status
from harness.ops.agreement import accepted_error, disagreement, reference
from harness.ops.operands import operands
from harness.ops.statement import evaluate
from harness.runs.plan import Means, plan
from harness.runs.settings import Settings, checked
from harness.runs.sweep import sweep
from harness.spellings.contenders import op_of
from tests.support.ops import OPS
from tests.support.projects import PROJECT
from tests.support.sweeps import begun_for

ON_CPU, ON_CUDA = backend_named("torch-cpu-compile"), backend_named("torch-cuda-compile")
ONE_SIZE = Settings(backends=("torch-cpu-compile",), min_size=256, max_size=256, rounds=1)
COMPUTING = ["sin", "mm", "mean_square_graph", "backward"]
"""An op of each kind: elements, matrices, a graph, and a gradient."""
able = pytest.mark.skipif(bool(ON_CPU.missing()), reason=ON_CPU.missing())
WITH_SETUP = Op(
    name="a share",
    summary="half the operand over its number of elements",
    spelling={"numpy": "y = 0.5 * x\ny / n", "torch": "y = half * x\ny / n"},
    setup={"torch": "half = 0.5"},
)
AT_WORK = """
import json
import psutil, torch
from harness.asv.catalogue import declared_ops
from harness.backends.backend import prepare
from harness.backends.table import backend_named
from harness.model import Span
from harness.spellings.contenders import op_of
from harness.ops.operands import operands
from harness.ops.statement import evaluate
from pathlib import Path
op, chosen = declared_ops(Path.cwd())["sin"], backend_named("torch-cpu-compile")
for n in (16, 64):
    evaluate(chosen.statement(op, Span.CALL), prepare(chosen, op, operands(op, n, "float32", seed=1)))
left = [child.cmdline() for child in psutil.Process().children(recursive=True)]
print(json.dumps([left, torch._inductor.config.compile_threads]))
"""


@pytest.mark.slow
@able
@pytest.mark.usefixtures("brief_sweeps")
@pytest.mark.parametrize("op", [*(OPS[name] for name in COMPUTING), WITH_SETUP], ids=lambda op: op.name)
def test_what_is_compiled_agrees_and_is_compiled_before_it_is_timed(tmp_path: Path, op: Op) -> None:
    cells = sweep(op, begun_for(tmp_path, ONE_SIZE))
    compiled = [cell for cell in cells if cell.case.backend == "torch-cpu-compile"]
    assert {cell.case.span for cell in compiled} == set(WAITED_FOR)
    assert {(cell.status, cell.reason) for cell in compiled} <= {(Status.OK, ""), (Status.NOISY, "")}
    rounds = [round_ for cell in compiled for round_ in cell.rounds if round_]
    # Of two spans that call one function the second finds it compiled.
    assert max(round_.first or 0.0 for round_ in rounds) > 100 * max(max(r.samples) for r in rounds)


@pytest.mark.slow
@able
def test_no_process_is_left_that_would_compile_more() -> None:
    words = [sys.executable, "-c", AT_WORK]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=PROJECT)
    # Where Triton is installed, Inductor has a pool of processes as soon as it may use more than one.
    assert json.loads(done.stdout.splitlines()[-1]) == [[], 1]


@pytest.mark.cuda
@pytest.mark.slow
@pytest.mark.parametrize("op", COMPUTING)
def test_on_a_gpu_what_is_compiled_agrees(op: str) -> None:
    if reason := ON_CUDA.missing():
        pytest.skip(reason)
    host = operands(OPS[op], 4096, "float32", seed=1)
    names = prepare(ON_CUDA, OPS[op], host)
    result = ON_CUDA.to_host(evaluate(ON_CUDA.statement(OPS[op], Span.CALL), names))
    error, fault = disagreement(result, reference(OPS[op], host), "float32")
    assert (fault, error <= accepted_error(OPS[op], "float32")) == ("", True)


@pytest.mark.parametrize("op", ["from_numpy", "to_numpy"])
def test_a_conversion_is_skipped_for_there_is_nothing_to_compile(op: str) -> None:
    planned = plan(OPS[op], checked(ONE_SIZE), Means(memory=10**12))
    assert {cell.case.backend for cell in planned.skipped} == {"torch-cpu-compile"}
    assert {cell.case.span for cell in planned.skipped} == set(WAITED_FOR)
    assert {cell.reason for cell in planned.skipped} == {"it moves an array and computes nothing to compile"}
    assert {lane.backend for group in planned.groups for lane in group.lanes} == {"numpy"}


def test_what_is_timed_is_the_call_of_a_function_with_the_transfers_around_it() -> None:
    op = OPS["backward"]
    assert ON_CPU.statement(op, Span.CALL) == "_compiled(v)"
    assert ON_CPU.statement(op, Span.ROUND_TRIP).splitlines() == [
        "v = torch.from_numpy(v_host).requires_grad_()",
        "(_compiled(v)).numpy()",
    ]
    assert ON_CPU.statement(OPS["mm"], Span.CALL) == "_compiled(a, b)"
    function = op_of({"old": lambda xp, a, b: xp.add(a, b)})
    assert backend_named("old@torch-cpu-compile").statement(function, Span.CALL) == "_compiled(a, b)"


def test_it_is_measured_on_request_only_and_its_first_call_apart() -> None:
    assert not {"torch-cpu-compile", "torch-cuda-compile"} & set(USUAL)
    assert may_compile(ON_CPU)
    assert may_compile(backend_named("jax-cpu"))
    assert not any(may_compile(backend_named(name)) for name in USUAL)


def test_one_device_of_several_compiles_as_well() -> None:
    device = TorchBackend(name="torch-cuda:GPU-5f-d4-compile", device="cuda:GPU-5f-d4", compiled=True)
    assert backend_named("torch-cuda:GPU-5f-d4-compile") == device
    assert backend_named("old@torch-xpu-compile").device == "xpu"


def test_a_missing_compiler_is_told_with_what_was_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert ON_CPU.missing() == (
        "torch.compile finds no C++ compiler called no-such-compiler; install one, or name yours in CXX"
    )


def test_missing_headers_are_told_with_where_they_should_be(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CXX", sys.executable)
    monkeypatch.setattr(sysconfig, "get_path", lambda _name: str(tmp_path))
    assert ON_CPU.missing() == (
        f"torch.compile finds no Python.h in {tmp_path}; install Python's headers, such as python3-dev"
    )


def test_on_a_gpu_a_missing_triton_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.backends.torch_compile.find_spec", lambda _name: None)
    monkeypatch.setattr(TorchBackend, "_missing_device", lambda _self: "")
    assert ON_CUDA.missing() == "torch.compile needs Triton on a GPU; add it with pip install triton"


def test_a_device_that_is_not_there_is_told_before_what_would_compile_for_it() -> None:
    nowhere = replace(ON_CUDA, device="nothing")  # type: ignore[type-var] # a dataclass
    assert "knows no device called nothing" in nowhere.missing()
