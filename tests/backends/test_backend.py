"""What the statements of an op are given on any backend."""

from dataclasses import replace

import numpy as np
import pytest

from harness.backends.backend import prepare
from harness.backends.table import BACKENDS, backend_named
from harness.model import EVERY, Library, Op, Span
from harness.ops.agreement import reference
from harness.ops.operands import Operands, operands
from harness.ops.statement import evaluate
from harness.spellings.contenders import op_of
from tests.support.ops import HERE, OPS, needs, result_of

EACH = [pytest.param(name, marks=needs(name)) for name in HERE if BACKENDS[name].device == "cpu"]
NORM = Op(name="norm", summary="a norm", spelling={EVERY: "xp.sqrt(xp.sum(x * x))"})


@pytest.mark.parametrize("backend", EACH)
@pytest.mark.parametrize(
    "op", [NORM, op_of({EVERY: lambda xp, x: xp.sqrt(xp.sum(x * x))})], ids=["text", "function"]
)
def test_what_is_written_in_the_array_namespace_runs_on_every_backend(backend: str, op: Op) -> None:
    chosen, host = (
        backend_named(backend),
        Operands(n=2, arrays={"x": np.array([3, 4], np.float32)}, arguments={"x": "x"}),
    )
    result = evaluate(chosen.statement(op, Span.CALL), prepare(chosen, op, host))
    assert type(result).__module__.partition(".")[0] in (chosen.library, f"{chosen.library}lib")
    assert chosen.to_host(result) == 5


@pytest.mark.parametrize("backend", EACH)
def test_a_declared_op_that_names_no_array_namespace_does_not_wait_for_its_import(backend: str) -> None:
    chosen = backend_named(backend)
    assert "xp" not in prepare(chosen, OPS["abs"], operands(OPS["abs"], 16, "float32", seed=1))


@pytest.mark.parametrize("backend", ["numpy", "torch-cpu"])
def test_a_setup_makes_names_for_the_spelling(backend: str) -> None:
    setup: dict[Library, str] = {"numpy": "magnitude = np.abs", "torch": "magnitude = torch.abs"}
    op = replace(OPS["abs"], setup=setup, spelling=dict.fromkeys(setup, "magnitude(x)"))
    assert reference(op, Operands(n=2, arrays={"x": np.array([-2.0, 1.0])})).result.tolist() == [2, 1]
    assert np.asarray(result_of(op, backend, Span.CALL, [-2, 1])).tolist() == [2, 1]
