"""The operands of an op: seeded standard normal numbers in host memory, the same for every backend."""

import math

import numpy as np

from harness.model import Op
from harness.ops.dtypes import Array, to_dtype

DISTINCT = 2**20
"""Numbers of a vector after which they repeat: to draw more takes longer than to time them, and no cache or
branch predictor remembers so many."""


def operands(op: Op, n: int, dtype: str, seed: int) -> dict[str, Array]:
    """
    Return the operands of an op by name, each of shape `op.shape(n)`, as `to_dtype` gives them.

    Values matter: the sine of large arguments is several times slower, zeros make a product on a GPU faster,
    denormals make everything slower.
    """
    generator = np.random.default_rng([seed, n])
    draw = np.float64 if dtype == "float64" else np.float32  # fewer digits are rounded from float32
    count = math.prod(op.shape(n))
    return {
        x: np.resize(
            to_dtype(generator.standard_normal(min(count, DISTINCT), dtype=draw), dtype), op.shape(n)
        )
        for x in op.operands
    }
