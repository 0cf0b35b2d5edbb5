"""Every op on every backend against its float64 reference, and what does not agree."""

from dataclasses import replace

import numpy as np
import pytest

from harness.backends.backend import prepare
from harness.backends.half_precision import undefined
from harness.backends.table import BACKENDS, backend_named
from harness.model import EVERY, HALF, WAITED_FOR, Span
from harness.ops.agreement import Reference, accepted_error, disagreement, reference
from harness.ops.dtypes import limits, to_numbers
from harness.ops.operands import Operands, operands
from harness.ops.statement import evaluate
from harness.runs.plan import applies
from tests.support.ops import HERE, OPS, needs

EACH = [
    pytest.param(op, backend, id=f"{op}-{backend}", marks=needs(backend))
    for op in OPS
    for backend in HERE
    if applies(OPS[op], BACKENDS[backend]) and OPS[op].spelled(backend, BACKENDS[backend].library) is not None
]


@pytest.mark.parametrize(("op", "backend"), EACH)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("span", WAITED_FOR)
def test_every_backend_agrees_with_the_reference(op: str, backend: str, dtype: str, span: Span) -> None:
    chosen, declared = backend_named(backend), OPS[op]
    host = operands(declared, 4096, dtype, seed=1)
    expected = reference(declared, host)
    result = evaluate(chosen.statement(declared, span), prepare(chosen, declared, host))
    error, fault = disagreement(chosen.to_host(result), expected, dtype)
    assert fault == ""
    assert error <= accepted_error(declared, dtype)


def test_an_op_that_is_spelled_once_for_all_libraries_has_a_reference() -> None:
    op = replace(OPS["mean"], setup={EVERY: "two = 2"}, spelling={EVERY: "xp.sum(two * x) / n"})
    assert reference(op, Operands(n=2, arrays={"x": np.array([1.0, 2.0])})).result == 3


def test_a_wrong_result_disagrees() -> None:
    op = OPS["mean"]
    host = operands(op, 1024, "float32", seed=1)
    expected = reference(op, host)
    off = np.float32(expected.result + 1e-4)
    error, _ = disagreement(np.asarray(off), expected, "float32")
    assert error > accepted_error(op, "float32")


def test_the_size_of_the_terms_is_that_of_absolute_values_so_that_a_sum_may_cancel() -> None:
    expected = reference(OPS["mean"], Operands(n=3, arrays={"x": np.array([-3.0, 1.0, 2.0], np.float32)}))
    assert (float(expected.result), expected.scale) == (0.0, 2.0)
    error, fault = disagreement(np.asarray(np.float32(1e-7)), expected, "float32")
    assert fault == ""
    assert error == pytest.approx(5e-8)


@pytest.mark.parametrize("spelling", ["x", "x[1:]", "x.reshape(1, -1)", "(x := x[::-1])"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_reference_of_an_op_that_gives_a_view_keeps_its_signs(spelling: str, dtype: str) -> None:
    host = {"x": np.array([-3.0, 1.0, -2.0], dtype)}
    op = replace(OPS["abs"], setup={}, spelling={"numpy": spelling})
    expected = reference(op, Operands(n=3, arrays=host))
    assert disagreement(evaluate(spelling, {**host}), expected, dtype) == (0.0, "")
    assert expected.scale in (2.0, 3.0)
    assert host["x"].tolist() == [-3.0, 1.0, -2.0]


def test_a_result_of_another_shape_or_dtype_is_a_fault() -> None:
    expected = Reference(result=np.zeros((2, 2)), plain=np.zeros((2, 2), np.float32), scale=1.0)
    assert "shape (4,)" in disagreement(np.zeros(4, np.float32), expected, "float32")[1]
    assert "float64" in disagreement(np.zeros((2, 2)), expected, "float32")[1]


def test_a_result_that_is_not_a_number_is_never_accepted() -> None:
    expected = Reference(result=np.ones(2), plain=np.ones(2, np.float32), scale=1.0)
    error, _ = disagreement(np.full(2, np.nan, np.float32), expected, "float32")
    assert not error <= 1.0


@pytest.mark.parametrize("dtype", HALF)
@pytest.mark.parametrize(
    "backend", ["numpy", "torch-cpu", pytest.param("torch-cuda", marks=pytest.mark.cuda)]
)
@pytest.mark.parametrize("op", OPS)
def test_every_case_that_has_a_meaning_agrees_with_the_reference(op: str, backend: str, dtype: str) -> None:
    chosen, declared = backend_named(backend), OPS[op]
    host = operands(declared, 4096, dtype, seed=1)
    expected = reference(declared, host)
    for span in chosen.spans:
        if undefined(declared, chosen, dtype, span):
            continue
        result = evaluate(chosen.statement(declared, span), prepare(chosen, declared, host))
        error, fault = disagreement(chosen.to_host(result), expected, dtype)
        assert fault == ""
        assert error <= accepted_error(declared, dtype)


@pytest.mark.parametrize("dtype", HALF)
def test_the_reference_is_that_of_the_rounded_values(dtype: str) -> None:
    host = operands(OPS["abs"], 1024, dtype, seed=1)
    exact = operands(OPS["abs"], 1024, "float32", seed=1).arrays["x"]
    result = reference(OPS["abs"], host).result
    assert result.tolist() == np.abs(to_numbers(host.arrays["x"]).astype(float)).tolist()
    off = np.abs(result - np.abs(exact)) / np.abs(exact)
    assert 0 < off.max() <= limits(dtype).epsilon / 2


def test_a_result_in_another_dtype_or_too_far_off_is_noticed_in_bfloat16_as_well() -> None:
    op, chosen = OPS["mean"], backend_named("torch-cpu")
    host = operands(op, 1024, "bfloat16", seed=1)
    expected = reference(op, host)
    names = prepare(chosen, op, host)
    wider = chosen.to_host(evaluate("torch.mean(x.float())", names))
    assert disagreement(wider, expected, "bfloat16")[1].startswith("the result is float32, expected bfloat16")
    off = chosen.to_host(evaluate("torch.mean(x) + 0.1", names))
    assert disagreement(off, expected, "bfloat16")[0] > accepted_error(op, "bfloat16")
