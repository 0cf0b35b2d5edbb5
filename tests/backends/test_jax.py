"""JAX, whose calls return before they are done: the living proof that the clock waits."""

import json
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from harness.backends.backend import prepare
from harness.backends.table import backend_named
from harness.model import Place, Span, Status
from harness.ops.operands import Operands, operands
from harness.ops.statement import evaluate
from harness.runs.job import new_job
from harness.runs.settings import Settings, checked
from harness.runs.sweep import sweep
from harness.timing.loop import timed_loop
from tests.support.ops import OPS
from tests.support.projects import PROJECT

JAX = backend_named("jax-cpu")
SPELLED = [name for name, op in OPS.items() if JAX.library in op.spelling]
"""The ops that can be put to JAX; the plan skips the others with that reason."""
installed = pytest.mark.skipif(bool(JAX.missing()), reason=JAX.missing())


@installed
def test_a_call_that_is_not_waited_for_reads_as_its_launch() -> None:
    """Without the backend's wait the same product would look several hundred times faster than it is."""
    op = OPS["mm"]
    names = prepare(JAX, op, operands(op, 1024**2, "float32", seed=1))
    waited = timed_loop(JAX.statement(op, Span.CALL), JAX.wait, names)
    launched = timed_loop(op.spelling["jax"], "", names)
    waited(1)
    pairs = [(waited(1), launched(1)) for _ in range(5)]
    assert min(short for _, short in pairs) < 0.5 * min(true for true, _ in pairs)


@installed
@pytest.mark.parametrize("op", SPELLED)
@pytest.mark.parametrize("span", JAX.spans)
def test_every_result_is_there_when_its_statement_ends(op: str, span: Span) -> None:
    names = prepare(JAX, OPS[op], operands(OPS[op], 4**10, "float32", seed=1))
    result = evaluate(JAX.statement(OPS[op], span), names)
    assert isinstance(result, np.ndarray) or result.is_ready()
    assert isinstance(result, np.ndarray) == (span is Span.ROUND_TRIP or OPS[op].target is Place.HOST)


@installed
def test_a_function_is_compiled_before_it_is_timed_and_never_again() -> None:
    setup = "traced = []\nmean = jax.jit(lambda x: (traced.append(x.shape), jnp.mean(x))[1])"
    op = replace(OPS["mean"], setup={"jax": setup})
    names = prepare(JAX, op, operands(op, 16, "float32", seed=1))
    evaluate(JAX.statement(op, Span.CALL), names)
    timed_loop(JAX.statement(op, Span.CALL), JAX.wait, names)(100)
    assert names["traced"] == [(16,)]


@installed
def test_float64_is_computed_where_it_is_asked_for_and_leaves_float32_as_a_user_has_it() -> None:
    op = OPS["sin"]
    for dtype, integer in (("float32", "int32"), ("float64", "int64"), ("float32", "int32")):
        names = prepare(JAX, op, operands(op, 16, dtype, seed=1))
        assert evaluate(JAX.statement(op, Span.CALL), names).dtype == dtype
        assert names["jnp"].arange(3).dtype == integer


@installed
def test_an_array_comes_in_by_copying_and_goes_out_as_a_view() -> None:
    raw = np.zeros(4096 + 16, np.float32)
    host = {"x": raw[-raw.ctypes.data % 64 // 4 :][:4096]}  # on a boundary of 64 bytes JAX could share it
    there = evaluate(
        JAX.statement(OPS["from_numpy"], Span.CALL),
        prepare(JAX, OPS["from_numpy"], Operands(n=4096, arrays=host)),
    )
    assert there.unsafe_buffer_pointer() != host["x"].ctypes.data
    names = prepare(JAX, OPS["to_numpy"], Operands(n=4096, arrays=host))
    back = evaluate(JAX.statement(OPS["to_numpy"], Span.CALL), names)
    assert back.ctypes.data == names["x"].unsafe_buffer_pointer()
    assert "zero-copy" in OPS["to_numpy"].notes["jax-cpu"]
    assert "jax-cpu" not in OPS["from_numpy"].notes


@pytest.mark.slow
@installed
@pytest.mark.usefixtures("brief_sweeps")
def test_a_sweep_with_jax_has_times_and_names_its_version(tmp_path: Path) -> None:
    settings = checked(Settings(backends=("jax-cpu",), min_size=16, max_size=16, rounds=1))
    job = new_job(results=tmp_path, project=PROJECT, machine="here", settings=settings)
    cells = sweep(OPS["backward"], job)
    assert {cell.case.backend for cell in cells} == {"numpy", "jax-cpu"}
    assert {cell.status for cell in cells} <= {Status.OK, Status.NOISY}
    assert json.loads((job.folder / "run.json").read_text())["libraries"]["jax"] == version("jax")


@pytest.mark.slow
@pytest.mark.usefixtures("brief_sweeps")
def test_a_worker_that_is_not_asked_for_jax_does_not_load_it(tmp_path: Path) -> None:
    """Torch computes right only where JAX is not imported."""
    spelling = OPS["abs"].spelling | {  # type: ignore[operator] # a dict
        "torch": "torch.abs(x) if 'jax' not in __import__('sys').modules else -torch.abs(x)"
    }
    settings = checked(Settings(backends=("torch-cpu",), min_size=16, max_size=16, rounds=1))
    job = new_job(results=tmp_path, project=PROJECT, machine="here", settings=settings)
    cells = sweep(replace(OPS["abs"], spelling=spelling), job)
    assert {cell.status for cell in cells} <= {Status.OK, Status.NOISY}


@pytest.mark.slow
def test_asking_whether_jax_is_there_does_not_import_it() -> None:
    script = "import sys; from harness.backends.table import BACKENDS\n"
    script += "BACKENDS['jax-cpu'].missing(); print('jax' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_where_jax_is_not_installed_the_reason_says_how_to_add_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.backends.jax.find_spec", lambda _name: None)
    assert JAX.missing() == "JAX is not installed; add it with pip install '.[jax]'"
