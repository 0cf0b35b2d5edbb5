"""Operands: seeded, of standard normal numbers, and quick to make where they are many."""

import math

import numpy as np
import pytest

from harness.model import ITEMSIZE
from harness.ops.dtypes import dtype_name, to_numbers
from harness.ops.operands import DISTINCT, operands
from tests.support.ops import OPS


@pytest.mark.parametrize("dtype", ITEMSIZE)
@pytest.mark.parametrize("op", ["abs", "mm"])
def test_operands_have_the_ops_shape_and_dtype_and_are_the_same_for_the_same_seed(
    op: str, dtype: str
) -> None:
    declared = OPS[op]
    made = operands(declared, 4096, dtype, seed=1).arrays
    assert tuple(made) == declared.operands
    again, other = (
        operands(declared, 4096, dtype, seed=1).arrays,
        operands(declared, 4096, dtype, seed=2).arrays,
    )
    for name, array in made.items():
        assert array.shape == declared.shape(4096)
        assert dtype_name(array) == dtype
        assert array.tobytes() == again[name].tobytes()
        assert array.tobytes() != other[name].tobytes()


def test_two_operands_of_an_op_differ() -> None:
    a, b = operands(OPS["mm"], 4096, "float32", seed=1).arrays.values()
    assert (a != b).mean() > 0.99


@pytest.mark.parametrize("n", [1, 3, 1000, DISTINCT])
def test_numbers_are_normal_and_none_repeats_in_a_vector_that_a_cache_could_hold(n: int) -> None:
    (x,) = operands(OPS["abs"], n, "float64", seed=0).arrays.values()
    assert len(np.unique(x)) == n
    assert abs(x.mean()) < 5 / math.sqrt(n)
    assert n < DISTINCT or x.std() == pytest.approx(1, rel=0.01)


@pytest.mark.parametrize(("op", "n"), [("abs", 2 * DISTINCT + 5), ("mm", 2048**2)])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_longer_one_repeats_after_a_million_numbers_and_owns_its_memory(
    op: str, n: int, dtype: str
) -> None:
    x, *_ = operands(OPS[op], n, dtype, seed=0).arrays.values()
    assert x.shape == OPS[op].shape(n)
    numbers = to_numbers(x).ravel()
    assert (numbers[DISTINCT:] == numbers[: n - DISTINCT]).all()
    assert (numbers[1:DISTINCT] != numbers[: DISTINCT - 1]).mean() > 0.95
    assert x.flags.writeable
    assert x.flags.c_contiguous
    assert min(x.strides) == x.itemsize  # no row stands for all
