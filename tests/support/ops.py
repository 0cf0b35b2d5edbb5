"""The ops of the tutorial, and one of them computed on given values as a worker does."""

from typing import Any

import numpy as np
import pytest

from harness.asv.catalogue import declared_ops
from harness.backends.backend import prepare
from harness.backends.table import BACKENDS, backend_named
from harness.model import Op, Span
from harness.ops.operands import Operands
from harness.ops.statement import evaluate
from tests.support.projects import PROJECT

OPS = declared_ops(PROJECT)
HERE = [name for name, backend in BACKENDS.items() if not getattr(backend, "compiled", False)]
"""The backends that can compute in a process of tests: the others start programs that compile."""


def needs(backend: str) -> pytest.MarkDecorator:
    """Return the mark that skips a test where the machine lacks a backend."""
    if "cuda" in backend:
        return pytest.mark.cuda
    reason = backend_named(backend).missing()
    return pytest.mark.skipif(bool(reason), reason=reason)


def result_of(op: Op, backend: str, span: Span, *arrays: list[Any]) -> Any:  # noqa: ANN401 - each library has its own
    """Compute an op on given values, as a worker does."""
    chosen = backend_named(backend)
    if chosen.library not in op.spelling:
        pytest.skip(f"{op.name} has no spelling for {chosen.library}")
    host = dict(zip(op.operands, (np.array(values, dtype=np.float32) for values in arrays), strict=True))
    n = next(iter(host.values())).size
    return evaluate(chosen.statement(op, span), prepare(chosen, op, Operands(n=n, arrays=host)))
