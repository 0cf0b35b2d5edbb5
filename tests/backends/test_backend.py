"""What the statements of an op are given on any backend."""

from dataclasses import replace

import numpy as np
import pytest

from harness.model import Library, Span
from harness.ops.agreement import reference
from harness.ops.operands import Operands
from tests.support.ops import OPS, result_of


@pytest.mark.parametrize("backend", ["numpy", "torch-cpu"])
def test_a_setup_makes_names_for_the_spelling(backend: str) -> None:
    setup: dict[Library, str] = {"numpy": "magnitude = np.abs", "torch": "magnitude = torch.abs"}
    op = replace(OPS["abs"], setup=setup, spelling=dict.fromkeys(setup, "magnitude(x)"))
    assert reference(op, Operands(n=2, arrays={"x": np.array([-2.0, 1.0])})).result.tolist() == [2, 1]
    assert np.asarray(result_of(op, backend, Span.CALL, [-2, 1])).tolist() == [2, 1]
